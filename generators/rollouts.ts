import { random } from '../core/random.ts';
import type { Activity, Dynamics } from './dynamics.ts';
import { streamLuck } from './luck.ts';
import type { Scenario } from './scenario.ts';
import { copySubscriber, memories, type Subscriber, subscribe, type Traits } from './subscriber.ts';

/** Horizons of the window probabilities in days. */
export const HORIZONS = [7, 14, 30] as const;
/**
 * Rollouts of one subscriber. With 24 a probability within 14 days is off by 8 % of itself, an eighth of the spread over users; with 32
 * by 6 % and a tenth, for a third more of the time that most of a generation goes into.
 */
export const ROLLOUTS = 24;
/** Every second rollout stops at the second horizon: the longest one has larger probabilities, which need fewer to be as exact. */
const LONG_EVERY = 2;

/** Copied over before it is looked at. */
const NOBODY: Traits = {
  firstDay: 0,
  base: 0,
  ticketFactor: 1,
  paymentFactor: 1,
  seats: 1,
  channel: 0,
  campaign: -1,
  cohort: 0,
};

/** True probabilities of cancelling within {@link HORIZONS}, in their order. */
export type WindowProbabilities = readonly number[];

/**
 * The probability that a subscriber cancels in (day, day + H], for each horizon H.
 *
 * No closed form exists, because the drivers move with the events of the coming days. So the same dynamics run on from the state at the
 * end of the day. Cancels are not drawn but integrated out (Rao-Blackwell): a rollout that never cancels gives 1 - prod(1 - h), and the
 * mean over rollouts is unbiased with far less variance than counting cancels would have. The parts between two horizons are averaged
 * and added up, so that a longer horizon never has a smaller probability.
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
  const luck = streamLuck(stream);
  const copy = subscribe(scenario, NOBODY, 0, 0, luck, memories().take());
  const [short, middle, long] = HORIZONS;
  const longRollouts = Math.ceil(rollouts / LONG_EVERY);
  return subscribers.map((subscriber) => {
    let untilShort = 0;
    let untilMiddle = 0;
    let untilLong = 0;
    for (let rollout = 0; rollout < rollouts; rollout++) {
      copySubscriber(subscriber, copy);
      let survival = 1 - dynamics.hazard(copy, day);
      let before = 1;
      const last = rollout % LONG_EVERY === 0 ? long : middle;
      for (let ahead = 1; ; ahead++) {
        if (ahead === short) {
          untilShort += before - survival;
          before = survival;
        } else if (ahead === middle) {
          untilMiddle += before - survival;
          before = survival;
        }
        if (ahead === last) break;
        dynamics.live(copy, day + ahead, luck, activity);
        dynamics.changePlan(copy, day + ahead, luck);
        survival *= 1 - dynamics.hazard(copy, day + ahead);
      }
      if (last === long) untilLong += before - survival;
    }
    const p7 = untilShort / rollouts;
    const p14 = p7 + untilMiddle / rollouts;
    return [p7, p14, p14 + untilLong / longRollouts];
  });
}
