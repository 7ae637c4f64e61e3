import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibration, calibrationLine } from '../../ml/metrics/calibration.ts';
import { descendingOrder } from '../../ml/metrics/descending.ts';
import { brier, brierParts, logLoss } from '../../ml/metrics/probability.ts';
import { expectedProfit } from '../../ml/metrics/profit.ts';
import { median, quantile, quantileEdges } from '../../ml/metrics/quantile.ts';
import { ranking, rankMetrics, topMetrics } from '../../ml/metrics/ranking.ts';

const base = { y: [0, 0, 1, 1], p: [0.1, 0.4, 0.35, 0.8] };
const ties = { y: [1, 0, 1, 0, 0, 1, 0, 0], p: [0.9, 0.8, 0.8, 0.5, 0.5, 0.5, 0.2, 0.1] };

describe('golden values of scikit-learn', () => {
  test('base case', () => {
    const { rocAuc, averagePrecision } = rankMetrics(ranking(base.p, base.y));
    expect(averagePrecision).toBeCloseTo(0.8333333333333333, 14);
    expect(rocAuc).toBe(0.75);
    expect(logLoss(base.y, base.p)).toBeCloseTo(0.47228795380917615, 14);
    expect(brier(base.y, base.p)).toBeCloseTo(0.15812500000000002, 14);
  });

  test('ties count as one step, not as a trapezoid', () => {
    const { rocAuc, averagePrecision } = rankMetrics(ranking(ties.p, ties.y));
    expect(averagePrecision).toBeCloseTo(0.7222222222222222, 14);
    expect(averagePrecision).not.toBeCloseTo(0.8055555555555556, 3);
    expect(rocAuc).toBeCloseTo(0.8333333333333333, 14);
  });

  test('a constant score has the base rate and 0.5', () => {
    expect(rankMetrics(ranking(new Float64Array(8).fill(0.3), ties.y))).toEqual({
      rocAuc: 0.5,
      averagePrecision: 0.375,
      baseRate: 0.375,
    });
  });

  test('one class only is not defined', () => {
    expect(rankMetrics(ranking([0.1, 0.2], [0, 0]))).toEqual({
      rocAuc: Number.NaN,
      averagePrecision: Number.NaN,
      baseRate: 0,
    });
    expect(rankMetrics(ranking([0.1, 0.2], [1, 1]))).toEqual({
      rocAuc: Number.NaN,
      averagePrecision: Number.NaN,
      baseRate: 1,
    });
  });

  test('log loss clips at 2^-52', () => {
    expect(logLoss([1, 0], [0, 0])).toBeCloseTo(18.021826694558577, 12);
  });

  test('calibration by quantiles: a value on an edge belongs to the lower bin', () => {
    const p = Float64Array.of(0, 0.05, 0.1, 0.15, 0.2, 0.5, 0.5, 0.55, 0.9, 1);
    const y = [0, 0, 1, 0, 1, 1, 0, 0, 1, 1];
    const { bins } = calibration(y, p, 5);
    expect(bins.map((bin) => bin.observedRate)).toEqual([0, 0.5, 2 / 3, 0, 1]);
    const predicted = [0.025, 0.125, 0.4, 0.55, 0.95];
    for (const [b, bin] of bins.entries()) expect(bin.meanPredicted).toBeCloseTo(predicted[b]!, 14);
  });
});

const labelled = fc.array(
  fc.record({
    y: fc.integer({ min: 0, max: 1 }),
    p: fc.integer({ min: 0, max: 12 }),
    w: fc.integer({ min: 0, max: 3 }),
  }),
  {
    minLength: 2,
    maxLength: 40,
  },
);

