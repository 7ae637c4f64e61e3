import { keyed } from '../../core/keyed.ts';
import { type Random, random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import { userId } from '../people.ts';
import type { Touches } from '../scenario/touches.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source } from '../source.ts';
import { timeOfDay } from '../time-of-day.ts';
import type { User } from '../world.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import { DAY_MS, recordId } from './moment.ts';

/** Standard deviation of the log of what a touch costs. */
const COST_SPREAD = 0.4;

/**
 * Marketing touches. Those before a signup become known with it, so they stand in the file of its day under their own, earlier time;
 * those of people who never sign up stand in the file of their day, under an anonymous id that belongs to no user.
 */
export function touchesSource(scenario: Scenario, calendar: Calendar, section: Touches): Source {
  const { seed, signupChannels } = scenario;
  const { channels, windowDays } = section;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const anonymous = keyed(seed, 'touches', 'anonymous');

  const touch = (
    id: string,
    user: string,
    atMs: number,
    channelName: string,
    stream: Random,
    campaign?: string,
  ): Rec => {
    const channel = byName.get(channelName)!;
    const usual = stream.pick(channel.campaigns.values, channel.campaigns.weights);
    return {
      touch_id: `m${id}`,
      user_id: user,
      touch_ts: calendar.timestamp(atMs),
      channel: channelName,
      campaign: campaign ?? usual,
      cost: cents(channel.costUsd * Math.exp(COST_SPREAD * stream.normal() - COST_SPREAD ** 2 / 2)),
    };
  };

  /** A channel by weight; not `without`, if there is another one. */
  const pickChannel = (stream: Random, without?: string): string => {
    const { values, weights } = signupChannels;
    if (without === undefined || values.length === 1) return stream.pick(values, weights);
    return stream.pick(
      values,
      weights.map((weight, index) => (values[index] === without ? 0 : weight)),
    );
  };

  /** From the signup backwards; a touch beyond the window did not happen. */
  const before = ({ number, traits }: User, day: number, createdMs: number, signupChannel: string): Rec[] => {
    const stream = random(seed, 'touches', number);
    const count = 1 + stream.poisson(section.meanBeforeSignup - 1);
    const earliestMs = createdMs - windowDays * DAY_MS;
    const rows: Rec[] = [];
    let atMs = createdMs - 1 - Math.floor(stream.exponential(600_000));
    for (let index = 0; index < count && atMs >= earliestMs; index++) {
      const agrees = index === 0 && stream.chance(section.agreement);
      const channel = agrees ? signupChannel : pickChannel(stream, index === 0 ? signupChannel : undefined);
      // Who came by a campaign of the population saw it last.
      const campaign = agrees ? scenario.campaigns[traits.campaign]?.name : undefined;
      rows.push(touch(recordId(number, day, index), userId(number), atMs, channel, stream, campaign));
      atMs -= 1 + Math.floor(stream.exponential(section.meanDaysBetween * DAY_MS));
    }
    return rows;
  };

  return {
    name: 'touches',
    format: 'csv',
    columns: SOURCE_COLUMNS.touches,
    id: ({ touch_id }) => String(touch_id),
    next(today) {
      const { day } = today;
      const rows = today.signups.flatMap((user) => {
        const { profile, createdMs } = today.person(user);
        return before(user, day, createdMs, profile.signup_channel);
      });
      const passersBy = random(seed, 'touches', 'passers_by', day);
      const count = passersBy.poisson(section.anonymousPerDay);
      for (let index = 0; index < count; index++) {
        const atMs = day * DAY_MS + timeOfDay(scenario, passersBy);
        const who = `anon-${anonymous.bits(day, index).toString(36).padStart(7, '0')}`;
        rows.push(touch(`x${recordId(0, day, index)}`, who, atMs, pickChannel(passersBy), passersBy));
      }
      return byTime(rows, 'touch_ts');
    },
  };
}

const cents = (amount: number): number => Math.round(100 * amount) / 100;
