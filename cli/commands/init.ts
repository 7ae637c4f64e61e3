import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { TidemarkError } from '../../core/errors.ts';
import { packageRoot } from '../../core/files.ts';
import { type Context, giveResult } from '../context.ts';

export function registerInit(program: Command, context: Context): void {
  program
    .command('init')
    .description(
      'Make a small Dataform project that runs at once: a table, a view, an incremental table, an assertion and unit tests.',
    )
    .argument('<folder>', 'where to make it; must not exist or be empty')
    .argument('[default-database]', 'project of Google Cloud, for runs on BigQuery (default: my-project)')
    .argument('[default-location]', 'location in Google Cloud (default: US)')
    .option('--json', 'the result as JSON on standard output')
    .option('--debug', 'print the stack of an unexpected error')
    .addHelpText('after', '\nExamples:\n  tidemark init my-project\n  tidemark init my-project my-cloud-project EU')
    .action((folder: string, database?: string, location?: string) => {
      const projectDir = resolve(context.cwd, folder);
      refuseOccupied(projectDir);
      mkdirSync(projectDir, { recursive: true });
      cpSync(join(packageRoot(), 'cli', 'templates', 'init'), projectDir, { recursive: true });
      // Under its own name it would hold for the templates too.
      renameSync(join(projectDir, 'gitignore'), join(projectDir, '.gitignore'));
      setDefaults(join(projectDir, 'workflow_settings.yaml'), { defaultProject: database, defaultLocation: location });
      const files = readdirSync(projectDir, { recursive: true, encoding: 'utf8' })
        .map((name) => name.replaceAll('\\', '/'))
        .filter((name) => statSync(join(projectDir, name)).isFile())
        .sort();
      for (const file of files) context.console.line(`  ${file}`);
      // As the command was called, so that the lines can be copied.
      const tidemark = process.env.npm_command === 'exec' ? 'npx tidemark' : 'tidemark';
      const steps = [
        ...(projectDir === context.cwd ? [] : [`cd ${relative(context.cwd, projectDir)}`]),
        `${tidemark} test`,
        `${tidemark} run`,
        `${tidemark} query 'select * from analytics.revenue_daily order by order_date'`,
      ];
      context.console.line(`Next:\n${steps.map((step) => `  ${step}`).join('\n')}`);
      giveResult(context, { projectDir, files });
    });
}

function setDefaults(file: string, values: { readonly [key: string]: string | undefined }): void {
  const settings = parseDocument(readFileSync(file, 'utf8'));
  for (const [key, value] of Object.entries(values)) if (value !== undefined) settings.set(key, value);
  writeFileSync(file, settings.toString());
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
