import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TidemarkError } from '../core/errors.ts';
import { packageRoot } from '../core/files.ts';
import { type LayeredConfig, loadLayeredConfig, wellFormed } from '../core/layered-config.ts';
import { whereWellFormed, withoutMalformed } from '../core/malformed.ts';
import type { DirtRule } from './dirt/rule.ts';
import { checks } from './scenario/checks.ts';
import {
  type ChurnSpec,
  checkLifeCycle,
  type LifeCycle,
  normaliseLifeCycle,
  type PlanChangesSpec,
  type TrialSpec,
} from './scenario/churn.ts';
import { checkDirtRules, type DirtSpec, normaliseDirt } from './scenario/dirt.ts';
import { checkDrift, type Drift, type DriftSpec, normaliseDrift } from './scenario/drift.ts';
import { checkEffects, type Effects, type EffectsSpec, normaliseEffects } from './scenario/effects.ts';
import { checkEngagement, type Engagement, type EngagementSpec, normaliseEngagement } from './scenario/engagement.ts';
import { checkEvents, type Events, type EventsSpec, normaliseEvents } from './scenario/events.ts';
import {
  checkExperiments,
  type Experiment,
  type ExperimentSpec,
  normaliseExperiments,
} from './scenario/experiments.ts';
import {
  checkableDays,
  checkHeader,
  daysOf,
  type Header,
  type HeaderSpec,
  normaliseHeader,
} from './scenario/header.ts';
import { eventsPerDay, type Overrides, settingsOf } from './scenario/overrides.ts';
import { checkPlans, normalisePlans, type Plan, type PlanSpec } from './scenario/plans.ts';
import { checkPopulation, normalisePopulation, type Population, type PopulationSpec } from './scenario/population.ts';
import {
  checkSourceSections,
  normaliseSourceSections,
  type SourceSections,
  type SourceSectionsSpec,
} from './scenario/sources.ts';
import { normaliseTruth, type TruthScope, type TruthSpec } from './scenario/truth.ts';

export type { Overrides } from './scenario/overrides.ts';

/**
 * What `configs/scenarios/<name>.yaml` and the files that it extends say together, after the schema has passed it. `because` may stand
 * beside any number. Each section has a file of its own below `scenario/`: its spec, its checks and its normal form.
 */
export interface ScenarioSpec extends HeaderSpec, SourceSectionsSpec {
  readonly population: PopulationSpec;
  /** By plan id. */
  readonly plans: Readonly<Record<string, PlanSpec>>;
  readonly plan_changes?: PlanChangesSpec;
  readonly engagement: EngagementSpec;
  readonly events: EventsSpec;
  readonly churn: ChurnSpec;
  readonly trial?: TrialSpec;
  readonly effects?: EffectsSpec;
  readonly experiments?: Readonly<Record<string, ExperimentSpec>>;
  readonly dirt?: DirtSpec;
  readonly drift?: DriftSpec;
  readonly truth?: TruthSpec;
}

/**
 * A scenario with all defaults filled in: what the program uses. Plain JSON, so it can be fingerprinted. Days are counted from 0 here, and
 * from 1 in the files.
 */
export interface Scenario extends Header, Population, Events, LifeCycle, Effects, SourceSections {
  readonly name: string;
  /** From the cheapest to the dearest on the first day: up- and downgrades go one step. */
  readonly plans: readonly Plan[];
  readonly engagement: Engagement;
  readonly experiments: readonly Experiment[];
  readonly dirt: readonly DirtRule[];
  readonly drift?: Drift;
  readonly truth: TruthScope;
}

/**
 * Reads a scenario with the files that it extends, lays the overrides over them, and checks what a schema cannot say.
 *
 * @throws {TidemarkError} the codes of {@link loadLayeredConfig}; all problems at once.
 */
export function loadScenario(path: string, projectDir: string, overrides: Overrides = {}): Scenario {
  const referenceDir = join(projectDir, 'configs', 'reference');
  return resolveScenario(layersOf(path, projectDir, overrides), existsSync(referenceDir) ? referenceDir : undefined);
}

const layersOf = (path: string, projectDir: string, overrides: Overrides): LayeredConfig<ScenarioSpec> =>
  loadLayeredConfig<ScenarioSpec>(path, { schema: 'scenario', projectDir }, settingsOf(overrides));

/** As {@link loadScenario}, before the checks that a schema cannot make: what stands where. */
export const readScenario = (
  path: string,
  projectDir: string,
  overrides: Overrides = {},
): LayeredConfig<ScenarioSpec> => wellFormed(layersOf(path, projectDir, overrides));

/** @param referenceDir folder of the countries and exchange rates. */
export function resolveScenario(
  config: LayeredConfig<ScenarioSpec>,
  referenceDir = join(packageRoot(), 'configs', 'reference'),
): Scenario {
  const { money, problems } = checkScenario(config, referenceDir);
  if (problems.length > 0) throw new TidemarkError(config.inOrder(problems));

  const spec = config.value;
  const days = daysOf(spec);
  const plans = normalisePlans(spec);
  const named = {
    plans: plans.map(({ id }) => id),
    channels: Object.keys(spec.population.signup_channels),
    campaigns: Object.keys(spec.population.campaigns ?? {}),
  };
  const drift = normaliseDrift(spec, days);
  return {
    name: basename(config.file, '.yaml'),
    ...normaliseHeader(spec),
    ...normalisePopulation(spec, days),
    plans,
    ...normaliseEvents(spec),
    eventsPerDay: eventsPerDay(config),
    engagement: normaliseEngagement(spec),
    ...normaliseLifeCycle(spec, days, named),
    ...normaliseEffects(spec, named.plans),
    experiments: normaliseExperiments(spec, named.plans),
    dirt: normaliseDirt(spec, spec.seed, days),
    ...(drift ? { drift } : {}),
    truth: normaliseTruth(spec),
    ...normaliseSourceSections(spec, money),
  };
}

/** All that is wrong, also in what stands beside malformed values. */
function checkScenario(config: LayeredConfig<ScenarioSpec>, referenceDir: string) {
  const spec = withoutMalformed(config.value, config.malformed);
  const written = withoutMalformed(config.written, config.malformed);
  const days = checkableDays(spec);
  const most = Math.max(days, checkableDays(written));
  const found = checks(config, days, most);
  found.problems.push(...config.problems);
  const checkDriftDay = () => {
    if (spec.drift && !config.written.drift && config.isGiven(['drift', 'day']))
      found.report(['drift', 'day'], 'the scenario has no "drift" that could begin on this day; add a "drift" section');
  };
  found.all(
    () => checkHeader(spec, found),
    () => checkPopulation(spec, found, most),
    () => checkPlans(spec, found),
    () => checkEngagement(spec, found),
    () => checkEvents(spec, found),
    () => checkLifeCycle(spec, found),
    () => checkEffects(spec, found),
    () => checkExperiments(spec, found),
    () => checkDirtRules(spec, found, most),
    () => checkDrift(spec, found),
    checkDriftDay,
  );
  const money = checkSourceSections(spec, found, whereWellFormed(() => Number(daysOf(spec))) ?? 1, referenceDir);
  return { money, problems: found.problems };
}
