import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../core/workspace.ts';
import { readScenario } from '../generators/scenario.ts';
import { sourceNames } from '../generators/sources/columns.ts';
import { readWorld } from '../generators/world-record.ts';
import { loadDataset } from '../ingest/contract.ts';
import type { Dataset } from '../ingest/contract-types.ts';

/**
 * Names of the sources that a synthetic world has: those of the world on disk, or, as long as there is none, those of its scenario.
 * Undefined for real data and where no scenario is.
 *
 * @throws {TidemarkError} the codes of `loadScenario` for a scenario that cannot be read.
 */
export function presentSources({ scenario, projectDir, truthDir }: Workspace): string[] | undefined {
  if (scenario === undefined) return undefined;
  const world = readWorld(truthDir);
  if (world) return [...new Set(world.rawFiles.map(({ path }) => path.split('/')[0]!))];
  const file = join(projectDir, 'configs', 'scenarios', `${scenario}.yaml`);
  return existsSync(file) ? sourceNames(readScenario(file, projectDir).value) : undefined;
}

/** The contract of the data set with the sources that there are. */
export const datasetOf = (workspace: Workspace): Dataset =>
  loadDataset(workspace.datasetDir, workspace.projectDir, presentSources(workspace));
