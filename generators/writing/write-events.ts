import { keyed } from '../../core/keyed.ts';
import type { Calendar } from '../calendar.ts';
import { EVENTS, eventFeed, reachOf } from '../events/feed.ts';
import { inFormat } from '../formats.ts';
import { windowProbabilities } from '../rollouts.ts';
import { type TruthPart, truthPart } from '../truth.ts';
import type { Day, User, World } from '../world.ts';
import { type Collected, type DayDone, type Job, partFolder } from './job.ts';
import { turns } from './turns.ts';

/** Writes the event files, and the probabilities, of the chunks that this worker gets. */
export interface EventWriter {
  /** Days come in order, from day 0. */
  live(today: Day): DayDone | undefined;
  /** True when no chunk is left after the day. */
  isOver(day: number): boolean;
  abandon(): void;
}

export function eventWriter(job: Job, calendar: Calendar, world: World, collected: Collected): EventWriter {
  const { scenario, truthDir } = job;
  const { truth } = scenario;
  const feed = eventFeed(scenario, calendar, job.rawDir, inFormat(EVENTS, job.format));
  const mine = turns(job.chunks, job.claims);
  const reach = reachOf(scenario);
  const luck = keyed(scenario.seed, 'truth', 'sample');
  let part: TruthPart | undefined;

  /** Those with the smallest numbers of their own: the share that is wanted, whoever the others are. */
  const sample = (active: readonly User[], wanted = active.length): readonly User[] => {
    const share = wanted / active.length;
    return share >= 1 ? active : active.filter(({ number }) => luck.uniform(number, 0) < share);
  };

  const writeTruth = (into: TruthPart, day: number) => {
    const date = calendar.date(day);
    const active = world.users.filter((user) => user.subscriber !== undefined);
    into.probabilities(date, sample(active, truth.dailyUsers));
    if ((scenario.days - 1 - day) % truth.windowEveryDays !== 0) return;
    const some = sample(active, truth.windowUsers);
    const subscribers = some.map((user) => user.subscriber!);
    into.windows(date, some, windowProbabilities(scenario, world.dynamics, subscribers, day));
  };

  return {
    live(today) {
      const { day } = today;
      for (const user of today.signups) feed.signUp(user);
      const turn = mine.at(day);
      if (!turn) {
        if (mine.isNear(day, reach)) feed.sendLate(today.userDays, day, mine.at(day + 1) !== undefined);
        return undefined;
      }
      if (turn.first === day && truthDir !== undefined) part = truthPart(partFolder(truthDir, turn.index));
      feed.send(today.userDays, day);
      const file = feed.receive(day);
      const rows = collected.add(file, part);
      if (day === scenario.drift?.day && scenario.drift.uiVariant) {
        part?.newField(file, 'ui_variant');
        collected.faults.new_field = 1;
      }
      if (part) writeTruth(part, day);
      if (day === turn.last) {
        part?.finish();
        part = undefined;
      }
      return { of: 'events', rows };
    },
    isOver: mine.isOver,
    abandon: () => part?.abandon(),
  };
}
