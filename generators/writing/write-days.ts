import { calendar } from '../calendar.ts';
import { calibrate } from '../calibrate.ts';
import { createWorld } from '../world.ts';
import { collect, type DayDone, type Done, type Job } from './job.ts';
import { shareOf } from './team.ts';
import { eventWriter } from './write-events.ts';
import { sourceWriter } from './write-sources.ts';

/**
 * Lives a world day by day and writes the files of the chunks that this worker gets, and those of the sources when it is told to.
 *
 * Each worker lives the whole world, which takes a small part of the time that writing it takes: so all of them see the same one, and
 * nothing has to be passed between them. Memory holds the users and what is under way, whatever the number of days. `afterDay` is awaited
 * once a day and may throw to stop.
 */
export async function writeDays(job: Job, afterDay: (done: readonly DayDone[]) => Promise<void> | void): Promise<Done> {
  const { scenario } = job;
  const days = calendar(scenario.startDate, scenario.days);
  const usageScale = job.usageScale ?? calibrate(scenario, days, shareOf(job.team));
  const world = createWorld(scenario, days, usageScale);
  const collected = collect();
  const events = eventWriter(job, days, world, collected);
  const sources = job.makesSources ? sourceWriter(job, days, world, collected) : undefined;
  try {
    for (let day = 0; day < scenario.days; day++) {
      const today = world.next();
      const written = events.live(today);
      await afterDay([...(written ? [written] : []), ...(sources ? [sources.live(today)] : [])]);
      if (events.isOver(day) && (sources?.isOver() ?? true)) break;
    }
    return { usageScale, files: collected.files, faults: collected.faults, tables: [], ...sources?.finish() };
  } catch (error) {
    events.abandon();
    sources?.abandon();
    throw error;
  }
}
