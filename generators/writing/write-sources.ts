import { join } from 'node:path';
import type { Calendar } from '../calendar.ts';
import { sourceFeed } from '../source-feed.ts';
import { makeSources } from '../sources/registry.ts';
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
  finish(): LifeCounts;
  abandon(): void;
}

export function sourceWriter(job: Job, calendar: Calendar, world: World, collected: Collected): SourceWriter {
  const { scenario, partsDir, only } = job;
  const feeds = makeSources(scenario, calendar).map((source) => sourceFeed(scenario, calendar, source, job.rawDir));
  const worldDay = worldDays(scenario, calendar, world);
  const part = partsDir === undefined ? undefined : truthPart(join(partsDir, partFolder('sources')));
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
      return { of: 'sources', rows };
    },
    isOver: () => left <= 0,
    finish() {
      part?.finish();
      const activeOnLastDay = world.users.filter((user) => user.subscriber !== undefined).length;
      return { ...counts, users: world.users.length, activeOnLastDay };
    },
    abandon: () => part?.abandon(),
  };
}
