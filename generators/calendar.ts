const DAY_MS = 86_400_000;

/** Days of a scenario are counted from 0, the start date; this turns them into dates and back. All days are UTC. */
export interface Calendar {
  readonly days: number;
  /** YYYY-MM-DD; days after the last one exist too. */
  date(day: number): string;
  /** 0 is Monday. */
  weekday(day: number): number;
  /** 0 on the last day of a calendar month. */
  daysToMonthEnd(day: number): number;
  /** True when a month of a subscription that started on day `since` ends on `day`; the 31st falls on the last day of a short month. */
  isAnniversary(since: number, day: number): boolean;
  /** `2026-01-01T09:30:00.123Z` for milliseconds since the start of day 0. */
  timestamp(milliseconds: number): string;
}

export function calendar(startDate: string, days: number): Calendar {
  const start = Date.parse(`${startDate}T00:00:00Z`);
  const known: { date: string; dayOfMonth: number; lastOfMonth: number }[] = [];
  const at = (day: number) => {
    let entry = known[day];
    if (!entry) {
      const time = new Date(start + day * DAY_MS);
      entry = {
        date: time.toISOString().slice(0, 10),
        dayOfMonth: time.getUTCDate(),
        lastOfMonth: new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 0)).getUTCDate(),
      };
      known[day] = entry;
    }
    return entry;
  };
  return {
    days,
    date: (day) => at(day).date,
    weekday: (day) => (new Date(start + day * DAY_MS).getUTCDay() + 6) % 7,
    daysToMonthEnd(day) {
      const { dayOfMonth, lastOfMonth } = at(day);
      return lastOfMonth - dayOfMonth;
    },
    isAnniversary(since, day) {
      if (day <= since) return false;
      const { dayOfMonth, lastOfMonth } = at(day);
      return dayOfMonth === Math.min(at(since).dayOfMonth, lastOfMonth);
    },
    timestamp(milliseconds) {
      const day = Math.floor(milliseconds / DAY_MS);
      const rest = milliseconds - day * DAY_MS;
      const second = Math.floor(rest / 1000);
      return `${at(day).date}T${clock(second)}.${MILLISECONDS[rest - second * 1000]}Z`;
    },
  };
}

const TWO = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const MILLISECONDS = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
let clockTexts: string[] | undefined;

/** Every HH:MM:SS, spelt once: formatting the two timestamps of an event would else cost more than drawing it. */
function clock(second: number): string {
  clockTexts ??= Array.from(
    { length: 86_400 },
    (_, s) => `${TWO[Math.floor(s / 3600)]}:${TWO[Math.floor(s / 60) % 60]}:${TWO[s % 60]}`,
  );
  return clockTexts[second]!;
}
