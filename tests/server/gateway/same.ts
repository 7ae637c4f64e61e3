import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'vitest';
import { openWarehouse, type WarehouseOptions } from '../../../warehouse/open.ts';
import { targetName } from '../../../warehouse/target.ts';
import { differences, rowsOf } from '../../models/compare.ts';

const SCHEMAS = ['bronze', 'silver', 'analytics', 'gold', 'assertions'];

/** That two DuckDB files hold the same relations, columns and rows. Compared inside of DuckDB, for there are many. */
export async function expectSameFiles(expected: string, found: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  try {
    await connection.run(`attach '${expected}' as a (read_only); attach '${found}' as b (read_only)`);
    const columns = (database: string) =>
      rows(`select table_schema, table_name, table_type, column_name, data_type
        from information_schema.tables join information_schema.columns using (table_catalog, table_schema, table_name)
        where table_catalog = '${database}' and table_schema in (${SCHEMAS.map((name) => `'${name}'`).join(', ')}) order by all`);
    const all = await columns('a');
    expect(await columns('b')).toEqual(all);
    const relations = new Set(
      all.filter(([schema]) => schema !== 'assertions').map(([schema, name]) => `"${schema}"."${name}"`),
    );
    expect(relations.size).toBeGreaterThan(40);
    for (const relation of relations) {
      // When and by which job something was made is another thing.
      const [a, b] = ['a', 'b'].map(
        (database) => `select columns(c -> c not in ('batch_id', 'loaded_at')) from ${database}.${relation}`,
      );
      const [[lacking, further]] = (await rows(
        `select (select count(*) from (${a} except all ${b})), (select count(*) from (${b} except all ${a}))`,
      )) as [[string, string]];
      expect([Number(lacking), Number(further)], relation).toEqual([0, 0]);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** That two warehouses, of whatever engines, hold the same relations and rows. */
export async function expectSameRows(expected: WarehouseOptions, found: WarehouseOptions): Promise<void> {
  const a = await openWarehouse({ ...expected, readOnly: true });
  const b = await openWarehouse({ ...found, readOnly: true });
  try {
    const schemas = SCHEMAS.filter((name) => name !== 'assertions');
    const relations = await a.relations(schemas);
    expect(relations.length).toBeGreaterThan(20);
    const names = (list: typeof relations) => list.map(({ target, type }) => `${type} ${targetName(target)}`);
    expect(names(await b.relations(schemas))).toEqual(names(relations));
    for (const { target } of relations) {
      const [one, other] = [await rowsOf(a, target), await rowsOf(b, target)];
      expect(differences(one, other).slice(0, 5), targetName(target)).toEqual([]);
    }
  } finally {
    await a.close();
    await b.close();
  }
}
