import type { Random } from '../core/random.ts';
import { LANE, type Luck } from './luck.ts';
import type { Scenario } from './scenario.ts';

/** Days that a subscriber's memory reaches back, the current one included. */
export const WINDOW = 28;
const FIELDS = 4;
const TICKETS = 1;
const FAILURES = 2;
const ANSWERED = 3;

/**
 * What decides a subscriber's next day: hidden engagement, and the events of the last 28 days that the drivers of churn look at.
 * Mutable and flat, because rollouts copy and advance it some ten million times.
 */
export interface Subscriber {
  /** Index into `scenario.plans`. */
  plan: number;
  /** Day on which the subscription started. */
  since: number;
  /** Last day of the trial; -1 without one. */
  trialEnd: number;
  /** Day on which the user signed up: the start of their first subscription. */
  firstDay: number;
  /** Log of the user's own level, constant. */
  base: number;
  ticketFactor: number;
  paymentFactor: number;
  /** Users for whom the account pays. */
  seats: number;
  /** Index into the signup channels. */
  channel: number;
  /** Index into the campaigns, or -1. */
  campaign: number;
  /** Arms in the experiments, see `cohortOf`. */
  cohort: number;
  /** Log units around the base, mean-reverting. */
  noise: number;
  /** Log units below the base. */
  decline: number;
  declining: boolean;
  lastEventDay: number;
  /** Where the subscriber's memory lies. */
  readonly memory: Uint32Array;
  /**
   * Where it begins there. By day modulo 28, {@link FIELDS} numbers a day: events, tickets, failed payments, and tickets that are answered
   * on it.
   */
  readonly at: number;
  events7: number;
  events28: number;
  tickets14: number;
  failures28: number;
  /** Tickets that are open at the end of the day. */
  open: number;
}

/** Lasting traits of a user, the same in every subscription that they take out. */
export type Traits = Readonly<
  Pick<Subscriber, 'firstDay' | 'base' | 'ticketFactor' | 'paymentFactor' | 'seats' | 'channel' | 'campaign' | 'cohort'>
>;

/** What a user is prone to: their level of usage and their own factors on the rates of incidents, whose mean is 1. */
export function drawProneness(
  scenario: Scenario,
  random: Random,
): Pick<Traits, 'base' | 'ticketFactor' | 'paymentFactor'> {
  const factor = (spread: number) => spread * random.normal() - (spread * spread) / 2;
  return {
    base: factor(scenario.engagement.userSpread),
    ticketFactor: Math.exp(factor(scenario.tickets.userSpread)),
    paymentFactor: Math.exp(factor(scenario.paymentFailures.userSpread)),
  };
}

/** Memory for many subscribers, one beside the other: arrays of their own would take twice the room, and twice the time to be reached. */
export interface Memories {
  /** Gives a place that is empty. */
  take(): Pick<Subscriber, 'memory' | 'at'>;
  /** Of a subscriber whom nobody will ask anymore. */
  giveBack(subscriber: Subscriber): void;
}

const LENGTH = WINDOW * FIELDS;
const IN_A_BLOCK = 256;

export function memories(): Memories {
  const free: Pick<Subscriber, 'memory' | 'at'>[] = [];
  return {
    take() {
      if (free.length === 0) {
        const memory = new Uint32Array(IN_A_BLOCK * LENGTH);
        for (let index = IN_A_BLOCK - 1; index >= 0; index--) free.push({ memory, at: index * LENGTH });
      }
      return free.pop()!;
    },
    giveBack({ memory, at }) {
      memory.fill(0, at, at + LENGTH);
      free.push({ memory, at });
    },
  };
}

/** A subscription at the start of its first day: nothing has happened, and signing up counts as being there. */
export function subscribe(
  scenario: Scenario,
  traits: Traits,
  plan: number,
  day: number,
  luck: Luck,
  { memory, at }: Pick<Subscriber, 'memory' | 'at'>,
): Subscriber {
  const radius = Math.sqrt(-2 * Math.log(1 - luck.of(LANE.firstNoise)));
  const normal = radius * Math.cos(2 * Math.PI * luck.of(LANE.firstNoiseTail));
  // One literal without a spread: all subscribers share a hidden class, without which the rollouts take twice the time.
  return {
    plan,
    since: day,
    trialEnd: hasTrial(scenario, traits, plan, day) ? day + scenario.trial!.days - 1 : -1,
    firstDay: traits.firstDay,
    base: traits.base,
    ticketFactor: traits.ticketFactor,
    paymentFactor: traits.paymentFactor,
    seats: traits.seats,
    channel: traits.channel,
    campaign: traits.campaign,
    cohort: traits.cohort,
    noise: scenario.engagement.noiseSpread * normal,
    decline: 0,
    declining: false,
    lastEventDay: day,
    memory,
    at,
    events7: 0,
    events28: 0,
    tickets14: 0,
    failures28: 0,
    open: 0,
  };
}

/** A first subscription begins with a trial on the plans that have one. */
const hasTrial = ({ trial }: Scenario, { firstDay }: Traits, plan: number, day: number): boolean =>
  trial !== undefined && firstDay === day && trial.plans.includes(plan);

/** Makes `to` equal to `from` without allocating. */
export function copySubscriber(from: Subscriber, to: Subscriber): void {
  to.plan = from.plan;
  to.since = from.since;
  to.trialEnd = from.trialEnd;
  to.firstDay = from.firstDay;
  to.base = from.base;
  to.ticketFactor = from.ticketFactor;
  to.paymentFactor = from.paymentFactor;
  to.seats = from.seats;
  to.channel = from.channel;
  to.campaign = from.campaign;
  to.cohort = from.cohort;
  to.noise = from.noise;
  to.decline = from.decline;
  to.declining = from.declining;
  to.lastEventDay = from.lastEventDay;
  for (let index = 0; index < LENGTH; index++) to.memory[to.at + index] = from.memory[from.at + index]!;
  to.events7 = from.events7;
  to.events28 = from.events28;
  to.tickets14 = from.tickets14;
  to.failures28 = from.failures28;
  to.open = from.open;
}

/** Adds a day's events to the memory, and lets the days that leave the windows of 7, 14 and 28 days go. */
export function remember(s: Subscriber, day: number, events: number, tickets: number, failures: number): void {
  const { memory, at } = s;
  const slot = day % WINDOW;
  const slot7 = slot >= 7 ? slot - 7 : slot + WINDOW - 7;
  const slot14 = slot >= 14 ? slot - 14 : slot + WINDOW - 14;
  const today = at + slot * FIELDS;
  s.events28 += events - memory[today]!;
  s.events7 += events - memory[at + slot7 * FIELDS]!;
  s.tickets14 += tickets - memory[at + slot14 * FIELDS + TICKETS]!;
  s.failures28 += failures - memory[today + FAILURES]!;
  memory[today] = events;
  memory[today + TICKETS] = tickets;
  memory[today + FAILURES] = failures;
  if (events > 0) s.lastEventDay = day;
}

/** A ticket of today stays open for this many nights, fewer than {@link WINDOW}. */
export function keepOpen(s: Subscriber, day: number, nights: number): void {
  if (nights === 0) return;
  s.open++;
  s.memory[s.at + ((day + nights) % WINDOW) * FIELDS + ANSWERED]!++;
}

/** Closes the tickets that are answered today. */
export function closeAnswered(s: Subscriber, day: number): void {
  const at = s.at + (day % WINDOW) * FIELDS + ANSWERED;
  s.open -= s.memory[at]!;
  s.memory[at] = 0;
}
