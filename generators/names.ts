import type { Faker, LocaleDefinition, Randomizer } from '@faker-js/faker';
import { faker as english } from '@faker-js/faker/locale/en';
import { type Random, random } from '../core/random.ts';

type MakeFaker = new (options: { locale: LocaleDefinition; randomizer: Randomizer }) => Faker;

let stream: Random = random(0);

/**
 * Faker's own English instance, but for the luck: its Mersenne twister takes thousands of steps to seed, and each entity is seeded anew.
 * The class is asked of the instance, because the entry of the package that exports it loads some hundred languages in a second.
 */
const faker = new (english.constructor as MakeFaker)({
  locale: english.rawDefinitions,
  randomizer: { next: () => stream.next(), seed: () => {} },
});

/** A made-up thing that belongs to an entity: the same for the same seed and labels, whatever was asked before. */
export function madeUp<T>(seed: number, labels: readonly (string | number)[], draw: (faker: Faker) => T): T {
  stream = random(seed, 'names', ...labels);
  return draw(faker);
}

export const fullName = (seed: number, ...labels: (string | number)[]): string =>
  madeUp(seed, ['person', ...labels], ({ person }) => `${person.firstName()} ${person.lastName()}`);

/** Of an account, by its number. */
export const companyName = (seed: number, account: number): string =>
  madeUp(seed, ['company', account], ({ company }) => company.name());
