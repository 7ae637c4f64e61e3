import { calendar } from '../../../generators/calendar.ts';
import { calibrate } from '../../../generators/calibrate.ts';
import type { Scenario } from '../../../generators/scenario.ts';
import type { Rec, WorldDay } from '../../../generators/source.ts';
import { makeSources } from '../../../generators/sources/registry.ts';
import { createWorld } from '../../../generators/world.ts';
import { worldDays } from '../../../generators/world-days.ts';

/** What the sources of a scenario gave, without files and dirt. */
export interface Lived {
  /** All records of a source, in the order of its files. */
  of(source: string): Rec[];
  /** By source and day. */
  readonly days: ReadonlyMap<string, readonly (readonly Rec[])[]>;
  /** Rows of a truth file. */
  truth(file: string): Rec[];
  readonly world: readonly WorldDay[];
  /** By day: the plan of each user who has a subscription at its end, by user number. */
  readonly plans: readonly {
    readonly day: number;
    readonly plans: ReadonlyMap<number, { readonly plan: number; readonly signupDay: number }>;
  }[];
  readonly startMs: number;
}

/** @param only the sources that are asked; all when left out. */
export function live(scenario: Scenario, only?: readonly string[]): Lived {
  const dates = calendar(scenario.startDate, scenario.days);
  const world = createWorld(scenario, dates, calibrate(scenario, dates));
  const toDay = worldDays(scenario, dates, world);
  const sources = makeSources(scenario, dates).filter(({ name }) => only?.includes(name) ?? true);
  const days = new Map<string, (readonly Rec[])[]>(sources.map(({ name }) => [name, []]));
  const truths = new Map<string, Rec[]>();
  const lived: WorldDay[] = [];
  const plans: Lived['plans'][number][] = [];
  for (let day = 0; day < scenario.days; day++) {
    const today = toDay(world.next());
    // What changes with the days is copied: the sources look at it on its day.
    lived.push({ ...today, users: [...today.users], userDays: today.userDays.map((userDay) => ({ ...userDay })) });
    const subscribers = today.userDays.flatMap(({ user: { number, signupDay, subscriber } }) =>
      subscriber ? [[number, { plan: subscriber.plan, signupDay }] as const] : [],
    );
    plans.push({ day, plans: new Map(subscribers) });
    for (const source of sources) {
      days.get(source.name)!.push(source.next(today));
      if (source.truth) {
        const { file } = source.truth;
        truths.set(file, [...(truths.get(file) ?? []), ...source.truth.rows()]);
      }
    }
  }
  return {
    of: (source) => days.get(source)!.flat(),
    days,
    truth: (file) => truths.get(file) ?? [],
    world: lived,
    plans,
    startMs: Date.parse(`${scenario.startDate}T00:00:00Z`),
  };
}
