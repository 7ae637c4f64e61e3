import { TidemarkError } from '../core/errors.ts';
import type { Spelling } from '../warehouse/spelling.ts';
import { type Target, targetName } from '../warehouse/target.ts';
import type { Column, Connection, Value, Warehouse } from '../warehouse/warehouse.ts';
import { dayNumber, isoDay } from './calendar.ts';
import type { Filter } from './config.ts';
import type { LearningTables } from './learning-tables.ts';

/** User-days by column, ordered by user and day. */
export interface UserDays {
  readonly n: number;
  /** Ids of the users; `user` holds indices into them. */
  readonly users: readonly string[];
  readonly user: Int32Array;
  /** Days since 1970-01-01. */
  readonly day: Int32Array;
  /** Features and slice columns by name: NaN and null are missing. */
  readonly columns: ReadonlyMap<string, Column>;
}

export interface LearningRows extends UserDays {
  /** 0 or 1. */
  readonly label: Uint8Array;
  /** Last day of the data; where the labels table does not state it, the last day that it has, labelled or not. */
  readonly dataEnd: number;
  /** Whether the labels table states it. */
  readonly dataEndStated: boolean;
  /** Last day that has a label. */
  readonly lastLabelled: number;
}

/** Where gold lies, for reading. What is sent is read by DuckDB, Postgres and BigQuery alike. */
export interface Gold {
  readonly connection: Pick<Connection, 'rows' | 'columns'>;
  readonly statements: Pick<Spelling, 'identifier' | 'relation'>;
  readonly describe: Warehouse['describe'];
}

export interface ReadOptions extends Gold {
  readonly tables: LearningTables;
  readonly population: readonly Filter[];
}

/**
 * Reads the labelled user-days of every n-th day, counted back from the last labelled day.
 *
 * @throws {TidemarkError} MODEL_NOT_FOUND when the warehouse lacks a table, TRAINING_IMPOSSIBLE when there is no labelled row or a label
 *   is neither 0 nor 1.
 */
export async function readLearningRows(
  options: ReadOptions & { label: string; everyDays: number },
): Promise<LearningRows> {
  const { connection, statements, tables, label, everyDays } = options;
  await mustExist(options, [tables.features, tables.labels]);
  const q = statements.identifier;
  const labels = statements.relation(tables.labels);
  const time = q(tables.labelTime);
  const [days] = await connection.columns(
    `select cast(${time} as date) as day from ${labels} where ${q(label)} is not null group by ${time} order by ${time}`,
  );
  const labelled = texts(days!).map(dayNumber);
  const last = labelled.at(-1);
  if (last === undefined) {
    throw impossible(
      `${targetName(tables.labels)}.${label} holds no label that is known yet; expected 0 or 1 on days whose window is over`,
    );
  }
  const [end] = await connection.columns(
    `select cast(max(${q(tables.dataEnd ?? tables.labelTime)}) as date) as day from ${labels}`,
  );
  const sampled = labelled.filter((day) => (last - day) % everyDays === 0);

  const parameters: Value[] = [];
  const bind = (value: Value) => `$${parameters.push(value)}`;
  const dates = sampled.map((day) => `cast(${bind(isoDay(day))} as date)`).join(', ');
  const from = `from ${statements.relation(tables.features)} as f
    join ${labels} as l on l.${q(tables.labelKey)} = f.${q(tables.featureKey)} and l.${time} = f.${q(tables.featureTime)}
    where l.${q(label)} is not null and f.${q(tables.featureTime)} in (${dates})`;
  const where = filters(options, bind);
  const columns = await connection.columns(
    `${select(options, [`l.${q(label)}`])} ${from}${where} order by 1, 2`,
    parameters,
  );
  const found = userDays(columns.toSpliced(2, 1));
  if (found.n === 0)
    throw impossible(`no row of ${targetName(tables.features)} joins a label and passes the population filters`);
  const values = columns[2]!;
  const wrong = values.kind === 'text' ? values.values[0] : values.values.find((value) => value !== 0 && value !== 1);
  if (values.kind === 'text' || wrong !== undefined) {
    throw impossible(
      `${targetName(tables.labels)}.${label} holds the value ${JSON.stringify(wrong)}; expected 0, 1 or null`,
    );
  }
  return {
    ...found,
    label: Uint8Array.from(values.values),
    dataEnd: dayNumber(texts(end!)[0]!),
    dataEndStated: tables.dataEnd !== undefined,
    lastLabelled: last,
  };
}

