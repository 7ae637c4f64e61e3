import type { Effects } from '../core/effects.ts';
import { targetName } from '../warehouse/target.ts';
import { dagOf, topological } from './dag.ts';
import { round } from './execute-action.ts';
import type { CompiledGraph } from './graph.ts';
import { runId } from './history.ts';
import { startRun } from './journal.ts';
import { PLAN_VERSION, type Plan } from './plan.ts';
import { type ActionResult, RUN_RECORD_VERSION, type RunRecord } from './record.ts';
import { type Selection, select } from './select.ts';
import { readStockOutput, type StockResult } from './stock-output.ts';

/** What became of the Dataform CLI. */
export interface StockEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The actions that the CLI is to run. What it sends for each it decides itself. */
export function stockPlan(graph: CompiledGraph, selection: Selection): Plan {
  const selected = new Set(select(graph, selection));
  const runs = graph.actions.filter(
    ({ kind, target }) => selected.has(targetName(target)) && kind !== 'declaration' && kind !== 'test',
  );
  const dag = dagOf(runs);
  return {
    version: PLAN_VERSION,
    engine: 'bigquery',
    graphHash: graph.hash,
    selection,
    createSchemas: [],
    actions: topological(dag).map((name) => {
      const action = dag.actions.get(name)!;
      return {
        name,
        kind: action.kind,
        fileName: action.fileName,
        disposition: action.disabled ? 'skip' : 'run',
        why: action.disabled ? 'disabled' : 'run by the Dataform CLI',
        dependencies: dag.dependencies.get(name)!,
        severity: action.kind === 'assertion' ? action.severity : 'error',
        tasks: [],
      };
    }),
  };
}

/**
 * Lets the Dataform CLI run a plan, and turns what it prints into a record, which is written as that of any run. The CLI tells no durations and
 * no rows of single actions, so the record holds none; an action of which it says nothing counts as CANCELLED.
 */
export async function runThroughStock(
  { runsDir, graph, plan, version }: { runsDir: string; graph: CompiledGraph; plan: Plan; version: string },
  run: () => Promise<StockEnd>,
  { clock, signal }: Pick<Effects, 'clock' | 'signal'>,
): Promise<RunRecord> {
  const startedAt = clock.now();
  const began = clock.monotonic();
  const start = {
    runId: runId(clock),
    startedAt: startedAt.toISOString(),
    engine: plan.engine,
    engineVersion: `dataform ${version}`,
  };
  const journal = startRun(runsDir, start, graph, plan, clock);
  const end = await run().catch((error: unknown): StockEnd => ({ code: 1, stdout: '', stderr: String(error) }));
  const said = new Map(
    [...readStockOutput(end.stdout), ...readStockOutput(end.stderr)].map((result) => [result.name, result]),
  );
  const failed = [...said.values()].some(({ status }) => status === 'FAILED');
  const record: RunRecord = {
    version: RUN_RECORD_VERSION,
    ...start,
    status: signal.aborted ? 'CANCELLED' : end.code === 0 ? 'SUCCESSFUL' : 'FAILED',
    // Where no action failed the CLI itself did.
    ...(end.code === 0 || failed || signal.aborted ? {} : { reason: lastWords(end) }),
    finishedAt: clock.now().toISOString(),
    milliseconds: round(clock.monotonic() - began),
    graphHash: plan.graphHash,
    selection: plan.selection,
    actions: plan.actions.map((action) => resultOf(action, said.get(action.name))),
  };
  journal.end(record);
  return record;
}

function resultOf({ name, kind, fileName }: Plan['actions'][number], said: StockResult | undefined): ActionResult {
  const { status = 'CANCELLED', reason = '', sql = '' } = said ?? { reason: 'the Dataform CLI says nothing of it' };
  const rows = /^Assertion failed: query returned (\d+) row/.exec(reason)?.[1];
  const failed = status === 'FAILED';
  return {
    name,
    kind,
    fileName,
    status,
    ...(reason === '' ? {} : { reason }),
    milliseconds: 0,
    ...(rows === undefined ? {} : { rows: Number(rows) }),
    tasks: failed
      ? [
          {
            type: kind === 'assertion' ? 'assertion' : 'statement',
            sql: queryOf(sql, kind),
            status,
            errorMessage: reason,
            milliseconds: 0,
          },
        ]
      : [],
  };
}

/** Of an assertion the query, not the view that the CLI makes of it. */
const queryOf = (sql: string, kind: ActionResult['kind']): string =>
  kind === 'assertion' ? sql.replace(/^create or replace view `[^`]*` as\s*/, '') : sql;

/** What the CLI said at the end, without colours and progress. */
function lastWords({ stdout, stderr }: StockEnd): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
  const text = (stderr.trim() || stdout.trim()).replace(/\x1b\[\d+m/g, '').trim();
  return `The Dataform CLI ended without running anything: ${text.split('\n').slice(-20).join('\n')}`;
}
