import type { Target } from '../warehouse/target.ts';
import type { Connection, Value, Warehouse } from '../warehouse/warehouse.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Versions } from './inputs.ts';
import type { ActionResult, ActionStatus } from './record.ts';

/**
 * Where it is remembered when each action was run last, and on what. It lies in the warehouse beside what it speaks of, and not among the
 * reports: it is right for every machine and person that runs on the warehouse, and vanishes or is restored with it.
 */
export const MEMORY: Target = { schema: 'ops', name: 'tidemark_actions' };

const CONTENT_VERSION = 1;
/** A statement takes up to 65,535 parameters on Postgres. */
const ROWS_A_STATEMENT = 1000;

/** The last run of an action, with what it was run on. */
export interface Remembered {
  readonly runId: string;
  /** RUNNING: it was begun, and has not ended or was never heard of again. OVERLAPPED: two runs made it at the same time. */
  readonly status: ActionStatus | 'RUNNING' | 'OVERLAPPED';
  /** Undefined where nothing is known, as of a run that did not end. */
  readonly content: RememberedContent | undefined;
}

export interface RememberedContent {
  readonly version: typeof CONTENT_VERSION;
  readonly fingerprint: Fingerprint;
  readonly inputs: Versions;
  /** Why it can never be said to be unchanged. */
  readonly unsteady?: string;
  /** Of the relation that it made, where the engine has such a thing. */
  readonly relationId?: string;
  /** Without its tasks. */
  readonly result: Omit<ActionResult, 'tasks'>;
}

/** By `schema.name`, suffix included. */
export type Memory = ReadonlyMap<string, Remembered>;

/** Reads it in one question; a warehouse that has none remembers nothing. */
export async function readMemory(warehouse: Warehouse): Promise<Memory> {
  if (!(await warehouse.describe(MEMORY))) return new Map();
  const connection = await warehouse.connect();
  try {
    const rows = await connection.rows<{ name: string; run_id: string; status: string; content: string | null }>(
      `select name, run_id, status, content from ${warehouse.statements.relation(MEMORY)}`,
    );
    return new Map(
      rows.map(({ name, run_id, status, content }) => [
        name,
        { runId: run_id, status: status as Remembered['status'], content: contentOf(content) },
      ]),
    );
  } finally {
    await connection.close();
  }
}

/** What another version of this framework wrote says nothing. */
function contentOf(text: string | null): RememberedContent | undefined {
  const content = text === null ? undefined : (JSON.parse(text) as RememberedContent);
  return content?.version === CONTENT_VERSION ? content : undefined;
}

export const remember = (content: Omit<RememberedContent, 'version'>): RememberedContent => ({
  version: CONTENT_VERSION,
  ...content,
});

/** Marks actions as begun, before any of them is touched: what is not heard of again after a crash then counts as not run. */
export async function markBegun(
  connection: Connection,
  { statements }: Warehouse,
  runId: string,
  names: readonly string[],
): Promise<void> {
  const table = statements.relation(MEMORY);
  await connection.execute(statements.createSchema(MEMORY.schema));
  await connection.execute(
    `create table if not exists ${table} (name text primary key, run_id text not null, status text not null, content text)`,
  );
  // Sorted, so that two runs at the same time do not wait for each other.
  await inChunks(
    [...names].sort(),
    ({ values, parameters }) =>
      connection.execute(
        `insert into ${table} (name, run_id, status, content) values ${values}
       on conflict (name) do update set run_id = excluded.run_id, status = excluded.status, content = excluded.content`,
        parameters,
      ),
    (name) => [name, runId, 'RUNNING', null],
  );
}

/**
 * Writes how actions ended that `runId` had begun. Where another run has begun the same one meanwhile, nobody knows whose rows stand
 * there: neither of the two counts.
 */
export async function writeEnded(
  connection: Connection,
  { statements }: Warehouse,
  runId: string,
  ended: ReadonlyMap<string, Remembered>,
): Promise<void> {
  const sorted = [...ended].sort(([a], [b]) => (a < b ? -1 : 1));
  await inChunks(
    sorted,
    ({ values, parameters }) =>
      connection.execute(
        `update ${statements.relation(MEMORY)} as m
       set run_id = v.run_id, content = v.content,
         status = case when m.run_id = v.begun_by and m.status = 'RUNNING' then v.status else 'OVERLAPPED' end
       from (values ${values}) as v(name, begun_by, run_id, status, content)
       where m.name = v.name`,
        parameters,
      ),
    ([name, { runId: madeBy, status, content }]) => [
      name,
      runId,
      madeBy,
      status,
      content === undefined ? null : JSON.stringify(content),
    ],
  );
}

async function inChunks<T>(
  items: readonly T[],
  send: (chunk: { values: string; parameters: Value[] }) => Promise<unknown>,
  row: (item: T) => Value[],
): Promise<void> {
  for (let at = 0; at < items.length; at += ROWS_A_STATEMENT) {
    const parameters: Value[] = [];
    const rows = items.slice(at, at + ROWS_A_STATEMENT).map((item) => {
      const places = row(item).map((value) => `$${parameters.push(value)}`);
      return `(${places.join(', ')})`;
    });
    await send({ values: rows.join(', '), parameters });
  }
}
