import { percent } from '../../core/format.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import type { ColumnDraft } from './draft.ts';
import { FIELDS } from './profile.ts';

/** Which column says when it happened and which when it arrived, with the reasons for the guess. */
export interface Times {
  readonly event: ColumnDraft | undefined;
  readonly received: ColumnDraft | undefined;
  readonly why: { readonly event?: string; readonly received?: string; readonly lateness?: string };
}

const RECEIVED = /receiv|arriv|ingest|logged|synced|landed|uploaded|updated|modified/;
const HAPPENED = /event|occur|happen|^ts$|timestamp|time/;
const CREATED = /creat|start|date|day|_at$|_ts$/;
/** Seconds after which the contract of a stream of events usually calls them late. */
export const LATE_AFTER = 3600;

/** Guesses by name first, and for the time of receipt also by order: it is not before what it receives. */
export async function guessTimes(
  columns: readonly ColumnDraft[],
  connection: Connection,
  { relation }: Statements,
): Promise<Times> {
  const times = columns.filter(
    ({ type, profile, personal }) =>
      (type === 'timestamp' || type === 'date') && profile.present > 0 && personal === undefined,
  );
  const received = times.find(({ name, type }) => type === 'timestamp' && RECEIVED.test(name));
  const others = times.filter((time) => time !== received);
  const event =
    others.find(({ name }) => HAPPENED.test(name)) ?? others.find(({ name }) => CREATED.test(name)) ?? others[0];
  const alone = others.length === 1 ? 'the only time' : 'by its name';
  if (!received) {
    return {
      event,
      received: undefined,
      why: event
        ? {
            event: `Guessed: ${alone}${
              others.length > 1
                ? `; also ${others
                    .filter((one) => one !== event)
                    .map(({ name }) => name)
                    .join(', ')}`
                : ''
            }.`,
          }
        : {},
    };
  }
  if (!event) return { event: undefined, received, why: { received: 'Guessed by its name.' } };
  // How late a day in a format of its own arrives is not worth another way to read it.
  if (event.format !== undefined) {
    return { event, received, why: { event: 'Guessed by its name.', received: 'Guessed by its name.' } };
  }
  const at = ({ profile, type }: ColumnDraft) =>
    `epoch(cast(${profile.column} as ${type === 'date' ? 'date' : 'timestamptz'}))`;
  const [row] = await connection.rows<{ n: number; before: number; late: number }>(
    `select count(*) as n, count(case when delay < 0 then 1 end) as before, count(case when delay > ${LATE_AFTER} then 1 end) as late
     from (select ${at(received)} - ${at(event)} as delay from ${relation(FIELDS)}) as d where delay is not null`,
  );
  const [n, before, late] = [Number(row!.n), Number(row!.before), Number(row!.late)];
  const share = (of: number) => percent(n === 0 ? 0 : of / n);
  return {
    event,
    received,
    why: {
      event: 'Guessed by its name.',
      received: `Guessed by its name; before ${event.name} in ${share(before)} of the records.`,
      lateness: `${share(late)} of the records are later than this.`,
    },
  };
}
