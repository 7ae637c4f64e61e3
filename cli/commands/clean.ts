import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { type Context, type ProjectFlags, projectFolder } from '../context.ts';

export function registerClean(program: Command, context: Context): void {
  program
    .command('clean')
    .description('Remove everything that runs made: what lies in data/ and reports/. Asks first.')
    .option('--project-dir <folder>', 'folder of the Dataform project', '.')
    .option('--yes', 'do not ask')
    .option('--debug', 'print the stack of an unexpected error')
    .addHelpText('after', '\nExamples:\n  tidemark clean\n  tidemark clean --yes')
    .action(async (flags: ProjectFlags & { yes?: boolean }) => {
      const projectDir = projectFolder(context, flags);
      const paths = ['data', 'reports']
        .map((folder) => join(projectDir, folder))
        .filter(existsSync)
        .flatMap((folder) =>
          readdirSync(folder)
            .filter((name) => name !== 'README.md')
            .map((name) => join(folder, name)),
        );
      if (paths.length === 0) return context.console.line('Nothing to remove.');
      for (const path of paths) context.console.line(`  ${path}`);
      if (!flags.yes && !(await confirmed(`Remove ${plural(paths.length, 'entry', 'entries')}?`))) {
        return context.console.line('Nothing was removed.');
      }
      for (const path of paths) rmSync(path, { recursive: true, force: true });
      context.console.line(`Removed ${plural(paths.length, 'entry', 'entries')}.`);
    });
}

async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new TidemarkError({ code: 'USAGE', message: 'there is no terminal to ask on; pass --yes to remove' });
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}
