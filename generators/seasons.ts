import type { Calendar } from './calendar.ts';
import type { Scenario } from './scenario.ts';

/** Factors on what every user does on a day: weekday, month end, seasons and outages. Known beforehand, also beyond the last day. */
export function seasonOn(
  { engagement, seasons, monthEnd }: Scenario,
  calendar: Calendar,
  day: number,
): { readonly usage: number; readonly tickets: number } {
  let usage = engagement.weekdays[calendar.weekday(day)]!;
  let tickets = 1;
  if (calendar.daysToMonthEnd(day) < monthEnd.days) usage *= monthEnd.usage;
  for (const season of seasons) {
    if (day < season.from || day > season.to) continue;
    usage *= season.usage;
    tickets *= season.tickets;
  }
  return { usage, tickets };
}
