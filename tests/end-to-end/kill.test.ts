import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { latestRun } from '../../runner/history.ts';
import { openRuns } from '../../runner/journal.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { openPostgres } from '../../warehouse/postgres/open.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { killProject, OUTSIDE, RELATIONS, stateOf } from '../support/kill-project.ts';
import { makeServer, type OwnServer } from '../support/own-postgres.ts';
import { administer } from '../support/postgres.ts';
import { type Result, run } from '../support/project.ts';

/** How often each thing is killed. The moments are random; TIDEMARK_KILL_ROUNDS=50 is the full measurement. */
const ROUNDS = Number(process.env.TIDEMARK_KILL_ROUNDS ?? 2);

const CLI = join(packageRoot(), 'dist', 'cli', 'main.js');

/** Where the tables of a project are, and how they come back to the state before the killed run. */
interface Place {
  readonly env: NodeJS.ProcessEnv;
  open(): Promise<Warehouse>;
  /** Keeps the state of now for `restore`. */
  keep(): Promise<void>;
  restore(): Promise<void>;
  /** Waits until nothing changes any more of itself. */
  settled?(): Promise<void>;
  /** What views of version 1 may hold over tables of version 2, besides what they held before. */
  readonly mixed: { readonly on_base: string; readonly stored?: string; readonly on_word?: string };
  /** What is there that no model made. */
  leftovers(warehouse: Warehouse): Promise<unknown[]>;
}

type State = Record<string, string>;

let dir: string;
const runsDir = () => join(dir, 'reports', 'runs', 'synthetic');

