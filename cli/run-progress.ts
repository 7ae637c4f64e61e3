import type { PartState, Step } from '../core/console.ts';
import { plural } from '../core/format.ts';
import type { RunEvent } from '../runner/execute.ts';
import type { ActionResult } from '../runner/record.ts';

/** Shows the actions of a run as parts of its step. */
export const runProgress =
  (step: Step) =>
  (event: RunEvent): void => {
    if (event.type === 'started') {
      step.part({ name: event.name, state: 'running' }, event.total);
      return;
    }
    const { result, total } = event;
    const { name, startedAt, milliseconds } = result;
    const took = startedAt === undefined ? {} : { milliseconds };
    step.part({ name, state: stateOf(result), note: noteOn(result), ...took }, total);
  };

const STATES = {
  SUCCESSFUL: 'succeeded',
  WARNED: 'warned',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  CANCELLED: 'cancelled',
  KILLED: 'cancelled',
  DISABLED: 'disabled',
} as const satisfies Record<ActionResult['status'], PartState>;

const stateOf = ({ status, fromRun }: ActionResult): PartState =>
  fromRun === undefined ? STATES[status] : 'unchanged';

/** `1,204 rows`, `passed`, or why it did not end well. */
function noteOn({ kind, status, reason, rows }: ActionResult): string {
  if (status !== 'SUCCESSFUL') return reason ?? '';
  if (kind === 'assertion') return 'passed';
  return rows === undefined ? kind : plural(rows, 'row');
}
