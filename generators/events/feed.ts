import type { Calendar } from '../calendar.ts';
import type { DayFile } from '../day-files.ts';
import { fileDirt } from '../dirt/file-dirt.ts';
import { sourceDirt } from '../dirt/source-dirt.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec } from '../source.ts';
import { type Fault, faultOf, type SourceFile, sourceFiles, type Target } from '../source-files.ts';
import { SOURCE_COLUMNS } from '../sources/columns.ts';
import type { User, UserDay } from '../world.ts';
import { actors, MOST_DEVICES } from './actors.ts';
import { eventDetails, LONGEST_DELAY_MS } from './details.ts';
import { dayOfKey, eventIds, eventKey, idText } from './ids.ts';
import { lineWriter } from './line-writer.ts';
import { eventRecords } from './record.ts';
import {
  DURATION,
  HAPPENED,
  KEY,
  PART,
  PLACE,
  RECEIVED,
  type RecordTable,
  receiptOrder,
  recordTable,
  SESSION,
  STRUCK,
  TYPE,
  USER,
  VARIANT,
} from './record-table.ts';

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
  readonly events: RecordTable;
  /** Events of which copies are among the former. */
  readonly originals: RecordTable;
}

/** The file that is being written. */
interface Page {
  readonly day: number;
  readonly file: DayFile;
  /** True when lines are spelt straight into the memory of the file. */
  readonly isFast: boolean;
  readonly faults: Fault[];
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
  const orderOf = receiptOrder();

  /** Of the day that is sent: large and always in the same memory, into which goes what waited for the day in a small one. */
  const today = empty();
  let todayIs = -1;
  const begin = (day: number) => {
    todayIs = day;
    const waited = pending.get(day);
    if (!waited) return;
    today.events.take(waited.events);
    today.originals.take(waited.originals);
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

  /** Adds a drawn event to a table and returns where it begins there. */
  const fill = (table: RecordTable, user: number, i: number, day: number, received: number, flag: number): number => {
    const start = table.add();
    const { records } = table;
    const session = details.session[i]!;
    const place = people.channels[user * MOST_DEVICES + (session & 3)]! * countries + people.country[user]!;
    records[start + RECEIVED] = received;
    records[start + HAPPENED] = details.happened[i]!;
    records[start + USER] = user;
    records[start + KEY] = eventKey(day, i);
    records[start + SESSION] = session;
    records[start + TYPE] = details.type[i]!;
    records[start + PLACE] = (day >= variantDay ? place | ((1 + people.variant[user]!) << VARIANT) : place) | flag;
    records[start + DURATION] = details.duration[i]!;
    return start;
  };

  // What is rare stands in functions of its own: each time that a branch is taken anew, all that is compiled with it is compiled again.
  const sendHit = (user: number, i: number, day: number, from: number, hits: number) => {
    const key = eventKey(day, i);
    const receivedMs = details.happened[i]! + details.delay[i]! + dirt.lateMs(hits, user, key);
    const after = Math.floor(receivedMs / DAY_MS);
    const arrival = day + after;
    if (arrival < from || arrival >= scenario.days) return;
    const received = receivedMs - after * DAY_MS;
    const { events, originals } = deliveryOf(arrival);
    fill(events, user, i, day, received, STRUCK);
    const parts = dirt.parts(hits);
    if (parts === 1) return;
    const original = fill(originals, user, i, day, received, STRUCK);
    for (let part = 1; part < parts; part++) {
      const start = events.add();
      // A copy has the time of receipt of its original, so it stays in the file of that day.
      events.records[start + RECEIVED] = Math.min(DAY_MS - 1, received + dirt.againMs(hits, part, user, key));
      events.records[start + USER] = -1 - original;
      events.records[start + PART] = part;
    }
  };

  /** Of an event that arrives on the next day though nothing befell it. */
  const sendOver = (user: number, i: number, day: number, received: number) => {
    if (day + 1 >= scenario.days) return;
    fill(deliveryOf(day + 1).events, user, i, day, received, 0);
  };

  /** How many of the first events of a user-day have to be drawn for those that a rule of lateness hits. */
  const untilLate = (userDay: UserDay, day: number): number => {
    dirt.late.aim(userDay.user.number);
    let total = eventsOf(userDay);
    while (total > 0 && dirt.late.at(eventKey(day, total - 1)) === 0) total--;
    return total;
  };

  const sendLate = (userDay: UserDay, day: number, isEve: boolean) => {
    const user = userDay.user.number;
    const total = isEve ? eventsOf(userDay) : untilLate(userDay, day);
    if (total === 0) return;
    details.draw(userDay, day, total);
    dirt.aim(day, user);
    for (let i = 0; i < total; i++) {
      const hits = dirt.hitsAt(eventKey(day, i));
      const receivedMs = details.happened[i]! + details.delay[i]!;
      if (hits !== 0) sendHit(user, i, day, day + 1, hits);
      else if (receivedMs >= DAY_MS) sendOver(user, i, day, receivedMs - DAY_MS);
    }
  };

  const writeWhole = ({ file, day, isFast }: Page, records: Int32Array, start: number) => {
    if (isFast) file.wrote(writer.write(file.view, file.room(writer.longest), records, start, day));
    else
      file.text(`${files.line(day, recordOf(records, start, day), records[start + USER]!, records[start + KEY]!)}\n`);
  };

  /** Writes a part of a record that was struck, and notes what befell it. */
  const writeStruck = (page: Page, records: Int32Array, start: number, part: number, line: number) => {
    const { day, file, faults } = page;
    const user = records[start + USER]!;
    const key = records[start + KEY]!;
    const hits = dirt.hits(dayOfKey(key), user, key);
    let marks = dirt.marksOfWhole(hits, part);
    if (marks) writeWhole(page, records, start);
    else {
      const write = (record: Rec) => files.line(day, record, user, key);
      const spoilt = dirt.spoil(hits, part, user, key, recordOf(records, start, day), write);
      file.text(spoilt.text);
      file.text('\n');
      marks = spoilt.marks;
    }
    ids.of(user, key);
    const id = idText(ids);
    for (const mark of marks) faults.push(faultOf(mark, line, id));
  };

  return {
    signUp: people.signUp,

    send(userDays, day) {
      begin(day);
      const { events } = today;
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
          else fill(events, user, i, day, received, 0);
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
      const { events, originals } = today;
      const { file, done } = files.open(day);
      const faults: Fault[] = [];
      const page = { day, file, isFast: format === 'jsonl' && files.isPlain(day), faults };
      try {
        const order = orderOf(events);
        const { records } = events;
        for (let index = 0; index < order.length; index++) {
          const start = order[index]!;
          const user = records[start + USER]!;
          if (user < 0) writeStruck(page, originals.records, -1 - user, records[start + PART]!, index + 1);
          else if ((records[start + PLACE]! & STRUCK) !== 0) writeStruck(page, records, start, 0, index + 1);
          else writeWhole(page, records, start);
        }
      } catch (error) {
        file.abandon();
        throw error;
      }
      const written = done(events.length, faults);
      clear(today);
      return written;
    },
  };
}

const empty = (): Delivery => ({ events: recordTable(), originals: recordTable() });

function clear({ events, originals }: Delivery): void {
  events.clear();
  originals.clear();
}

const eventsOf = ({ usage, tickets, failures }: UserDay): number => usage + tickets + failures;