function write(version: 1 | 2): void {
  for (const [path, content] of Object.entries(killProject(version))) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

const tidemark = (place: Place, ...args: string[]): Promise<Result> =>
  run(process.execPath, [CLI, ...args], dir, place.env);

/** Starts `tidemark run` and calls `strike` some time after the run has begun. */
async function runAndStrike(
  place: Place,
  after: number,
  strike: (kill: () => void) => Promise<void> | void,
): Promise<Result> {
  const child = spawn(process.execPath, [CLI, 'run'], {
    cwd: dir,
    env: { ...process.env, DATABASE_URL: '', ...place.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  let over = false;
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      over = true;
      resolve(code);
    }),
  );
  while (!over && openRuns(runsDir()).length === 0) await sleep(2);
  await sleep(after);
  await strike(() => child.kill('SIGKILL'));
  return { code: await ended, stdout: '', stderr };
}

/** The state of every relation, with its kind and the names of its columns. */
async function statesOf(place: Place): Promise<State> {
  const warehouse = await place.open();
  try {
    const connection = await warehouse.connect();
    const states: State = {};
    for (const name of RELATIONS) {
      const relation = await warehouse.describe({ schema: 'k', name });
      const columns = relation?.columns.map((column) => column.name).join(' ');
      const state = await connection.rows<{ state: string }>(stateOf(`k.${name}`)).then(
        ([row]) => row!.state,
        (error: Error) => error.message.split('\n')[1]!,
      );
      states[name] = `${relation?.type} (${columns}): ${state}`;
    }
    const [outside] = await connection.rows<{ n: number; version: number }>('select n, version from outside.by_hand');
    states.by_hand = `${outside!.n} rows of version ${outside!.version}`;
    return states;
  } finally {
    await warehouse.close();
  }
}

/**
 * Every relation is whole, the old one or the new one; a view that is the old one may read a table that is the new one. DuckDB keeps the text
 * of a view and not what it means: there the old view cannot read the new type of a column until it is made anew.
 */
function expectOldOrNew(found: State, before: State, after: State, mixed: Place['mixed']): void {
  for (const [name, state] of Object.entries(found)) {
    const allowed = [before[name], after[name]];
    const overNewBase = found.base === after.base ? mixed[name as keyof typeof mixed] : undefined;
    if (overNewBase) allowed.push(before[name]!.replace(/: .*/, `: ${overNewBase}`));
    expect(allowed, name).toContain(state);
  }
  expect(found.by_hand).toBe(found.base === after.base ? after.by_hand : before.by_hand);
}
/** A view of version 1 over the table of version 2: 60,000 rows of 21. */
const OVER_NEW = '60000 rows, ids 1800030000, versions 1260000 of 37800630000';

/** What the record calls done is the new one; what it says was not begun is the old one. */
function expectTrueRecord(found: State, before: State, after: State, place: Place): string {
  const { record } = latestRun(runsDir())!;
  for (const { name, status, startedAt } of record.actions) {
    const relation = name.replace(/^k\./, '');
    if (!(relation in found) || relation in place.mixed) continue;
    if (status === 'SUCCESSFUL') expect(found[relation], `${name} ${status}`).toBe(after[relation]);
    if (startedAt === undefined) expect(found[relation], `${name} ${status}`).toBe(before[relation]);
  }
  return record.status;
}

function killing(
  what: string,
  makePlace: () => Promise<{ place: Place; server?: OwnServer; remove(): Promise<void> | void }>,
) {
  describe(what, () => {
    let made: Awaited<ReturnType<typeof makePlace>>;
    let before: State;
    let after: State;
    let lasts = 0;

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'tidemark-kill-'));
      made = await makePlace();
      const { place } = made;
      write(1);
      expect(await tidemark(place, 'run')).toMatchObject({ code: 0 });
      const warehouse = await place.open();
      await (await warehouse.connect()).execute(OUTSIDE);
      await warehouse.close();
      before = await statesOf(place);
      await place.keep();
      write(2);
      const undisturbed = await runAndStrike(place, 0, () => {});
      expect(undisturbed.stderr).toContain('11 models, 2 assertions passed');
      lasts = latestRun(runsDir())!.record.milliseconds;
      after = await statesOf(place);
      for (const name of RELATIONS) expect(after[name], name).not.toBe(before[name]);
    });
    afterAll(async () => {
      await made?.remove();
      rmSync(dir, { recursive: true, force: true });
    });

    test(
      `${ROUNDS} times: every table is old or new, the record is true, and the next run mends all`,
      async () => {
        const { place, server } = made;
        const seen: Record<string, number> = {};
        for (let round = 0; round < ROUNDS; round++) {
          await place.restore();
          rmSync(runsDir(), { recursive: true, force: true });
          // A server that goes before the first action has begun fails the run, which has done nothing by then.
          const first = server ? Math.min(150, lasts / 2) : 0;
          const at = Math.round(first + (lasts - first) * Math.random());
          const { code, stderr } = await runAndStrike(place, at, async (kill) => {
            if (!server) return kill();
            const how = round % 2 === 0 ? 'kill' : 'stop';
            await server[how]();
            await sleep(1000 * Math.random());
            await server.start();
          });
          const context = `round ${round}, struck after ${at} of ${Math.round(lasts)} ms\n${stderr}`;
          await place.settled?.();
          const found = await statesOf(place);
          expectOldOrNew(found, before, after, place.mixed);
          const status = expectTrueRecord(found, before, after, place);
          if (server) expect([code, status], context).toEqual([0, 'SUCCESSFUL']);
          else expect(['KILLED', 'SUCCESSFUL'], context).toContain(status);
          const mixed = new Set(RELATIONS.map((name) => found[name] === after[name])).size > 1;
          const key = `${status}, ${mixed ? 'some tables old, some new' : 'all tables of one version'}`;
          seen[key] = (seen[key] ?? 0) + 1;

          const next = await tidemark(place, 'run', ...(round % 2 === 0 ? ['--resume'] : []));
          expect(next.code, context + next.stderr).toBe(0);
          expect(await statesOf(place), context).toEqual(after);
          // A run that was killed between its last action and its record, or not at all, leaves nothing to resume: its record stays the last one.
          const isComplete = next.stderr.includes('Nothing is left of run');
          expect(latestRun(runsDir())!.record.status, context).toBe(isComplete ? status : 'SUCCESSFUL');
          const warehouse = await place.open();
          expect(await place.leftovers(warehouse), context).toEqual([]);
          await warehouse.close();
          expect(
            readdirSync(runsDir(), { recursive: true }).filter((file) => /\.(tmp|new|jsonl)$/.test(String(file))),
          ).toEqual([]);
        }
        // Shown by the full measurement only.
        if (process.env.TIDEMARK_KILL_ROUNDS) process.stderr.write(`${what}: ${JSON.stringify(seen)}\n`);
      },
      60_000 + ROUNDS * 60_000,
    );
  });
}

