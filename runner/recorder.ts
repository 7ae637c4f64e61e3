import type { Clock } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import type { Connection, Warehouse } from '../warehouse/warehouse.ts';
import type { Knowledge } from './changes.ts';
import { fingerprintOf } from './fingerprint.ts';
import { readsOf, unsteadiness, type Versions, versionOf } from './inputs.ts';
import { markBegun, type Remembered, remember, writeEnded } from './memory.ts';
import type { Plan } from './plan.ts';
import type { ActionResult } from './record.ts';

/** Between two writes while a run goes on: what a crash can lose is run again, and nothing worse. */
const WRITE_EVERY_MS = 1000;

/** Keeps in the warehouse what a run did, for runs that want to know what has changed since. */
export interface Recorder {
  /** Before anything is touched. */
  begin(runId: string): Promise<void>;
  ended(result: ActionResult): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/**
 * @param warn told once when the warehouse does not let itself be written to; the run goes on, and nothing is remembered of it.
 */
export function makeRecorder(
  plan: Plan,
  knowledge: Knowledge,
  warehouse: Warehouse,
  clock: Clock,
  warn: (message: string) => void,
): Recorder {
  const runs = new Set(plan.actions.filter(({ disposition }) => disposition === 'run').map(({ name }) => name));
  const waiting: ActionResult[] = [];
  let id = '';
  let connection: Connection | undefined;
  let writing = Promise.resolve();
  let written = clock.monotonic();

  const guarded = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      await connection?.close();
      connection = undefined;
      warn(error instanceof TidemarkError ? error.problems[0]!.message : String(error));
    }
  };
  const write = () =>
    guarded(async () => {
      const results = waiting.splice(0);
      if (!connection || results.length === 0) return;
      await writeEnded(connection, warehouse, id, await endings(results, id, runs, knowledge, warehouse));
    });

  return {
    async begin(runId) {
      if (runs.size === 0) return;
      id = runId;
      await guarded(async () => {
        const opened = await warehouse.connect();
        connection = opened;
        await opened.transaction(() => markBegun(opened, warehouse, id, [...runs]));
      });
    },
    ended(result) {
      if (!runs.has(result.name)) return;
      waiting.push(result);
      if (clock.monotonic() - written < WRITE_EVERY_MS) return;
      written = clock.monotonic();
      writing = writing.then(write);
    },
    async close() {
      await writing;
      await write();
      await connection?.close();
    },
  };
}

/** What is to be remembered of each; what was not begun is left as it was before the run. */
async function endings(
  results: readonly ActionResult[],
  runId: string,
  runs: ReadonlySet<string>,
  knowledge: Knowledge,
  warehouse: Warehouse,
): Promise<Map<string, Remembered>> {
  const { dag, memory } = knowledge;
  const { relation } = warehouse.statements;
  const schemas = new Set(results.map(({ name }) => dag.actions.get(name)!.target.schema));
  const ids = new Map((await warehouse.relations([...schemas])).map(({ target, id }) => [relation(target), id]));
  return new Map(
    results.map(({ tasks, ...result }): [string, Remembered] => {
      const { name, status } = result;
      const action = dag.actions.get(name)!;
      if (result.startedAt === undefined) return [name, memory.get(name) ?? { runId, status, content: undefined }];
      if (status !== 'SUCCESSFUL') return [name, { runId, status, content: undefined }];
      const unsteady = unsteadiness(action, dag, warehouse);
      const relationId = ids.get(relation(action.target));
      const content = remember({
        fingerprint: fingerprintOf(action, warehouse),
        inputs: versionsFor(name, runId, runs, knowledge),
        result,
        ...(unsteady === undefined ? {} : { unsteady }),
        ...(relationId === undefined ? {} : { relationId }),
      });
      return [name, { runId, status, content }];
    }),
  );
}

/** What the action read in this run. Sources were looked at before it began: what came in meanwhile counts as new. */
function versionsFor(name: string, runId: string, runs: ReadonlySet<string>, knowledge: Knowledge): Versions {
  const { dag, memory, state, contents } = knowledge;
  return Object.fromEntries(
    readsOf(name, dag).map((read) => [
      read,
      runs.has(read) ? runId : versionOf(dag.actions.get(read)!, memory, state, contents),
    ]),
  );
}
