import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { packageRoot } from '../../core/files.ts';
import { type Context, giveResult } from '../context.ts';

export function registerInit(program: Command, context: Context): void {
  program
    .command('init')
    .description('Make a small Dataform project that runs at once: a table, a view, an assertion and a unit test.')
    .argument('<folder>', 'where to make it; must not exist or be empty')
    .option('--json', 'the result as JSON on standard output')
    .option('--debug', 'print the stack of an unexpected error')
    .addHelpText('after', '\nExamples:\n  tidemark init my-project\n  cd my-project && tidemark run')
    .action((folder: string) => {
      const projectDir = resolve(context.cwd, folder);
      refuseOccupied(projectDir);
      mkdirSync(projectDir, { recursive: true });
      cpSync(join(packageRoot(), 'cli', 'templates', 'init'), projectDir, { recursive: true });
      // Under its own name it would hold for the templates too.
      renameSync(join(projectDir, 'gitignore'), join(projectDir, '.gitignore'));
      const files = readdirSync(projectDir, { recursive: true, encoding: 'utf8' })
        .map((name) => name.replaceAll('\\', '/'))
        .filter((name) => statSync(join(projectDir, name)).isFile())
        .sort();
      for (const file of files) context.console.line(`  ${file}`);
      context.console.line(`Next: cd ${relative(context.cwd, projectDir) || '.'} && tidemark run`);
      giveResult(context, { projectDir, files });
    });
}

function refuseOccupied(folder: string): void {
  if (!existsSync(folder)) return;
  const found = statSync(folder).isDirectory() ? readdirSync(folder) : undefined;
  if (found?.length === 0) return;
  throw new TidemarkError({
    code: 'USAGE',
    message: found
      ? `${folder} is not empty: it holds ${found.slice(0, 3).join(', ')}${found.length > 3 ? ', ...' : ''}`
      : `${folder} is a file`,
    hint: 'Name a folder that does not exist or is empty; nothing was written.',
  });
}
