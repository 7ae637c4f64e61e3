import type { Calendar } from '../calendar.ts';
import type { DayFile } from '../day-files.ts';
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
  /** Sends the events of the user-days of a day that will be received; days come in order. */
  send(userDays: readonly UserDay[], day: number): void;
  /**
   * Of a day that somebody else writes, sends only what arrives on later days: the late events, and on the eve of a day that will be received
   * those that the night delays. Costs little; whoever does so for {@link reachOf} days before a day has all that is under way to it.
   */
  sendLate(userDays: readonly UserDay[], day: number, isEve: boolean): void;
  /** Writes what was received on the day, by time of receipt; ask once all days up to it are sent. */
  receive(day: number): SourceFile;
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

  /** Of the day that is sent: large and always in the same memory, into which goes what waited for the day in a small one. */
  const today = empty();
  let todayIs = -1;
  const begin = (day: number) => {
    todayIs = day;
    const waited = pending.get(day);
    if (!waited) return;
    today.buffer.take(waited.buffer);
    today.spoilt.push(...waited.spoilt);
    release(day, waited);
  };
  const release = (day: number, delivery: Delivery) => {
    clear(delivery);
    spare.push(delivery);
    pending.delete(day);
  };
  const deliveryOf = (arrival: number): Delivery => {
    if (arrival === todayIs) return today;
    let found = pending.get(arrival);
    if (!found) {
      found = spare.pop() ?? empty();
      pending.set(arrival, found);
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
    const { buffer, spoilt } = deliveryOf(arrival);
    fill(one, 0, user, i, day, received);
    const record = recordOf(one, 0, arrival);
    const lines = dirt.spoil(hits, user, key, record, (changed) => files.line(arrival, changed, user, key));
    for (const { text, againMs, marks } of lines) {
      spoilt.push({ id: String(record.event_id), marks });
      // A copy has the time of receipt of its original, so it stays in the file of that day.
      buffer.addText(Math.min(DAY_MS - 1, received + againMs), text);
    }
  };

  // What is rare stands in functions of its own: each time that a branch is taken anew, all that is compiled with it is compiled again.
  const sendHit = (user: number, i: number, day: number, from: number, hits: number) => {
    const receivedMs = details.happened[i]! + details.delay[i]! + dirt.lateMs(hits, user, eventKey(day, i));
    const after = Math.floor(receivedMs / DAY_MS);
    const arrival = day + after;
    if (arrival < from || arrival >= scenario.days) return;
    const received = receivedMs - after * DAY_MS;
    if (!dirt.isLateOnly(hits)) return sendSpoilt(user, i, day, received, hits, arrival);
    const { buffer } = deliveryOf(arrival);
    const start = buffer.add();
    fill(buffer.records, start, user, i, day, received);
    buffer.records[start + PLACE]! |= LATE;
  };

  /** Of an event that arrives on the next day though nothing befell it. */
  const sendOver = (user: number, i: number, day: number, received: number) => {
    if (day + 1 >= scenario.days) return;
    const { buffer } = deliveryOf(day + 1);
    fill(buffer.records, buffer.add(), user, i, day, received);
  };

  const sendLate = (userDay: UserDay, day: number, isEve: boolean) => {
    const user = userDay.user.number;
    let isDrawn = false;
    dirt.late.aim(user);
    for (let i = 0; i < eventsOf(userDay); i++) {
      const key = eventKey(day, i);
      if (!isEve && dirt.late.at(key) === 0) continue;
      if (!isDrawn) details.draw(userDay, day);
      isDrawn = true;
      const receivedMs = details.happened[i]! + details.delay[i]!;
      if (receivedMs < DAY_MS && dirt.late.at(key) === 0) continue;
      const hits = dirt.hits(day, user, key);
      if (hits !== 0) sendHit(user, i, day, day + 1, hits);
      else if (receivedMs >= DAY_MS) sendOver(user, i, day, receivedMs - DAY_MS);
    }
  };

  const lateFaults = (user: number, key: number, line: number): Fault[] => {
    ids.of(user, key);
    const id = idText(ids);
    return dirt.lateMarks(dirt.hits(dayOfKey(key), user, key)).map((mark) => ({ ...mark, line, id }));
  };

  /** Writes the spoilt text with this number, and says what befell it. */
  const writeText = (file: DayFile, number: number, line: number): Fault[] => {
    file.text(`${today.buffer.texts[number]!}\n`);
    const { id, marks } = today.spoilt[number]!;
    return marks.map((mark) => ({ ...mark, line, id }));
  };

  return {
    signUp: people.signUp,

    send(userDays, day) {
      begin(day);
      const { buffer } = today;
      for (const userDay of userDays) {
        const total = eventsOf(userDay);
        if (total === 0) continue;
        const user = userDay.user.number;
        details.draw(userDay, day);
        dirt.aim(day, user);
        for (let i = 0; i < total; i++) {
          const hits = dirt.hitsAt(eventKey(day, i));
          const received = details.happened[i]! + details.delay[i]!;
          if (hits !== 0) sendHit(user, i, day, day, hits);
          else if (received >= DAY_MS) sendOver(user, i, day, received - DAY_MS);
          else {
            const start = buffer.add();
            fill(buffer.records, start, user, i, day, received);
          }
        }
      }
    },

    sendLate(userDays, day, isEve) {
      // What arrives today is for somebody else.
      const waited = pending.get(day);
      if (waited) release(day, waited);
      for (const userDay of userDays) sendLate(userDay, day, isEve);
    },

    receive(day) {
      const { buffer } = today;
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
            faults.push(...writeText(file, -1 - user, line + 1));
            continue;
          }
          const key = records[start + KEY]!;
          if (isFast) file.wrote(writer.write(view, file.room(writer.longest), records, start, day));
          else file.text(`${files.line(day, recordOf(records, start, day), user, key)}\n`);
          if ((records[start + PLACE]! & LATE) !== 0) faults.push(...lateFaults(user, key, line + 1));
        }
      } catch (error) {
        file.abandon();
        throw error;
      }
      const written = done(buffer.length, faults);
      clear(today);
      return written;
    },
  };
}

const empty = (): Delivery => ({ buffer: dayBuffer(), spoilt: [] });

function clear({ buffer, spoilt }: Delivery): void {
  buffer.clear();
  spoilt.length = 0;
}

const eventsOf = ({ usage, tickets, failures }: UserDay): number => usage + tickets + failures;
