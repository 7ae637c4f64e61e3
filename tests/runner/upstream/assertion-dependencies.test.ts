import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileProject } from '../../../runner/compile.ts';
import { executePlan } from '../../../runner/execute.ts';
import { planRun } from '../../../runner/plan.ts';
import { EVERYTHING } from '../../../runner/select.ts';
import { openDuckdb } from '../../../warehouse/duckdb/open.ts';
import { targetName } from '../../../warehouse/target.ts';
import { effects, writeProject } from '../helpers.ts';

interface Case {
  readonly name: string;
  readonly files: Record<string, string>;
  readonly needs: Record<string, readonly string[]>;
  readonly ends: Record<string, string>;
  readonly problems?: string;
}

const { always, cases } = parse(readFileSync(join(import.meta.dirname, 'assertion-dependencies.yaml'), 'utf8'), {
  merge: true,
}) as { always: Record<string, string>; cases: Case[] };

describe.each([
  { where: 'as it is', settings: {} },
  { where: 'with a suffix', settings: { schemaSuffix: 'dev' } },
  { where: 'with a prefix', settings: { tablePrefix: 'x' } },
])('$where', ({ settings }) => {
  const spell = (name: string) => ('tablePrefix' in settings ? `${settings.tablePrefix}_${name}` : name);
  const dataform = { defaultSchema: 'd', assertionSchema: 'checks', ...settings };
  const projectOf = (files: Record<string, string>) =>
    writeProject({
      'dataform.json': JSON.stringify(dataform),
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`definitions/${name}`, text])),
    });

  test.each(cases.filter(({ problems }) => problems === undefined))('$name', async ({ files, needs, ends }) => {
    const graph = await compileProject({ projectDir: projectOf({ ...always, ...files }), engine: 'duckdb' });
    const warehouse = await openDuckdb({ file: ':memory:' });
    try {
      const plan = planRun(graph, EVERYTHING, {}, warehouse);
      const bare = new Map(graph.actions.map(({ target }) => [targetName(target), target.name]));
      const { actions } = await executePlan(plan, warehouse, {}, effects());
      for (const [name, list] of Object.entries(needs)) {
        const planned = plan.actions.find((action) => bare.get(action.name) === spell(name))!;
        expect(planned.dependencies.map((dependency) => bare.get(dependency)).sort()).toEqual(list.map(spell).sort());
        expect(actions.find((result) => result.name === planned.name)?.status).toBe(ends[name]);
      }
    } finally {
      await warehouse.close();
    }
  });

  test.each(cases.filter(({ problems }) => problems !== undefined))('$name', async ({ files, problems }) => {
    const projectDir = projectOf({ ...always, ...files });
    const message = problems!.trimEnd();
    await expect(compileProject({ projectDir, engine: 'duckdb' })).rejects.toMatchObject({ message });
  });
});
