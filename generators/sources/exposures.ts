import { random } from '../../core/random.ts';
import type { Calendar } from '../calendar.ts';
import { experimentArm, isExposed } from '../experiments.ts';
import { userId } from '../people.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec, Source, WorldDay } from '../source.ts';
import type { User } from '../world.ts';
import { byTime } from './by-time.ts';
import { SOURCE_COLUMNS } from './columns.ts';
import { momentOf, recordId } from './moment.ts';

/** Who met which arm of an experiment: one row a user and experiment, on the first day on which the user is active and it concerns them. */
export function exposuresSource(scenario: Scenario, calendar: Calendar): Source {
  const { seed, experiments } = scenario;
  /** Users who met each experiment. */
  const exposed = experiments.map(() => new Set<number>());

  const expose = (today: WorldDay, user: User, index: number): Rec | undefined => {
    const experiment = experiments[index]!;
    const arm = experimentArm(scenario, experiment, { number: user.number, ...user.traits });
    if (arm < 0) return undefined;
    exposed[index]!.add(user.number);
    const stream = random(seed, 'exposures', experiment.name, user.number);
    return {
      exposure_id: `x${recordId(user.number, today.day, index)}`,
      user_id: userId(user.number),
      experiment: experiment.name,
      variant: experiment.arms.values[arm]!,
      exposed_ts: calendar.timestamp(momentOf(scenario, stream, today.day, today.person(user))),
    };
  };

  return {
    name: 'exposures',
    format: 'jsonl',
    columns: SOURCE_COLUMNS.exposures,
    id: ({ exposure_id }) => String(exposure_id),
    next(today) {
      const running = [...experiments.keys()].filter((index) => {
        const { from, to } = experiments[index]!;
        return today.day >= from && today.day <= to;
      });
      if (running.length === 0) return [];
      const rows: Rec[] = [];
      for (const { user } of today.userDays) {
        // Who cancels on the day left before the experiment could reach them.
        const plan = user.subscriber?.plan;
        if (plan === undefined) continue;
        for (const index of running) {
          if (exposed[index]!.has(user.number) || !isExposed(experiments[index]!, plan, today.day)) continue;
          const row = expose(today, user, index);
          if (row) rows.push(row);
        }
      }
      return byTime(rows, 'exposed_ts');
    },
  };
}
