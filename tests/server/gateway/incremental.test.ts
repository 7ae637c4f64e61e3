import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../core/files.ts';
import { openWarehouse, type WarehouseOptions } from '../../../warehouse/open.ts';
import { makeDatabase } from '../../support/postgres.ts';
import { plain, statuses, stockProject } from '../../support/stock-project.ts';

// The scripts that the Dataform CLI writes for columns that change and for partitions, and scripts of a project's own.
describe.each(['duckdb', 'postgres'] as const)('scripts on %s', (engine) => {
  test('change columns as the strategies say, overwrite partitions, keep variables, take branches and handle errors', async () => {
    const project = stockProject(join(packageRoot(), 'tests', 'server', 'gateway', 'incremental'));
    const database = engine === 'postgres' ? await makeDatabase() : undefined;
    const there = project.withEnv({ DATABASE_URL: database?.url ?? '' });
    const file = engine === 'duckdb' ? ['--database', 'dev.duckdb'] : [];
    const run = (day: number) => there.tidemark('gateway', ...file, '--', 'dataform', 'run', '--vars', `day=${day}`);
    const first = await run(1);
    expect(first.code, first.stderr).toBe(0);
    const second = await run(2);
    expect(second.code).toBe(1);
    const ended = statuses(second);
    expect(Object.keys(ended).filter((name) => ended[name] !== 'SUCCESSFUL')).toEqual([
      'shop.extended_by_less',
      'shop.synchronized',
      'shop.synchronized_key',
      'shop.failing',
    ]);
    const said = plain(second.stderr);
    for (const error of [
      `Column removals are not allowed when on_schema_change = 'EXTEND'. Removed columns: ["name"]`,
      'Cannot drop columns ["id"] as they are part of the unique key for table `shop-on-bigquery.shop.synchronized_key`',
      `Schema mismatch defined by on_schema_change = 'FAIL'. Added columns: [("price", "NUMERIC")], removed columns: []`,
    ]) {
      expect(said).toContain(`  bigquery error: ${error}\n`);
    }

    const options: WarehouseOptions =
      engine === 'duckdb'
        ? { engine, file: project.path('dev.duckdb'), readOnly: true }
        : { engine, connectionString: database!.url, readOnly: true };
    const warehouse = await openWarehouse(options);
    try {
      const connection = await warehouse.connect();
      const of = (name: string, order: string) => connection.rows(`select * from shop.${name} order by ${order}`);
      // The CLI lists the columns before they change, so that a new one stays empty until the next run.
      expect(await of('extended', 'id')).toEqual([
        { id: 1, name: 'a', price: null },
        { id: 2, name: 'b', price: null },
      ]);
      expect(await of('extended_by_less', 'id')).toEqual([{ id: 1, name: 'a' }]);
      // For the same reason its merge names a column that is gone.
      expect(await of('synchronized', 'id')).toEqual([{ id: 1, is_new: null }]);
      expect(await of('overwritten', 'day')).toEqual([
        { day: '2026-01-01', n: 1 },
        { day: '2026-01-02', n: 20 },
        { day: '2026-01-03', n: 30 },
      ]);
      expect(await of('remembers', 'largest')).toEqual([
        { largest: 7, smallest: 7 },
        { largest: 30, smallest: 0 },
        { largest: 300, smallest: 1 },
      ]);
      expect((await warehouse.describe({ schema: 'shop', name: 'became' }))?.type).toBe('view');
    } finally {
      await warehouse.close();
      await database?.remove();
    }
  }, 300_000);
});
