import { hashText } from '../core/keyed.ts';
import type { Calendar } from './calendar.ts';
import { type Mark, sourceDirt } from './dirt/source-dirt.ts';
import type { Scenario } from './scenario.ts';
import type { Source, WorldDay } from './source.ts';
import { type Fault, faultOf, type SourceFile, sourceFiles, type Target } from './source-files.ts';

/** Carries the records of a source to its files, with all that befalls them on the way. Days come in order, from day 0. */
export interface SourceFeed {
  /** Lives the day in the source; what arrives later waits. */
  send(today: WorldDay): void;
  /** Writes what arrived on the day, in its order; ask once the days up to it are sent. */
  receive(day: number): SourceFile;
  /** As `receive`, without a file. */
  skip(day: number): void;
  /** See `SourceFiles`. */
  fileDay(arrival: number): number;
}

interface Line {
  /** Milliseconds since midnight. */
  readonly atMs: number;
  readonly text: string;
  readonly id: string;
  readonly marks: readonly Mark[];
}

const DAY_MS = 86_400_000;
const NONE: readonly Mark[] = [];

/** @param target how the files of the source are written. */
export function sourceFeed(
  scenario: Scenario,
  calendar: Calendar,
  source: Source,
  rawDir: string,
  target: Target = source,
): SourceFeed {
  const rules = scenario.dirt.filter((rule) => rule.source === source.name);
  const dirt = sourceDirt(rules, target.format);
  const files = sourceFiles(rawDir, target, rules, calendar);
  const pending = new Map<number, Line[]>();

  const deliver = (arrival: number, line: Line) => {
    const lines = pending.get(arrival);
    if (lines) lines.push(line);
    else pending.set(arrival, [line]);
  };

  return {
    fileDay: files.fileDay,
    send(today) {
      const { day } = today;
      const records = source.next(today);
      for (const [index, record] of records.entries()) {
        const id = source.id(record);
        const key = hashText(id);
        // The records of a day arrive evenly over it, in their order: what is late falls in between those of a later one.
        const atMs = Math.floor(((index + 0.5) / records.length) * DAY_MS);
        const hits = dirt.hits(day, key, day);
        const late = atMs + (hits === 0 ? 0 : dirt.lateMs(hits, key, day));
        const arrival = day + Math.floor(late / DAY_MS);
        if (arrival >= scenario.days) continue;
        const write = (changed: typeof record) => files.line(arrival, changed, key, day);
        const inFile = late - (arrival - day) * DAY_MS;
        if (hits === 0) deliver(arrival, { atMs: inFile, text: write(record), id, marks: NONE });
        else
          for (let part = 0; part < dirt.parts(hits); part++)
            deliver(arrival, {
              ...dirt.spoil(hits, part, key, day, record, write),
              atMs: Math.min(DAY_MS - 1, inFile + dirt.againMs(hits, part, key, day)),
              id,
            });
      }
    },
    receive(day) {
      const lines = (pending.get(day) ?? []).sort((a, b) => a.atMs - b.atMs);
      pending.delete(day);
      const { file, done } = files.open(day);
      const faults: Fault[] = [];
      try {
        for (const [index, { text, id, marks }] of lines.entries()) {
          file.text(`${text}\n`);
          for (const mark of marks) faults.push(faultOf(mark, index + 1, id));
        }
      } catch (error) {
        file.abandon();
        throw error;
      }
      return done(lines.length, faults);
    },
    skip: (day) => void pending.delete(day),
  };
}
