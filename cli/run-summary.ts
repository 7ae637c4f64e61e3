import { duration, plural } from '../core/format.ts';
import type { ActionResult, RunRecord } from '../runner/record.ts';

const SLOWEST = 5;
/** What is over sooner needs no list of what took long. */
const SHORT_MS = 1000;

/** `18 models, 30 assertions passed, 2 disabled`: what ended in which state. */
export function runSummary(record: RunRecord): string {
  const unchanged = record.resumedFrom === undefined ? record.actions.filter(isTakenOver).length : 0;
  const actions = record.actions.filter((action) => unchanged === 0 || !isTakenOver(action));
  const n = (test: (action: ActionResult) => boolean) => actions.filter(test).length;
  const passed = n(({ kind, status }) => kind === 'assertion' && status === 'SUCCESSFUL');
  const made = n(({ kind, status }) => status === 'SUCCESSFUL' && kind !== 'assertion' && kind !== 'declaration');
  const parts =
    unchanged > 0 && made + passed === 0 ? [] : [plural(made, 'model'), `${plural(passed, 'assertion')} passed`];
  for (const status of ['WARNED', 'FAILED', 'SKIPPED', 'CANCELLED', 'DISABLED'] as const) {
    const others = n((action) => action.status === status);
    if (others > 0) parts.push(`${others} ${status.toLowerCase()}`);
  }
  if (unchanged > 0) parts.push(`${plural(unchanged, 'action')} unchanged`);
  return parts.join(', ');
}

/** The actions that took longest, with their share of the time of all; nothing for a run that was over at once. */
export function slowestLines({ milliseconds, actions }: RunRecord): string[] {
  const ran = actions.filter((action) => action.startedAt !== undefined && !isTakenOver(action));
  if (milliseconds < SHORT_MS || ran.length <= 1) return [];
  const all = ran.reduce((sum, action) => sum + action.milliseconds, 0);
  const slowest = ran
    .filter((action) => action.milliseconds >= all / 100)
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, SLOWEST);
  return slowest.map((action, i) => {
    const share = `${Math.round((100 * action.milliseconds) / all)} %`;
    return `${i === 0 ? 'slowest' : '       '}   ${duration(action.milliseconds).padStart(8)} ${share.padStart(5)}  ${action.name}`;
  });
}

const isTakenOver = ({ fromRun }: ActionResult): boolean => fromRun !== undefined;
