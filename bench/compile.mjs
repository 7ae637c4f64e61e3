// How long a compile takes, as a user feels it: a new process, the graph as JSON on standard output. Ours beside the stock CLI. Then what
// a process that goes on pays: the first compile in it, and another one after one file was changed.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processCost, processSeconds } from './process-cost.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OURS = join(root, 'dist', 'bin', 'tidemark.cjs');
const STOCK = join(root, 'node_modules', '@dataform', 'cli', 'bundle.js');
const SIZES = [5, 200, 1000];
/** Odd. The few milliseconds that small projects differ by show in the median of many only. */
const REPEATS = { 5: 15, 200: 7, 1000: 5 };

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
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}); whole processes in turns, medians of ${Object.values(REPEATS).join(', ')}\n`,
);
process.stdout.write(
  'CPU is user and system time of all processes of a command; a busy machine hardly distorts it.\n\n',
);
process.stdout.write(
  '        wall seconds              CPU seconds               in one process, ms\nmodels  ours   stock   ratio      ours   stock   ratio      first  one changed\n',
);
for (const models of SIZES) {
  const dir = makeProject(models);
  const command = (script, more = []) => {
    const args = [script, 'compile', '--json', ...more];
    return { seconds: processSeconds(args, { cwd: dir }), cpu: processCost(args, { cwd: dir }).cpu };
  };
  const ours = [];
  const stock = [];
  // The first one of an installation keeps the compiler's bytecode.
  command(OURS);
  // In turns, so that a busy minute of the machine hits both.
  for (let i = 0; i < REPEATS[models]; i++) {
    ours.push(command(OURS));
    stock.push(command(STOCK, ['--timeout=300s']));
  }
  const pair = (what) => {
    const [a, b] = [ours, stock].map((runs) => median(runs.map((run) => run[what])));
    return `${a.toFixed(2).padEnd(6)} ${b.toFixed(2).padEnd(7)} ${`${(b / a).toFixed(1)}x`.padEnd(10)}`;
  };
  const { first, later } = inProcess(dir);
  process.stdout.write(
    `${String(models).padEnd(7)} ${pair('seconds')} ${pair('cpu')} ${first.toFixed(0).padEnd(6)} ${later.toFixed(0)}\n`,
  );
  rmSync(dir, { recursive: true, force: true });
}
