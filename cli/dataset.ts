import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../core/workspace.ts';
import type { Dataset } from '../ingest/contract-types.ts';

/**
 * Names of the sources that a synthetic world has: those of the world on disk, or, as long as there is none, those of its scenario.
 * Undefined for real data and where no scenario is.
 *
 * @throws {TidemarkError} the codes of `loadScenario` for a scenario that cannot be read.
 */
export async function presentSources({ scenario, projectDir, truthDir }: Workspace): Promise<string[] | undefined> {
  if (scenario === undefined) return undefined;
  // Loaded where there is a world only: reading scenarios takes longer than compiling a small project of another kind.
  const world = existsSync(truthDir) ? (await import('../generators/world-record.ts')).readWorld(truthDir) : undefined;
  if (world) return [...new Set(world.rawFiles.map(({ path }) => path.split('/')[0]!))];
  const file = join(projectDir, 'configs', 'scenarios', `${scenario}.yaml`);
  if (!existsSync(file)) return undefined;
  const { readScenario } = await import('../generators/scenario.ts');
  const { sourceNames } = await import('../generators/sources/columns.ts');
  return sourceNames(readScenario(file, projectDir).value);
}

/** The contract of the data set with the sources that there are. */
export async function datasetOf(workspace: Workspace): Promise<Dataset> {
  const { loadDataset } = await import('../ingest/contract.ts');
  return loadDataset(workspace.datasetDir, workspace.projectDir, await presentSources(workspace));
}