killing('a run on DuckDB', async () => {
  const file = join(dir, 'data', 'synthetic.duckdb');
  const kept = join(dir, 'kept.duckdb');
  const place: Place = {
    env: {},
    mixed: {
      on_base: OVER_NEW,
      stored: OVER_NEW,
      on_word:
        "Binder Error: Contents of view were altered: types don't match! Expected [INTEGER], but found [VARCHAR] instead for column word",
    },
    open: () => openDuckdb({ file }),
    keep: async () => cpSync(file, kept),
    async restore() {
      rmSync(dirname(file), { recursive: true });
      mkdirSync(dirname(file));
      cpSync(kept, file);
    },
    async leftovers(warehouse) {
      const connection = await warehouse.connect();
      const names = await connection.rows(
        "select table_schema || '.' || table_name as name from information_schema.tables where table_schema not in ('k', 'checks', 'outside', 'ops') or (table_name like 'tidemark%' and table_schema <> 'ops')",
      );
      return [...names, ...readdirSync(dirname(file)).filter((name) => !/^synthetic\.duckdb(\.wal)?$/.test(name))];
    },
  };
  return { place, remove: () => {} };
});

/** A database a state: the one that is used, and a copy of the state before. */
function postgresPlace(server: string): Place {
  const name = `kill_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = (database: string) => administer(server, `drop database if exists ${database} with (force)`);
  return {
    env: { DATABASE_URL: url.href },
    mixed: { on_base: OVER_NEW },
    open: () => openPostgres({ connectionString: url.href }),
    // A server ends what it was asked for before it sees that the client has gone.
    async settled() {
      const warehouse = await openPostgres({ connectionString: url.href });
      const connection = await warehouse.connect();
      const others = async () =>
        (
          await connection.rows(
            "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()",
          )
        ).length;
      while ((await others()) > 0) await sleep(20);
      await warehouse.close();
    },
    async keep() {
      await drop(`${name}_kept`);
      await administer(server, `create database ${name}_kept template ${name}`);
    },
    async restore() {
      await drop(name);
      await administer(server, `create database ${name} template ${name}_kept`);
    },
    async leftovers(warehouse) {
      const connection = await warehouse.connect();
      return connection.rows(
        `select n.nspname || '.' || c.relname as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
         where (c.relname like 'tidemark%' and n.nspname <> 'ops') or (n.nspname like 'pg_temp_%' and n.oid <> pg_my_temp_schema())
         union all
         select p.oid::regprocedure::text from pg_proc as p
         where p.proname like 'tidemark%' and p.pronamespace <> pg_my_temp_schema()
           and substr(p.pronamespace::regnamespace::text, 9)::int not in (select pg_stat_get_backend_idset())
         union all
         select nspname from pg_namespace where nspname not in ('k', 'checks', 'outside', 'ops', 'public', 'information_schema') and nspname not like 'pg_%'`,
      );
    },
  };
}

killing('a run on Postgres', async () => {
  const server = inject('postgresUrl');
  const place = postgresPlace(server);
  const name = new URL(place.env.DATABASE_URL!).pathname.slice(1);
  await administer(server, `create database ${name}`);
  return {
    place,
    async remove() {
      for (const database of [name, `${name}_kept`])
        await administer(server, `drop database if exists ${database} with (force)`);
    },
  };
});

killing('the Postgres server during a run', async () => {
  const server = await makeServer();
  const place = postgresPlace(server.url);
  await administer(server.url, `create database ${new URL(place.env.DATABASE_URL!).pathname.slice(1)}`);
  return { place, server, remove: () => server.remove() };
});
