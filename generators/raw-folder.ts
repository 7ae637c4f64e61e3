import { relative } from 'node:path';
import { TidemarkError } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { DEFAULT_DATASET, type Workspace } from '../core/workspace.ts';
import { filesBelow, type WorldRecord } from './world-record.ts';
import type { Progress } from './writing/write.ts';

/** Files in the raw folder that neither the last world nor the one that it was replacing put there. */
export function foreignFiles(rawDir: string, world: WorldRecord | undefined): string[] {
  const ours = new Set([...(world?.rawFiles.map((file) => file.path) ?? []), ...(world?.replaces ?? [])]);
  return filesBelow(rawDir).filter((path) => !ours.has(path));
}

/** The name of the scenario of a workspace; refuses one with real files. */
export function scenarioOf({ dataset, scenario }: Workspace): string {
  if (scenario !== undefined) return scenario;
  throw new TidemarkError({
    code: 'USAGE',
    message: `the data set ${dataset} has real files; only ${DEFAULT_DATASET} is generated`,
    hint: `Leave out \`--dataset ${dataset}\`, or load its files with \`tidemark load\`.`,
  });
}

export function foreignRefusal(workspace: Workspace, foreign: readonly string[]): TidemarkError {
  const some = foreign.slice(0, 3).join(', ');
  const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : '';
  return new TidemarkError({
    code: 'RAW_FOREIGN',
    message: `${rawFolder(workspace)} holds ${plural(foreign.length, 'file')} that the generator did not make: ${some}${more}. Nothing was changed.`,
  });
}

export const otherWorld = (workspace: Workspace): TidemarkError =>
  new TidemarkError({
    code: 'RAW_OTHER_WORLD',
    message: `${rawFolder(workspace)} holds days of another world: another scenario, seed, value of a flag, or format. Nothing was changed.`,
  });

export function interrupted({ done, total }: Progress): TidemarkError {
  return new TidemarkError({
    code: 'RUN_CANCELLED',
    message: `generation was interrupted after day ${done} of ${total}; the files that were there before are untouched`,
    hint: 'Run `tidemark generate` again.',
  });
}

/** As people read it. */
const rawFolder = ({ projectDir, rawDir }: Workspace): string => relative(projectDir, rawDir).replaceAll('\\', '/');
