import type { Calendar } from '../calendar.ts';
import { ticketLuck } from '../luck.ts';
import { type Person, userId } from '../people.ts';
import type { SupportTickets } from '../scenario/support-tickets.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source } from '../source.ts';
import { ticketFate } from '../tickets.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import { dayQueue } from './day-queue.ts';
import { DAY_MS, dayOf, HOUR_MS, recordId } from './moment.ts';

/**
 * The tickets of the world: a row when one is opened and another when it is resolved.
 *
 * The hours to resolve are log-normal around the median of the severity. The score is
 * `after_one_day - drop_per_doubling * log2(hours / 24)` plus a normal error, rounded to 1 to 5: slow answers make users unhappy.
 */
export function supportTicketsSource(scenario: Scenario, calendar: Calendar, section: SupportTickets): Source {
  const { severities, csat } = section;
  const resolved = dayQueue<Rec>();

  const open = (user: number, day: number, index: number, { createdMs }: Person): Rec => {
    const stream = ticketLuck(scenario.seed, user, day, index);
    const { openedMs, severity, hours } = ticketFate(scenario, stream);
    const answeredMs = day * DAY_MS + openedMs + Math.floor(hours * HOUR_MS);
    // Nobody asks before the signup; the answer comes when the world has it come.
    const askedMs = Math.max(day * DAY_MS + openedMs, Math.min(createdMs + 60_000, (day + 1) * DAY_MS - 1));
    const resolvedMs = Math.max(answeredMs, askedMs + 60_000);
    const answers = stream.chance(csat.answerRate);
    const feeling = csat.afterOneDay - csat.dropPerDoubling * Math.log2(hours / 24) + csat.spread * stream.normal();
    const ticket = {
      ticket_id: `t${recordId(user, day, index)}`,
      user_id: userId(user),
      created_ts: calendar.timestamp(askedMs),
      resolved_ts: null,
      severity: severities.values[severity]!,
      csat_score: null,
    };
    resolved.put(dayOf(resolvedMs), {
      ...ticket,
      resolved_ts: calendar.timestamp(resolvedMs),
      csat_score: answers ? Math.min(5, Math.max(1, Math.round(feeling))) : null,
    });
    return ticket;
  };

  return {
    name: 'support_tickets',
    format: 'jsonl',
    columns: SOURCE_COLUMNS.support_tickets,
    id: ({ ticket_id, resolved_ts }) => (resolved_ts === null ? `${ticket_id}` : `${ticket_id}@resolved`),
    next(today) {
      const { day } = today;
      const rows: { record: Rec; at: Rec[string] }[] = [];
      for (const { user, tickets } of today.userDays) {
        if (tickets === 0) continue;
        const person = today.person(user);
        for (let index = 0; index < tickets; index++) {
          const record = open(user.number, day, index, person);
          rows.push({ record, at: record.created_ts! });
        }
      }
      // A quick answer can come on the day of the question, so what is resolved is looked at last.
      for (const record of resolved.take(day)) rows.push({ record, at: record.resolved_ts! });
      return rows.sort((a, b) => (a.at! < b.at! ? -1 : a.at! > b.at! ? 1 : 0)).map(({ record }) => record);
    },
  };
}