/** Reads the features of the given days, whether they are labelled or not. */
export async function readDays(options: ReadOptions, days: readonly number[]): Promise<UserDays> {
  const { connection, statements, tables } = options;
  const parameters: Value[] = [];
  const bind = (value: Value) => `$${parameters.push(value)}`;
  const dates = days.map((day) => `cast(${bind(isoDay(day))} as date)`).join(', ');
  const where = `where f.${statements.identifier(tables.featureTime)} in (${dates})${filters(options, bind)}`;
  const sql = `${select(options, [])} from ${statements.relation(tables.features)} as f ${where} order by 1, 2`;
  return userDays(await connection.columns(sql, parameters));
}

/** Rows whose features were received after their day; undefined when the features table does not say. */
export async function lateFeatureRows({ connection, statements, tables }: ReadOptions): Promise<number | undefined> {
  if (tables.received === undefined) return undefined;
  const q = statements.identifier;
  const [row] = await connection.rows<{ late: number }>(
    `select count(*) as late from ${statements.relation(tables.features)} where cast(${q(tables.received)} as date) > ${q(tables.featureTime)}`,
  );
  return Number(row!.late);
}

/** Reads the latest day of the features table: the current population. */
export async function readCurrentRows(options: ReadOptions): Promise<UserDays> {
  const { connection, statements, tables } = options;
  await mustExist(options, [tables.features]);
  const features = statements.relation(tables.features);
  const time = statements.identifier(tables.featureTime);
  const parameters: Value[] = [];
  const where = filters(options, (value) => `$${parameters.push(value)}`);
  const columns = await connection.columns(
    `${select(options, [])} from ${features} as f where f.${time} = (select max(${time}) from ${features})${where} order by 1`,
    parameters,
  );
  return userDays(columns);
}

function select({ statements: { identifier: q }, tables }: ReadOptions, more: readonly string[]): string {
  const names = [...tables.columns.map(({ name }) => name), ...tables.sliceColumns];
  const columns = [...new Set(names)].map((name) => `f.${q(name)}`);
  return `select f.${q(tables.featureKey)}, f.${q(tables.featureTime)}, ${[...more, ...columns].join(', ')}`;
}

function filters({ statements: { identifier: q }, population }: ReadOptions, bind: (value: Value) => string): string {
  return population
    .flatMap(({ column, min, max, equals }) => [
      ...(min === undefined ? [] : [`f.${q(column)} >= ${bind(min)}`]),
      ...(max === undefined ? [] : [`f.${q(column)} <= ${bind(max)}`]),
      ...(equals === undefined ? [] : [`f.${q(column)} = ${bind(equals)}`]),
    ])
    .map((condition) => ` and ${condition}`)
    .join('');
}

function userDays([key, time, ...rest]: Column[]): UserDays {
  const codes = new Map<string, number>();
  const ids = texts(key!);
  const user = Int32Array.from(ids, (id) => {
    const code = codes.get(id) ?? codes.size;
    codes.set(id, code);
    return code;
  });
  const numbers = new Map<string, number>();
  const day = Int32Array.from(texts(time!), (text) => {
    const number = numbers.get(text) ?? dayNumber(text);
    numbers.set(text, number);
    return number;
  });
  return {
    n: ids.length,
    users: [...codes.keys()],
    user,
    day,
    columns: new Map(rest.map((column) => [column.name, column])),
  };
}

const texts = (column: Column): string[] => Array.from(column.values, String);

async function mustExist({ describe }: ReadOptions, targets: readonly Target[]): Promise<void> {
  const missing: string[] = [];
  for (const target of targets) if (!(await describe(target))) missing.push(targetName(target));
  if (missing.length === 0) return;
  throw new TidemarkError({
    code: 'MODEL_NOT_FOUND',
    message: `the warehouse does not hold ${missing.join(' and ')}, which the compiled graph marks for learning`,
  });
}

const impossible = (message: string) => new TidemarkError({ code: 'TRAINING_IMPOSSIBLE', message });
