import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendar } from '../../generators/calendar.ts';

describe('the calendar', () => {
  const days = calendar('2026-01-01', 400);

  test('timestamps are those of Date', () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 * 86_400_000 }), (milliseconds) => {
        expect(days.timestamp(milliseconds)).toBe(new Date(start + milliseconds).toISOString());
      }),
    );
  });

  test('a month of a subscription ends once in each calendar month, on its day or on the last', () => {
    const dayOf = (date: string) => (Date.parse(date) - Date.parse('2026-01-01')) / 86_400_000;
    const anniversaries = (since: string) =>
      Array.from({ length: 150 }, (_, day) => day)
        .filter((day) => days.isAnniversary(dayOf(since), day))
        .map((day) => days.date(day));
    expect(anniversaries('2026-01-31')).toEqual(['2026-02-28', '2026-03-31', '2026-04-30']);
    expect(anniversaries('2026-01-05')).toEqual(['2026-02-05', '2026-03-05', '2026-04-05', '2026-05-05']);
    expect(anniversaries('2026-02-28')).toEqual(['2026-03-28', '2026-04-28', '2026-05-28']);
  });

  test('weekdays begin with Monday', () => {
    // 2026-01-01 is a Thursday.
    expect([0, 1, 2, 3, 4].map(days.weekday)).toEqual([3, 4, 5, 6, 0]);
  });
});
