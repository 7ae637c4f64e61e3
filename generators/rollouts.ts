import { random } from '../core/random.ts';
import type { Activity, Dynamics } from './dynamics.ts';
import type { Scenario } from './scenario.ts';
import { copySubscriber, type Subscriber, subscribe } from './subscriber.ts';

/** Horizons of the window probabilities in days. */
export const HORIZONS = [7, 14, 30] as const;
export const ROLLOUTS = 32;

/** True probabilities of cancelling within {@link HORIZONS}, in their order. */
export type WindowProbabilities = readonly number[];

/**
 * The probability that a subscriber cancels in (day, day + H], for each horizon H.
 *
 * No closed form exists, because the drivers move with the events of the coming days. So the same dynamics run on from the state at the
 * end of the day. Cancels are not drawn but integrated out (Rao-Blackwell): a rollout that never cancels gives 1 - prod(1 - h), and the
 * mean over rollouts is unbiased with far less variance than counting cancels would have.
 *
 * Shapes: `subscribers` of length n gives n arrays of three. The streams are of their own, so nothing in the world moves.
 */
export function windowProbabilities(
  scenario: Scenario,
  dynamics: Dynamics,
  subscribers: readonly Subscriber[],
  day: number,
  rollouts = ROLLOUTS,
): WindowProbabilities[] {
  const stream = random(scenario.seed, 'rollouts', day);
  const activity: Activity = { usage: 0, tickets: 0, failures: 0 };
  const copy = subscribe(scenario, { firstDay: 0, base: 0, ticketFactor: 1, paymentFactor: 1 }, 0, 0, stream);
  const last = HORIZONS[HORIZONS.length - 1]!;
  return subscribers.map((subscriber) => {
    const sums = HORIZONS.map(() => 0);
    for (let rollout = 0; rollout < rollouts; rollout++) {
      copySubscriber(subscriber, copy);
      let survival = 1 - dynamics.hazard(copy, day);
      for (let ahead = 1, next = 0; ; ahead++) {
        if (ahead === HORIZONS[next]) sums[next++]! += 1 - survival;
        if (ahead === last) break;
        dynamics.live(copy, day + ahead, stream, activity);
        dynamics.changePlan(copy, stream.next());
        survival *= 1 - dynamics.hazard(copy, day + ahead);
      }
    }
    return sums.map((sum) => sum / rollouts);
  });
}
