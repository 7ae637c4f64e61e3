import { plural } from '../core/format.ts';
import type { Workspace } from '../core/workspace.ts';
import { latestRun, runsGoingOn, settleKilledRuns } from '../runner/history.ts';
import type { RunRecord } from '../runner/record.ts';
import type { Context } from './context.ts';

/** One line a run that goes on in another process. */
export function reportRunsGoingOn(context: Context, { runsDir }: Workspace): void {
  for (const { runId, startedAt, process } of runsGoingOn(runsDir))
    context.console.line(
      `Run ${runId} is going on since ${minute(startedAt)}: process ${process.pid} on ${process.host}.`,
    );
}

/** Writes down the runs that were killed, and warns of the last one unless this command goes on with it. */
export function reportUnendedRuns(context: Context, place: Workspace, resuming: boolean): void {
  reportRunsGoingOn(context, place);
  const last = settleKilledRuns(place.runsDir).at(-1);
  if (!last || resuming || last.record.runId !== latestRun(place.runsDir)?.record.runId) return;
  context.console.warn({ code: 'RUN_KILLED', message: killedMessage(last.record) });
}

/** What a killed run had done, and what it was doing. */
export function killedMessage({ runId, startedAt, actions }: RunRecord): string {
  const own = actions.filter(({ fromRun }) => fromRun === undefined);
  const running = own.filter(({ status }) => status === 'KILLED').map(({ name }) => name);
  const ended = own.filter(({ status }) => status !== 'KILLED' && status !== 'CANCELLED').length;
  return (
    `The run of ${minute(startedAt)} (${runId}) ended with no word: its process was killed, or the machine stopped. ` +
    `${ended} of ${plural(own.length, 'action')} had ended${running.length > 0 ? `; running: ${running.join(', ')}` : ''}.`
  );
}

/** `2026-03-01 10:15 UTC` */
const minute = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
