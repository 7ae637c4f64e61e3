import type { Calendar } from '../calendar.ts';
import { fileDirt } from '../dirt/file-dirt.ts';
import { type Mark, sourceDirt } from '../dirt/source-dirt.ts';
import type { Scenario } from '../scenario.ts';
import { type Fault, type SourceFile, sourceFiles, type Target } from '../source-files.ts';
import { SOURCE_COLUMNS } from '../sources/columns.ts';
import type { User, UserDay } from '../world.ts';
import { actors, MOST_DEVICES } from './actors.ts';
import {
  type DayBuffer,
  DURATION,
  dayBuffer,
  HAPPENED,
  KEY,
  LATE,
  PLACE,
  RECEIVED,
  SESSION,
  STRIDE,
  TYPE,
  USER,
  VARIANT,
} from './day-buffer.ts';
import { eventDetails, LONGEST_DELAY_MS } from './details.ts';
import { dayOfKey, eventIds, eventKey, idText } from './ids.ts';
import { lineWriter } from './line-writer.ts';
import { eventRecords } from './record.ts';

export const EVENTS: Target = { name: 'events', format: 'jsonl', columns: SOURCE_COLUMNS.events };

/** Turns user-days into the files of the events, each event in the file of the day on which it was received. */
export interface EventFeed {
  /** Call once a user, in the order of their numbers, also on days that are not sent. */
  signUp(user: User): void;
  /**
   * Sends the events of the user-days of a day; days come in order. What arrives before the day `from` belongs to somebody else: whoever
   * writes from that day on sends {@link reachOf} days before it first, which costs little, and has all that was under way.
   */
  send(userDays: readonly UserDay[], day: number, from: number): void;
  /** Writes what was received on the day, by time of receipt; ask once all days up to it are sent. */
  receive(day: number): SourceFile;
  /** Lets go of all that is under way. */
  drop(): void;
}

const DAY_MS = 86_400_000;

/** What is under way to the file of one day. */
interface Delivery {
  readonly buffer: DayBuffer;
  /** By place in the texts of the buffer. */
  readonly spoilt: { readonly id: string; readonly marks: readonly Mark[] }[];
}

/** An event of a day can arrive so many days later. */
export const reachOf = (scenario: Scenario): number =>
  Math.floor((DAY_MS + LONGEST_DELAY_MS + sourceDirt(rulesOf(scenario), EVENTS.format).longestMs) / DAY_MS);

/** The day on which the events arrive that stand in the file of a day. */
export const arrivalOf = (scenario: Scenario, day: number): number =>
  fileDirt(rulesOf(scenario), EVENTS.columns, scenario.days).of(day)?.order?.day ?? day;

const rulesOf = ({ dirt }: Scenario) => dirt.filter(({ source }) => source === EVENTS.name);

