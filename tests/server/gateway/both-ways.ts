import { cpSync } from 'node:fs';
import { workspace } from '../../../core/workspace.ts';
import { latestRun } from '../../../runner/history.ts';
import { openWarehouse, type WarehouseOptions } from '../../../warehouse/open.ts';
import { compiledSpelling } from '../../../warehouse/spelling.ts';
import { type Target, targetName } from '../../../warehouse/target.ts';
import type { Row, Warehouse } from '../../../warehouse/warehouse.ts';
import { makeDatabase } from '../../support/postgres.ts';
import { makeProject, type Project, type Result, removeProject } from '../../support/project.ts';
import { must, withCompiler } from '../../support/stock-project.ts';

type Way = 'ours' | 'stock';
const WAYS: readonly Way[] = ['ours', 'stock'];
const SCHEMAS = ['bronze', 'silver', 'analytics', 'gold', 'marts', 'assertions'];
/** When and by which load something was made is another thing. */
const OF_THE_LOAD = new Set(['batch_id', 'loaded_at']);

/** A scenario, which is generated, or a data set that has its files. */
export type World = { readonly scenario: string } | { readonly dataset: string };

/** This project with the same loaded files in two warehouses: one for our runner, one for the stock CLI. */
export interface BothWays {
  readonly project: Project;
  /** Runs all with our runner, in either warehouse; the state in which each action ended. */
  ours(where?: Way): Promise<Record<string, string>>;
  /** `dataform` with these arguments, through the gateway. */
  stock(...args: string[]): Promise<Result>;
  /** What both warehouses hold for a query, which has to be the same. `sql` gets what spells the name of a relation. */
  rows(sql: (relation: (target: Target) => string) => string): Promise<Record<Way, Row[]>>;
  /** Does the same to both warehouses. */
  change(sql: (relation: (target: Target) => string) => readonly string[]): Promise<void>;
  /** All relations and their columns, and all rows of them but for those of assertions, one by one. */
  compare(): Promise<Comparison>;
  remove(): Promise<void>;
}

export interface Comparison {
  readonly relations: readonly string[];
  readonly rows: number;
  /** A sentence for each relation that is not the same. */
  readonly differences: readonly string[];
}

/** Makes the project and loads the files of a world; `remove` ends it. */
export async function bothWays(engine: 'duckdb' | 'postgres', world: World): Promise<BothWays> {
  const database = engine === 'postgres' ? await makeDatabase() : undefined;
  const bare = withCompiler(makeProject({ keep: true }));
  const project = database ? bare.withEnv({ DATABASE_URL: database.url }) : bare;
  const file = (way: Way) => project.path('data', `${way}.duckdb`);
  const remove = async () => {
    await database?.remove();
    removeProject(project);
  };
  const optionsOf = (way: Way): WarehouseOptions =>
    database
      ? { engine: 'postgres', connectionString: database.url, schemaPrefix: `${way}_` }
      : { engine: 'duckdb', file: file(way) };
  const named = Object.entries(world).flatMap(([name, value]) => [`--${name}`, value]);
  const flags = (way: Way) => [...named, ...(database ? ['--schema-prefix', `${way}_`] : ['--database', file(way)])];
  try {
    if ('scenario' in world) await must(project, 'generate', ...named);
    await must(project, 'load', ...flags('ours'));
    if (database) await must(project, 'load', ...flags('stock'));
    else cpSync(file('ours'), file('stock'));
  } catch (error) {
    await remove();
    throw error;
  }

  const inEach = async <T>(work: (warehouse: Warehouse) => Promise<T>): Promise<Record<Way, T>> => {
    const [ours, stock] = [await withWarehouse(optionsOf('ours'), work), await withWarehouse(optionsOf('stock'), work)];
    return { ours, stock };
  };
  return {
    project,
    remove,
    async ours(where = 'ours') {
      await must(project, 'run', ...flags(where));
      const { name } = workspace(project.dir, world);
      const { actions } = latestRun(project.path('reports', 'runs', name))!.record;
      return Object.fromEntries(actions.map(({ name, status }) => [name, status]));
    },
    stock: (...args) => project.tidemark('gateway', ...flags('stock'), '--', 'dataform', ...args),
    rows: (sql) => inEach(async (warehouse) => (await warehouse.connect()).rows(sql(warehouse.statements.relation))),
    async change(sql) {
      await inEach(async (warehouse) => (await warehouse.connect()).executeAll(sql(warehouse.statements.relation)));
    },
    async compare() {
      const { ours, stock } = await inEach(shapes);
      const relations = [...ours.keys()];
      const others = [...stock.keys()].filter((name) => !ours.has(name));
      const differences = others.map((name) => `${name} is there by the stock CLI alone`);
      const both: WarehouseOptions = database
        ? { engine: 'postgres', connectionString: database.url }
        : { engine: 'duckdb', file: ':memory:', attach: WAYS.map((name) => ({ name, file: file(name) })) };
      const place = (way: Way, target: Target) =>
        compiledSpelling(engine, `${way}_`, WAYS)!.relation({ ...target, database: way });
      let rows = 0;
      await withWarehouse(both, async (warehouse) => {
        const connection = await warehouse.connect();
        for (const [name, { target, shape, columns }] of ours) {
          const other = stock.get(name)?.shape;
          if (other !== shape) differences.push(`${name} is ${shape}, by the stock CLI ${other ?? 'nothing'}`);
          if (other !== shape || target.schema === 'assertions') continue;
          const list = columns.map(warehouse.statements.identifier).join(', ');
          const [a, b] = WAYS.map((way) => `select ${list} from ${place(way, target)}`);
          // Of as many rows, when none is without its equal, none can be left over.
          const [counts] = await connection.rows<{ ours: number; stock: number; lacking: number }>(
            `select (select count(*) from (${a}) as r) as ours, (select count(*) from (${b}) as r) as stock,
               (select count(*) from (${a} except all ${b}) as r) as lacking`,
          );
          const { ours: wanted, stock: found, lacking } = counts!;
          rows += wanted;
          if (lacking > 0 || wanted !== found)
            differences.push(`${name}: of ${wanted} rows ${lacking} are not among the ${found} of the stock CLI`);
        }
      });
      return { relations, rows, differences };
    },
  };
}

/** What there is, by name: what it is with its columns, and the names of those that are compared. */
async function shapes(
  warehouse: Warehouse,
): Promise<Map<string, { target: Target; shape: string; columns: string[] }>> {
  const relations = await warehouse.relations(SCHEMAS);
  const described = await warehouse.describeAll(relations.map(({ target }) => target));
  return new Map(
    relations.map(({ target, type }, i) => {
      const { columns } = described[i]!;
      const shape = `${type} (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`;
      const compared = columns.map(({ name }) => name).filter((name) => !OF_THE_LOAD.has(name));
      return [targetName(target), { target, shape, columns: compared }];
    }),
  );
}

async function withWarehouse<T>(options: WarehouseOptions, work: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const warehouse = await openWarehouse(options);
  try {
    return await work(warehouse);
  } finally {
    await warehouse.close();
  }
}
