import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem, type Problem } from '../../core/errors.ts';
import { compileProject } from '../../runner/compile.ts';
import type { CompiledGraph, TableAction } from '../../runner/graph.ts';
import { compileStock } from '../support/stock.ts';
import { writeProject } from './helpers.ts';

const core = dirname(createRequire(import.meta.url).resolve('@dataform/core'));
const view = { 'definitions/a.sqlx': 'config { type: "view" }\nselect 1 as a' };

async function compile(projectDir: string): Promise<{ graph: CompiledGraph; warnings: string[] }> {
  const problems: Problem[] = [];
  const graph = await compileProject({ projectDir, engine: 'duckdb', warn: (problem) => problems.push(problem) });
  return { graph, warnings: problems.map(formatProblem) };
}

/** A project with `workflow_settings.yaml` in place of the `dataform.json` that helpers write. */
function withSettings(settings: string, files: Record<string, string> = view): string {
  const dir = writeProject(files);
  rmSync(join(dir, 'dataform.json'));
  writeFileSync(join(dir, 'workflow_settings.yaml'), `defaultProject: p\ndefaultDataset: d\n${settings}`);
  return dir;
}

/** Puts a compiler into the project, with the version given to the bundle and to its package.json. */
function installCore(dir: string, version: string): void {
  const folder = join(dir, 'node_modules', '@dataform', 'core');
  cpSync(core, folder, { recursive: true });
  const ours = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')).version;
  for (const name of ['package.json', 'bundle.js']) {
    const text = readFileSync(join(core, name), 'utf8');
    writeFileSync(join(folder, name), text.replaceAll(`"${ours}"`, `"${version}"`));
  }
}

describe('the version of the compiler', () => {
  test('one that is pinned in workflow_settings.yaml and not there is told, and ours compiles', async () => {
    const { graph, warnings } = await compile(withSettings('dataformCoreVersion: 3.0.7\n'));
    expect(graph.dataformCoreVersion).toBe('3.0.62');
    expect(warnings).toEqual([
      `COMPILE_FAILED workflow_settings.yaml
  The project asks for @dataform/core 3.0.7; it is compiled with 3.0.62, for that one is not installed here.
  Install the packages of the project to have its own compiler used. (docs/errors.md#compile_failed)`,
    ]);
  });

  test.each(['3.0.62', '^3.0.7', '~3.0.0', '3.x', 'latest'])('%s in package.json is served by ours', async (pin) => {
    const { warnings } = await compile(
      writeProject({ ...view, 'package.json': JSON.stringify({ dependencies: { '@dataform/core': pin } }) }),
    );
    expect(warnings).toEqual([]);
  });

  test('an old one in package.json is told', async () => {
    const dir = writeProject({ ...view, 'package.json': '{ "dependencies": { "@dataform/core": "2.8.3" } }' });
    expect((await compile(dir)).warnings).toEqual([
      `COMPILE_FAILED package.json
  The project asks for @dataform/core 2.8.3; it is compiled with 3.0.62, for only 3.x can be driven.
  Ask for a 3.x. (docs/errors.md#compile_failed)`,
    ]);
  });

  test('a later major version is refused', async () => {
    await expect(compile(withSettings('dataformCoreVersion: 4.1.0\n'))).rejects.toThrow(
      `COMPILE_FAILED workflow_settings.yaml
  The project asks for @dataform/core 4.1.0; this compiler drives 3.x and comes with 3.0.62.
  Ask for a 3.x, or compile the project with the Dataform CLI of that version. (docs/errors.md#compile_failed)`,
    );
  });

  test("the project's own 3.x is used, also when it is pinned", async () => {
    const dir = withSettings('dataformCoreVersion: 3.0.99\n');
    installCore(dir, '3.0.99');
    const { graph, warnings } = await compile(dir);
    expect(graph.dataformCoreVersion).toBe('3.0.99');
    expect(warnings).toEqual([]);
  });

  test('a 2.x in node_modules is not used, and that is told', async () => {
    const dir = writeProject(view);
    installCore(dir, '2.9.0');
    const { graph, warnings } = await compile(dir);
    expect(graph.dataformCoreVersion).toBe('3.0.62');
    expect(warnings).toEqual([
      `COMPILE_FAILED node_modules/@dataform/core/package.json
  The project asks for @dataform/core 2.9.0; it is compiled with 3.0.62, for only 3.x can be driven.
  Ask for a 3.x. (docs/errors.md#compile_failed)`,
    ]);
  });
});

describe('as in the stock CLI', () => {
  test('project code is strict, so that a name nobody declared is an error', async () => {
    const dir = writeProject({ 'definitions/a.js': 'leaked = 1;\npublish("a").query("select " + leaked);' });
    await expect(compile(dir)).rejects.toThrow(
      'COMPILE_FAILED definitions/a.js:1\n  leaked is not defined\n' +
        '  Each problem names its file, action and line; mend them and compile again. (docs/errors.md#compile_failed)',
    );
  });

  test('packages find what Node gives to all, timers that never fire, and packages of their own', async () => {
    const dir = writeProject({
      'node_modules/outer/index.js':
        'setInterval(() => { throw new Error("fired"); }, 1);\n' +
        'module.exports = [require("inner"), typeof setTimeout, process.platform.length > 0, process.cwd() === require("path").resolve(process.cwd())].join(" ");',
      'node_modules/outer/node_modules/inner/index.js': 'module.exports = "of outer";',
      'node_modules/inner/index.js': 'module.exports = "of the project";',
      'definitions/a.js': 'publish("a").query("select \'" + require("outer") + ", " + require("inner") + "\' as a")',
    });
    const { graph } = await compile(dir);
    expect((graph.actions[0] as TableAction).query).toBe("select 'of outer function true true, of the project' as a");
  });

  test('an error of code that no file of the project called is the same as there', async () => {
    const dir = writeProject({
      'node_modules/package/index.js':
        'module.exports = () => { publish("a").query((ctx) => "select * from " + ctx.ref("nothing")); publish("b").query("select 1"); };',
      'definitions/a.js': 'require("package")();',
    });
    await expect(compile(dir)).rejects.toThrow(
      `COMPILE_FAILED definitions/a.js
  d.a depends on "nothing", which does not exist.
  Each problem names its file, action and line; mend them and compile again. (docs/errors.md#compile_failed)`,
    );
  });

  test('links are followed, and folders that begin with a dot are left alone', async () => {
    const dir = writeProject({
      ...view,
      'elsewhere/b.sqlx': 'config { type: "view" }\nselect 2 as b',
      'definitions/.hidden/c.sqlx': 'config { type: "view" }\nselect 3 as c',
    });
    mkdirSync(join(dir, 'definitions', 'deep'));
    symlinkSync('../../elsewhere/b.sqlx', join(dir, 'definitions', 'deep', 'b.sqlx'));
    const { graph } = await compile(dir);
    expect(graph.actions.map(({ fileName }) => fileName)).toEqual(['definitions/a.sqlx', 'definitions/deep/b.sqlx']);
    const names = (compileStock(dir).tables ?? []).map(({ fileName }) => fileName);
    expect(names.sort()).toEqual(['definitions/a.sqlx', 'definitions/deep/b.sqlx']);
  });
});
