import { join } from 'node:path';
import type { Command } from 'commander';

/** Flags of a command that looks at scenarios and at no data set. */
export const projectFlag = (command: Command): Command =>
  command
    .option('--project-dir <folder>', 'folder of the Dataform project', '.')
    .option('--json', 'the result as JSON on standard output')
    .option('--debug', 'print the stack of an unexpected error');

/** Where the scenario of this name stands. */
export const scenarioFile = (projectDir: string, name: string): string =>
  join(projectDir, 'configs', 'scenarios', `${name}.yaml`);
