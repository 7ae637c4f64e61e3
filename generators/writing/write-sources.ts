import type { Calendar } from '../calendar.ts';
import type { WrittenFile } from '../day-files.ts';
import { lineOf } from '../dirt/text.ts';
import { inFormat } from '../formats.ts';
import type { SourceTruth } from '../source.ts';
import { sourceFeed } from '../source-feed.ts';
import { makeSources } from '../sources/registry.ts';
import { textFile } from '../text-file.ts';
import { truthPart } from '../truth.ts';
import type { Day, World } from '../world.ts';
import { worldDays } from '../world-days.ts';
import { type Collected, type DayDone, type Job, type LifeCounts, partFolder } from './job.ts';

/** Writes the files of all sources but the events, and counts the life. */
export interface SourceWriter {
  /** Days come in order, from day 0. */
  live(today: Day): DayDone;
  /** True when no file is left to write after the last day. */
  isOver(): boolean;
  finish(): { readonly life: LifeCounts; readonly tables: readonly WrittenFile[] };
  abandon(): void;
}

export function sourceWriter(job: Job, calendar: Calendar, world: World, collected: Collected): SourceWriter {
  const { scenario, truthDir, only } = job;
  const sources = makeSources(scenario, calendar);
  const feeds = sources.map((source) =>
    sourceFeed(scenario, calendar, source, job.rawDir, inFormat(source, job.format)),
  );
  const worldDay = worldDays(scenario, calendar, world);
  const part = truthDir === undefined ? undefined : truthPart(partFolder(truthDir, 'sources'));
  const tables = sources.flatMap(({ truth }) => (truth && truthDir !== undefined ? [truthTable(truthDir, truth)] : []));
  const counts = { userDays: 0, events: 0, starts: 0, cancels: 0 };
  let left = only === undefined ? Number.POSITIVE_INFINITY : feeds.length;

  return {
    live(today) {
      const { day, userDays, billing } = today;
      counts.userDays += userDays.length;
      for (const { usage, tickets, failures } of userDays) counts.events += usage + tickets + failures;
      for (const { event } of billing) {
        if (event === 'start') counts.starts++;
        if (event === 'cancel') counts.cancels++;
      }
      const facts = worldDay(today);
      let rows = 0;
      for (const feed of feeds) {
        feed.send(facts);
        if (only !== undefined && feed.fileDay(day) !== only) feed.skip(day);
        else {
          rows += collected.add(feed.receive(day), part);
          left--;
        }
      }
      for (const table of tables) table.write();
      return { of: 'sources', rows };
    },
    isOver: () => left <= 0,
    finish() {
      part?.finish();
      const activeOnLastDay = world.users.filter((user) => user.subscriber !== undefined).length;
      return {
        life: { ...counts, users: world.users.length, activeOnLastDay },
        tables: tables.map(({ file }) => file.finish()),
      };
    },
    abandon() {
      part?.abandon();
      for (const { file } of tables) file.abandon();
    },
  };
}

/** The table of a source's own truth; `write` adds what its last day gave. */
function truthTable(truthDir: string, { file: path, columns, rows }: SourceTruth) {
  const file = textFile(truthDir, path);
  file.write(`${columns.join(',')}\n`);
  return {
    file,
    write() {
      for (const row of rows()) file.write(`${lineOf('csv', columns, row)}\n`);
    },
  };
}
