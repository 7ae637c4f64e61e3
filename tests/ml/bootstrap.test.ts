import { expect, test } from 'vitest';
import { normalQuantile } from '../../core/normal.ts';
import { random } from '../../core/random.ts';
import { bootstrap, type Statistic } from '../../ml/bootstrap.ts';

/** Mean over groups. */
const mean = (values: readonly number[]): Statistic => ({
  names: ['mean'],
  compute(multiplicity) {
    let [sum, n] = [0, 0];
    values.forEach((value, g) => {
      sum += value * multiplicity[g]!;
      n += multiplicity[g]!;
    });
    return [sum / n];
  },
});

test('the same seed gives the same intervals, another seed others', () => {
  const statistic = mean([1, 5, 2, 8, 3]);
  const run = (seed: number) => bootstrap([statistic], [], 5, { draws: 200, seed, level: 0.9 }).get('mean');
  expect(run(3)).toEqual(run(3));
  expect(run(3)).not.toEqual(run(4));
});

test('the standard error of a mean is the textbook one, and the interval covers the truth as often as it says', () => {
  let covered = 0;
  const worlds = 150;
  for (let world = 0; world < worlds; world++) {
    const stream = random(world, 'coverage');
    const values = Array.from({ length: 60 }, () => 10 + stream.normal());
    const { value, low, high, standardError } = bootstrap([mean(values)], [], 60, {
      draws: 200,
      seed: world,
      level: 0.95,
    }).get('mean')!;
    if (low! <= 10 && 10 <= high!) covered++;
    const average = values.reduce((sum, one) => sum + one, 0) / 60;
    const textbook = Math.sqrt(values.reduce((sum, one) => sum + (one - average) ** 2, 0) / 60 / 60);
    expect(value).toBeCloseTo(average, 12);
    expect(standardError! / textbook).toBeGreaterThan(0.75);
    expect(standardError! / textbook).toBeLessThan(1.25);
  }
  // Binomial with p = .93 (percentile intervals are a little short): 3.5 standard deviations below.
  expect(covered).toBeGreaterThan(worlds * 0.86);
  expect(covered).toBeLessThan(worlds);
});

test('draws that do not define a number are skipped and counted; differences are paired', () => {
  const sometimes: Statistic = { names: ['a', 'b'], compute: (m) => [m[0] === 0 ? Number.NaN : m[0]!, m[0]! + 1] };
  const result = bootstrap([sometimes], [{ name: 'b-a', compute: (value) => value('b') - value('a') }], 4, {
    draws: 500,
    seed: 1,
    level: 0.95,
  });
  // A group of four is missing from a draw with probability (3/4)^4 = .316.
  expect(result.get('a')!.skipped / 500).toBeGreaterThan(0.24);
  expect(result.get('a')!.skipped / 500).toBeLessThan(0.4);
  expect(result.get('b')!.skipped).toBe(0);
  expect(result.get('b-a')).toMatchObject({
    value: 1,
    low: 1,
    high: 1,
    standardError: 0,
    skipped: result.get('a')!.skipped,
  });
});

test('a number that no draw defines is null', () => {
  const never: Statistic = { names: ['never'], compute: () => [Number.NaN] };
  expect(bootstrap([never], [], 3, { draws: 100, seed: 1, level: 0.95 }).get('never')).toEqual({
    value: null,
    low: null,
    high: null,
    standardError: null,
    skipped: 100,
  });
});

test('normal quantiles', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 9);
});