describe('definitions, against the plain O(n^2) ones', () => {
  test('ROC AUC counts pairs', () => {
    fc.assert(
      fc.property(labelled, (rows) => {
        let pairs = 0;
        let good = 0;
        for (const a of rows) {
          for (const b of rows) {
            if (a.y !== 1 || b.y !== 0) continue;
            pairs++;
            good += a.p > b.p ? 1 : a.p === b.p ? 0.5 : 0;
          }
        }
        const { rocAuc } = rankMetrics(
          ranking(
            rows.map(({ p }) => p),
            rows.map(({ y }) => y),
          ),
        );
        if (pairs === 0) expect(rocAuc).toBeNaN();
        else expect(rocAuc).toBeCloseTo(good / pairs, 12);
      }),
    );
  });

  test('average precision sums over thresholds', () => {
    fc.assert(
      fc.property(labelled, (rows) => {
        const positives = rows.filter(({ y }) => y === 1).length;
        fc.pre(positives > 0 && positives < rows.length);
        let before = 0;
        let expected = 0;
        for (const threshold of [...new Set(rows.map(({ p }) => p))].sort((a, b) => b - a)) {
          const above = rows.filter(({ p }) => p >= threshold);
          const found = above.filter(({ y }) => y === 1).length;
          expected += (found / positives - before) * (found / above.length);
          before = found / positives;
        }
        const { averagePrecision } = rankMetrics(
          ranking(
            rows.map(({ p }) => p),
            rows.map(({ y }) => y),
          ),
        );
        expect(averagePrecision).toBeCloseTo(expected, 12);
      }),
    );
  });

  test('a multiplicity is the same as the rows so many times', () => {
    fc.assert(
      fc.property(labelled, (rows) => {
        const once = ranking(
          rows.map(({ p }) => p),
          rows.map(({ y }) => y),
          rows.map((_, i) => i),
        );
        const repeated = rows.flatMap((row) => Array.from({ length: row.w }, () => row));
        const many = ranking(
          repeated.map(({ p }) => p),
          repeated.map(({ y }) => y),
        );
        const weights = rows.map(({ w }) => w);
        const [a, b] = [rankMetrics(once, weights), rankMetrics(many)];
        for (const key of ['rocAuc', 'averagePrecision', 'baseRate'] as const) {
          if (Number.isNaN(b[key])) expect(a[key]).toBeNaN();
          else expect(a[key]).toBeCloseTo(b[key], 12);
        }
        const shares = [0.05, 0.3];
        const [tops, wanted] = [topMetrics(once, shares, weights), topMetrics(many, shares)];
        expect(tops.map(({ rows }) => rows)).toEqual(wanted.map(({ rows }) => rows));
        wanted.forEach(({ precision }, i) => {
          if (!Number.isNaN(precision)) expect(tops[i]!.precision).toBeCloseTo(precision, 12);
        });
      }),
    );
  });

  test('a cut through ties takes their expected value', () => {
    // The fourth of eight rows cuts a block of three with one positive: two whole rows more than the block before, a third of it.
    const [half, tenth] = topMetrics(ranking(ties.p, ties.y), [0.5, 0.1]);
    const { rows, precision, recall, lift } = half!;
    expect(rows).toBe(4);
    expect(precision).toBeCloseTo((2 + 1 / 3) / 4, 14);
    expect(recall).toBeCloseTo((2 + 1 / 3) / 3, 14);
    expect(lift).toBeCloseTo((2 + 1 / 3) / 4 / 0.375, 14);
    expect(tenth).toEqual({ rows: 0, precision: Number.NaN, recall: Number.NaN, lift: Number.NaN });
    expect(
      topMetrics(
        ranking(
          new Float64Array(30),
          Array.from({ length: 30 }, (_, i) => i % 2),
        ),
        [0.1],
      )[0]!.rows,
    ).toBe(3);
  });

  test('the Brier score is the sum of its five parts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.double({ min: 0, max: 1, noNaN: true })), {
          minLength: 1,
          maxLength: 60,
        }),
        (rows) => {
          const y = rows.map(([label]) => label);
          const p = Float64Array.from(rows, ([, probability]) => probability);
          const parts = brierParts(y, p, calibration(y, p, 4).binOfRow);
          const sum =
            parts.reliability -
            parts.resolution +
            parts.uncertainty +
            parts.withinBinVariance -
            2 * parts.withinBinCovariance;
          expect(sum).toBeCloseTo(brier(y, p), 13);
        },
      ),
    );
  });
});

test('rows sort by descending value, equal ones in their order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, -1, Number.POSITIVE_INFINITY))),
      (values) => {
        const plain = values
          .map((_, i) => i)
          .sort((a, b) => (values[a] === values[b] ? a - b : values[a]! < values[b]! ? 1 : -1));
        const zeros = values.map((value) => value + 0);
        expect([...descendingOrder(zeros)].map((row) => zeros[row])).toEqual(plain.map((row) => zeros[row]));
        const whole = values.map((value) => (value > 0 ? 1 : 2));
        expect([...descendingOrder(whole)]).toEqual(
          whole.map((_, i) => i).sort((a, b) => whole[b]! - whole[a]! || a - b),
        );
      },
    ),
  );
});

describe('calibration and money', () => {
  test('equal predictions make one bin', () => {
    const { bins, expectedError, maximumError } = calibration([1, 0, 0, 0], new Float64Array(4).fill(0.5));
    expect(bins).toHaveLength(1);
    expect(bins[0]).toMatchObject({ rows: 4, positives: 1, meanPredicted: 0.5, observedRate: 0.25 });
    expect([expectedError, maximumError]).toEqual([0.25, 0.25]);
  });

  test('the line finds predictions that are too extreme', () => {
    // 3 of 4 where 9 of 10 were promised, and the mirror image: log 3 / log 9 = 1/2.
    const y = [1, 1, 1, 0, 0, 0, 0, 1];
    const p = Float64Array.of(0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1);
    const line = calibrationLine(
      y,
      p,
      Int32Array.from(y, (_, i) => i),
    )!;
    expect(line.slope).toBeCloseTo(0.5, 9);
    expect(line.intercept).toBeCloseTo(0, 9);
    expect(line.slopeError).toBeGreaterThan(0);
    expect(calibrationLine([1, 1], Float64Array.of(0.1, 0.2), Int32Array.of(0, 1))).toBeUndefined();
    expect(calibrationLine([1, 0], Float64Array.of(0.1, 0.1), Int32Array.of(0, 1))).toBeUndefined();
  });

  test('a cost that reaches the benefit contacts nobody', () => {
    expect(expectedProfit(base.y, base.p, { benefit: 10, cost: 3 })).toEqual({
      threshold: 0.3,
      contacted: 3,
      contactedPositives: 2,
      profit: 11,
    });
    expect(expectedProfit(base.y, [1, 1, 1, 1], { benefit: 3, cost: 3 })).toEqual({
      threshold: 1,
      contacted: 0,
      contactedPositives: 0,
      profit: 0,
    });
  });

  test('a median is the middle of the sorted values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noDefaultInfinity: true }))),
        (values) => {
          const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
          expect(median(Float64Array.from(values)) + 0).toBe(quantile(sorted, 0.5) + 0);
        },
      ),
    );
  });

  test('quantiles interpolate, merge duplicates and skip the missing', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(median(Float64Array.of(3, Number.NaN, 1, 2))).toBe(2);
    expect(median(Float64Array.of(Number.NaN))).toBeNaN();
    expect(quantileEdges(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2), 5)).toEqual([0, expect.closeTo(0.2, 10), 2]);
  });
});
