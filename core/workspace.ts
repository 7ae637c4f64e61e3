import { join } from 'node:path';
import { TidemarkError } from './errors.ts';

/**
 * Where the files of one data set lie in a project. A real data set is named by its contract folder; a synthetic world other than
 * the default one gets a name, files and a database of its own, so that two scenarios never mix.
 */
export interface Workspace {
  readonly projectDir: string;
  /** The contract: `configs/datasets/<dataset>/`. */
  readonly dataset: string;
  /** The scenario that made the data; undefined for real data. */
  readonly scenario: string | undefined;
  /** `synthetic`, `synthetic-janus`, `oulad`: names files and folders. */
  readonly name: string;
  readonly datasetDir: string;
  readonly rawDir: string;
  readonly truthDir: string;
  readonly databaseFile: string;
  /** `reports/runs/<name>/`: one folder a run, and `latest.json`. */
  readonly runsDir: string;
  readonly modelCardsDir: string;
  readonly siteDir: string;
  /** `reports/quality/<name>/`: one folder a batch, and the last report. */
  readonly qualityDir: string;
  /** `reports/exports/<name>/`: the files of the marts, and their manifest. */
  readonly exportsDir: string;
}

export const DEFAULT_DATASET = 'synthetic';
export const DEFAULT_SCENARIO = 'baseline';

export function workspace(projectDir: string, options: { dataset?: string; scenario?: string } = {}): Workspace {
  const dataset = plainName(options.dataset ?? DEFAULT_DATASET, 'dataset');
  if (dataset !== DEFAULT_DATASET && options.scenario) {
    throw new TidemarkError({
      code: 'USAGE',
      message: `--scenario ${options.scenario} makes sense with --dataset ${DEFAULT_DATASET} only; ${dataset} has real files`,
    });
  }
  const scenario =
    dataset === DEFAULT_DATASET ? plainName(options.scenario ?? DEFAULT_SCENARIO, 'scenario') : undefined;
  const name = scenario === undefined || scenario === DEFAULT_SCENARIO ? dataset : `${dataset}-${scenario}`;
  return {
    projectDir,
    dataset,
    scenario,
    name,
    datasetDir: join(projectDir, 'configs', 'datasets', dataset),
    rawDir: join(projectDir, 'data', 'raw', name),
    truthDir: join(projectDir, 'data', 'truth', name),
    databaseFile: join(projectDir, 'data', `${name}.duckdb`),
    runsDir: join(projectDir, 'reports', 'runs', name),
    modelCardsDir: join(projectDir, 'reports', 'model_cards'),
    siteDir: join(projectDir, 'reports', 'site', name),
    qualityDir: join(projectDir, 'reports', 'quality', name),
    exportsDir: join(projectDir, 'reports', 'exports', name),
  };
}

/** Names become file names, so they hold letters, digits, `_` and `-` only. */
function plainName(name: string, what: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) return name;
  throw new TidemarkError({
    code: 'PATH_OUTSIDE',
    message: `"${name}" is no ${what} name: letters, digits, _ and - only`,
  });
}