export function eventFeed(scenario: Scenario, calendar: Calendar, rawDir: string, target = EVENTS): EventFeed {
  const { format } = target;
  const rules = rulesOf(scenario);
  const dirt = sourceDirt(rules, format);
  const files = sourceFiles(rawDir, target, rules, calendar);
  const people = actors(scenario);
  const details = eventDetails(scenario, people);
  const writer = lineWriter(scenario, calendar);
  const recordOf = eventRecords(scenario, calendar);
  const countries = scenario.countries.values.length;
  const variantDay = scenario.drift?.uiVariant ? scenario.drift.day : Number.POSITIVE_INFINITY;
  const pending = new Map<number, Delivery>();
  const spare: Delivery[] = [];
  const ids = eventIds(scenario.seed);
  const one = new Int32Array(STRIDE);

  const delivery = (day: number): Delivery => {
    let found = pending.get(day);
    if (!found) {
      found = spare.pop() ?? { buffer: dayBuffer(), spoilt: [] };
      pending.set(day, found);
    }
    return found;
  };

  const fill = (records: Int32Array, start: number, user: number, i: number, day: number, received: number) => {
    const session = details.session[i]!;
    const place = people.channels[user * MOST_DEVICES + (session & 3)]! * countries + people.country[user]!;
    records[start + RECEIVED] = received;
    records[start + HAPPENED] = details.happened[i]!;
    records[start + USER] = user;
    records[start + KEY] = eventKey(day, i);
    records[start + SESSION] = session;
    records[start + TYPE] = details.type[i]!;
    records[start + PLACE] = day >= variantDay ? place | ((1 + people.variant[user]!) << VARIANT) : place;
    records[start + DURATION] = details.duration[i]!;
  };

  const sendSpoilt = (user: number, i: number, day: number, received: number, hits: number, arrival: number) => {
    const key = eventKey(day, i);
    const { buffer, spoilt } = delivery(arrival);
    fill(one, 0, user, i, day, received);
    const record = recordOf(one, 0, arrival);
    const lines = dirt.spoil(hits, user, key, record, (changed) => files.line(arrival, changed, user, key));
    for (const { text, againMs, marks } of lines) {
      spoilt.push({ id: String(record.event_id), marks });
      // A copy has the time of receipt of its original, so it stays in the file of that day.
      buffer.addText(Math.min(DAY_MS - 1, received + againMs), text);
    }
  };

  return {
    signUp: people.signUp,

    send(userDays, day, from) {
      // Long before the first file only what is late can still arrive in it.
      const lateOnly = day < from - 1;
      const today = day >= from ? delivery(day).buffer : undefined;
      for (const userDay of userDays) {
        const total = userDay.usage + userDay.tickets + userDay.failures;
        if (total === 0) continue;
        const user = userDay.user.number;
        if (!lateOnly) details.draw(userDay, day);
        let isDrawn = !lateOnly;
        dirt.aim(day, user);
        for (let i = 0; i < total; i++) {
          const hits = dirt.hitsAt(eventKey(day, i));
          const lateMs = hits === 0 ? 0 : dirt.lateMs(hits, user, eventKey(day, i));
          if (lateOnly && lateMs === 0) continue;
          if (!isDrawn) {
            details.draw(userDay, day);
            isDrawn = true;
          }
          const receivedMs = details.happened[i]! + details.delay[i]! + lateMs;
          const after = Math.floor(receivedMs / DAY_MS);
          const arrival = day + after;
          if (arrival < from || arrival >= scenario.days) continue;
          const received = receivedMs - after * DAY_MS;
          if (hits !== 0 && !dirt.isLateOnly(hits)) {
            sendSpoilt(user, i, day, received, hits, arrival);
            continue;
          }
          const buffer = today && after === 0 ? today : delivery(arrival).buffer;
          const start = buffer.add();
          fill(buffer.records, start, user, i, day, received);
          if (hits !== 0) buffer.records[start + PLACE]! |= LATE;
        }
      }
    },

    receive(day) {
      const { buffer, spoilt } = delivery(day);
      const { file, done } = files.open(day);
      const faults: Fault[] = [];
      try {
        const order = buffer.order();
        const { records } = buffer;
        const { view } = file;
        const isFast = format === 'jsonl' && files.isPlain(day);
        for (let line = 0; line < order.length; line++) {
          const start = order[line]!;
          const user = records[start + USER]!;
          if (user < 0) {
            file.text(`${buffer.texts[-1 - user]!}\n`);
            const { id, marks } = spoilt[-1 - user]!;
            for (const mark of marks) faults.push({ ...mark, line: line + 1, id });
            continue;
          }
          const key = records[start + KEY]!;
          if (isFast) file.wrote(writer.write(view, file.room(writer.longest), records, start, day));
          else file.text(`${files.line(day, recordOf(records, start, day), user, key)}\n`);
          if (records[start + PLACE]! & LATE) {
            ids.of(user, key);
            const hits = dirt.hits(dayOfKey(key), user, key);
            for (const mark of dirt.lateMarks(hits)) faults.push({ ...mark, line: line + 1, id: idText(ids) });
          }
        }
      } catch (error) {
        file.abandon();
        throw error;
      }
      const written = done(buffer.length, faults);
      buffer.clear();
      spoilt.length = 0;
      spare.push(pending.get(day)!);
      pending.delete(day);
      return written;
    },

    drop() {
      for (const { buffer, spoilt } of pending.values()) {
        buffer.clear();
        spoilt.length = 0;
      }
      spare.push(...pending.values());
      pending.clear();
    },
  };
}
