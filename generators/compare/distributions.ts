import { join } from 'node:path';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { SOURCE_COLUMNS } from '../sources/columns.ts';
import type { WorldRecord } from '../world-record.ts';

/** How a value is spread in two worlds. */
export interface Distribution {
  readonly name: string;
  /** Half the sum of the absolute differences of the shares: the part of the records that would have to change, in [0, 1]. */
  readonly totalVariation: number;
  /** Shares in [0, 1], the largest difference first. */
  readonly shares: readonly { readonly value: string; readonly a: number; readonly b: number }[];
}

/** A world with the folder of its raw files. */
export interface MadeWorld {
  readonly record: WorldRecord;
  readonly rawDir: string;
}

interface Question {
  readonly name: string;
  readonly source: keyof typeof SOURCE_COLUMNS;
  /** Gives the value of a record; all columns are text. */
  readonly sql: string;
}

const DELAY = `epoch(try_cast(received_ts as timestamp)) - epoch(try_cast(event_ts as timestamp))`;

const QUESTIONS: readonly Question[] = [
  { name: 'event types', source: 'events', sql: 'event_type' },
  { name: 'channels of events', source: 'events', sql: `json_extract_string(props, '$.channel')` },
  { name: 'countries of events', source: 'events', sql: `json_extract_string(props, '$.country')` },
  { name: 'weekdays of events', source: 'events', sql: `dayname(try_cast(event_ts as timestamp))` },
  {
    name: 'delays of events',
    source: 'events',
    sql: `case when ${DELAY} < 0 then 'before it happened' when ${DELAY} < 3600 then 'within an hour' when ${DELAY} < 86400 then 'within a day'
      when ${DELAY} < 259200 then 'within three days' else 'later' end`,
  },
  { name: 'billing events', source: 'billing', sql: 'event' },
  { name: 'plans of starts', source: 'billing', sql: `case when event = 'start' then plan_id end` },
  { name: 'signup channels', source: 'users', sql: `case when created_ts = updated_ts then signup_channel end` },
];

/** Reads the raw files of two worlds and says how the main distributions differ. Lines that cannot be read are left out. */
export async function distributions(a: MadeWorld, b: MadeWorld): Promise<Distribution[]> {
  const warehouse = await openWarehouse({ engine: 'duckdb', file: ':memory:' });
  try {
    const connection = await warehouse.connect();
    const [ofA, ofB] = [await shares(warehouse, connection, a), await shares(warehouse, connection, b)];
    return QUESTIONS.map(({ name }) => compare(name, ofA.get(name)!, ofB.get(name)!));
  } finally {
    await warehouse.close();
  }
}

type Shares = ReadonlyMap<string, number>;

/** Shares of the values of each question; null counts as no record. */
async function shares(warehouse: Warehouse, connection: Connection, world: MadeWorld): Promise<Map<string, Shares>> {
  const found = new Map<string, Shares>();
  for (const source of new Set(QUESTIONS.map((question) => question.source))) {
    const asked = QUESTIONS.filter((question) => question.source === source);
    const columns = asked.map(({ sql }, index) => `${sql} as q${index}`).join(', ');
    const sets = asked.map((_, index) => `(q${index})`).join(', ');
    const names = asked.map((_, index) => `q${index}`).join(', ');
    const from = files(warehouse, world, source);
    const rows = from
      ? await connection.rows(
          `select ${names}, grouping(${names}) as question, count(*) as n from (select ${columns} from ${from}) group by grouping sets (${sets})`,
        )
      : [];
    asked.forEach(({ name }, index) => {
      // The bits of grouping() are 1 for the columns that are not grouped by, the first column being the highest bit.
      const mask = 2 ** asked.length - 1 - 2 ** (asked.length - 1 - index);
      const mine = rows.filter((row) => Number(row.question) === mask && row[`q${index}`] !== null);
      const total = mine.reduce((sum, row) => sum + Number(row.n), 0);
      found.set(name, new Map(mine.map((row) => [String(row[`q${index}`]), Number(row.n) / total])));
    });
  }
  return found;
}

/** The table function that reads the files of a source as text; undefined when the world has none. */
function files(
  { statements: { literal } }: Warehouse,
  { record, rawDir }: MadeWorld,
  source: Question['source'],
): string | undefined {
  const paths = record.rawFiles.map(({ path }) => path).filter((path) => path.startsWith(`${source}/`));
  if (paths.length === 0) return undefined;
  const list = `[${paths.map((path) => literal(join(rawDir, path))).join(', ')}]`;
  if (paths[0]!.endsWith('.parquet')) return `read_parquet(${list}, union_by_name = true)`;
  const types = SOURCE_COLUMNS[source].map((column) => `${literal(column)}: 'varchar'`).join(', ');
  return paths[0]!.endsWith('.csv')
    ? `read_csv(${list}, header = true, delim = ',', quote = '"', columns = {${types}}, ignore_errors = true)`
    : `read_json(${list}, format = 'newline_delimited', columns = {${types}}, ignore_errors = true)`;
}

function compare(name: string, a: Shares, b: Shares): Distribution {
  const shares = [...new Set([...a.keys(), ...b.keys()])]
    .map((value) => ({ value, a: a.get(value) ?? 0, b: b.get(value) ?? 0 }))
    .sort((x, y) => Math.abs(y.a - y.b) - Math.abs(x.a - x.b) || (x.value < y.value ? -1 : 1));
  return { name, totalVariation: shares.reduce((sum, share) => sum + Math.abs(share.a - share.b), 0) / 2, shares };
}
