// How long a compile takes, as a user feels it: a new process, the graph as JSON on standard output. Ours beside the stock CLI. Then what
// a process that goes on pays: the first compile in it, and another one after one file was changed.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OURS = join(root, 'dist', 'cli', 'main.js');
const STOCK = join(root, 'node_modules', '@dataform', 'cli', 'bundle.js');
const SIZES = [
  { models: 5, repeats: 5 },
  { models: 200, repeats: 3 },
  { models: 1000, repeats: 3 },
];

/** A project of documented models in a chain of layers: each reads two earlier ones, has ten columns and an assertion. */
function makeProject(models) {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  mkdirSync(join(dir, 'definitions'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ dependencies: { '@dataform/core': '3.0.62' } }));
  writeFileSync(
    join(dir, 'dataform.json'),
    JSON.stringify({
      warehouse: 'bigquery',
      defaultSchema: 's',
      assertionSchema: 'a',
      defaultDatabase: 'd',
      defaultLocation: 'US',
    }),
  );
  // The stock CLI's sandbox loads the compiler from inside of the project only.
  cpSync(join(root, 'node_modules', '@dataform', 'core'), join(dir, 'node_modules', '@dataform', 'core'), {
    recursive: true,
  });
  const columns = Array.from({ length: 10 }, (_, i) => `c${i}`);
  for (let n = 0; n < models; n++) {
    const sources = n < 2 ? ['(select 1 as id)'] : [`\${ref("m${n - 1}")}`, `\${ref("m${Math.floor(n / 2)}")}`];
    writeFileSync(
      join(dir, 'definitions', `m${n}.sqlx`),
      `config { type: "table", description: "One row per id.", columns: { ${columns.map((name) => `${name}: "Column ${name} of model ${n}."`).join(', ')} }, assertions: { uniqueKey: ["id"] } }
select a.id, ${columns.map((name, i) => `${i} as ${name}`).join(', ')}
from ${sources[0]} as a${sources[1] ? ` join ${sources[1]} as b using (id)` : ''}\n`,
    );
  }
  return dir;
}

function seconds(script, args, cwd) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd,
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script} ${args.join(' ')}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

/** Milliseconds of the first compile in a process and of later ones, each after a change of one file. */
function inProcess(dir) {
  const program = `
    import { appendFileSync } from 'node:fs';
    import { compileProject } from ${JSON.stringify(new URL('../dist/runner/compile.js', import.meta.url).href)};
    const times = [];
    for (let i = 0; i < 6; i++) {
      const start = performance.now();
      await compileProject({ projectDir: '.', engine: 'duckdb' });
      times.push(performance.now() - start);
      appendFileSync('definitions/m1.sqlx', '-- changed\\n');
    }
    process.stdout.write(JSON.stringify(times));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: dir,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const [first, ...later] = JSON.parse(stdout);
  return { first, later: median(later) };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

process.stdout.write(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}); whole process, wall seconds, median\n\n`,
);
process.stdout.write('models  ours     stock CLI  stock / ours  runs  in process: first, changed\n');
for (const { models, repeats } of SIZES) {
  const dir = makeProject(models);
  const ours = [];
  const stock = [];
  // The first one of an installation keeps the compiler's bytecode.
  seconds(OURS, ['compile', '--json'], dir);
  // In turns, so that a busy minute of the machine hits both.
  for (let i = 0; i < repeats; i++) {
    ours.push(seconds(OURS, ['compile', '--json'], dir));
    stock.push(seconds(STOCK, ['compile', '--json', '--timeout=300s'], dir));
  }
  const [a, b] = [median(ours), median(stock)];
  const { first, later } = inProcess(dir);
  process.stdout.write(
    `${String(models).padEnd(7)} ${a.toFixed(2).padEnd(8)} ${b.toFixed(2).padEnd(10)} ${(b / a).toFixed(1).padEnd(13)} ${String(repeats).padEnd(5)} ${first.toFixed(0)} ms, ${later.toFixed(0)} ms\n`,
  );
  rmSync(dir, { recursive: true, force: true });
}
