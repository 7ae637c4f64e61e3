import { keyed } from '../../core/keyed.ts';
import { origins } from '../people.ts';
import type { Scenario } from '../scenario.ts';
import type { User } from '../world.ts';
import { picker } from './laws.ts';

export const MOST_DEVICES = 3;
const DEVICE_COUNT_WEIGHTS = [0.6, 0.3, 0.1];

/** What events need to know of users, in arrays by user number: no object a user, and no name. */
export interface Actors {
  /** Milliseconds of the signup since the start of day 0. */
  createdMs: Float64Array;
  /** Index into the countries of the scenario. */
  country: Uint16Array;
  /** Index into the variants of the drift; 0 when there are none. */
  variant: Uint8Array;
  /** Number of devices. */
  devices: Uint8Array;
  /** Index into the channels of the scenario, {@link MOST_DEVICES} a user. */
  channels: Uint8Array;
  /** Call once a user, in the order of their numbers. */
  signUp(user: User): void;
}

export function actors(scenario: Scenario): Actors {
  const originOf = origins(scenario);
  const countries = new Map(scenario.countries.values.map((name, index) => [name, index]));
  const luck = keyed(scenario.seed, 'devices');
  const variantLuck = keyed(scenario.seed, 'ui_variant');
  const count = picker(DEVICE_COUNT_WEIGHTS);
  const channel = picker(scenario.appChannels.weights);
  const variant = picker(scenario.drift?.uiVariant?.weights ?? [1]);
  const all: Actors = {
    createdMs: new Float64Array(1024),
    country: new Uint16Array(1024),
    variant: new Uint8Array(1024),
    devices: new Uint8Array(1024),
    channels: new Uint8Array(1024 * MOST_DEVICES),
    signUp(user) {
      const { number } = user;
      if (number >= all.country.length) grow(all);
      const origin = originOf(user);
      all.createdMs[number] = origin.createdMs;
      all.country[number] = countries.get(origin.country)!;
      all.variant[number] = variant(variantLuck.bits(number, 0));
      all.devices[number] = 1 + count(luck.bits(number, 0));
      for (let device = 0; device < MOST_DEVICES; device++)
        all.channels[number * MOST_DEVICES + device] = channel(luck.bits(number, 1 + device));
    },
  };
  return all;
}

function grow(all: Actors): void {
  const larger = <T extends Float64Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
    to.set(from);
    return to;
  };
  const length = 2 * all.country.length;
  all.createdMs = larger(all.createdMs, new Float64Array(length));
  all.country = larger(all.country, new Uint16Array(length));
  all.variant = larger(all.variant, new Uint8Array(length));
  all.devices = larger(all.devices, new Uint8Array(length));
  all.channels = larger(all.channels, new Uint8Array(length * MOST_DEVICES));
}
