import type { Step } from '../core/console.ts';
import type { Context } from './context.ts';

/** What work gives back: its result, a summary for people, and whether it failed in a way that the caller reports. */
type Outcome<T> = readonly [result: T, summary: string, failed?: boolean];

/** Shows work as one line of the console: the line ends with the summary, or as failed when the work throws. */
export async function runStep<T>(
  context: Context,
  name: string,
  work: (step: Step) => Promise<Outcome<T>>,
): Promise<T> {
  const step = context.console.step(name);
  let outcome: Outcome<T>;
  try {
    outcome = await work(step);
  } catch (error) {
    step.fail(context.effects.signal.aborted ? 'cancelled' : 'failed');
    throw error;
  }
  const [result, summary, failed = false] = outcome;
  if (failed) step.fail(summary);
  else step.succeed(summary);
  return result;
}
