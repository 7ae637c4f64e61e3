import { existsSync, readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { type Command, Option } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { resolveInside } from '../../core/files.ts';
import { plural } from '../../core/format.ts';
import { replaceFolder } from '../../core/staged-folder.ts';
import type { Source } from '../../ingest/contract-types.ts';
import { type ExportedSource, exportRejects } from '../../monitor/rejects/export.ts';
import { type Context, giveResult } from '../context.ts';
import { runStep } from '../step.ts';
import { type RejectsFlags, rejectFlags, withVerdicts } from './rejects.ts';

interface ExportFlags extends RejectsFlags {
  readonly to: string;
  readonly format: 'jsonl' | 'csv';
}

export function registerExport(rejects: Command, context: Context): void {
  rejectFlags(
    rejects
      .command('export')
      .description('Write rejected lines as they were to files of their own, with their reasons beside them.'),
  )
    .requiredOption('--to <folder>', 'a new or empty folder of the project')
    .addOption(new Option('--format <format>', 'of the file of reasons').choices(['jsonl', 'csv']).default('jsonl'))
    .addHelpText(
      'after',
      `
Examples:
  tidemark rejects export --to rejected
  tidemark rejects export --to rejected --source events --reason line:malformed_json

The lines of events/1.jsonl go to rejected/events/events/1.jsonl, with the header of a CSV file; reasons.jsonl names their reasons.
Nothing is masked.`,
    )
    .action((flags: ExportFlags) => exportStep(context, flags));
}

async function exportStep(context: Context, flags: ExportFlags): Promise<void> {
  const result = await runStep(context, 'export', () =>
    withVerdicts(context, flags, async ({ place, sources, connection, warehouse }) => {
      const folder = emptyFolder(place.projectDir, flags.to);
      const { format } = flags;
      const exported = await replaceFolder(folder, (fresh) =>
        exportRejects(sources.map(exportedSource), flags, { folder: fresh, format }, connection, warehouse.statements),
      );
      const text = `${plural(exported.records, 'rejected record')} of ${plural(exported.files, 'file')} to ${relative(context.cwd, folder)}`;
      return [{ ...exported, folder }, text] as const;
    }),
  );
  giveResult(context, result);
}

export const exportedSource = ({ name, files }: Source): ExportedSource => ({
  name,
  format: files.format,
  delimiter: files.delimiter,
  quote: files.quote,
});

function emptyFolder(projectDir: string, path: string): string {
  const folder = resolveInside(projectDir, path);
  if (folder === projectDir || (existsSync(folder) && readdirSync(folder).length > 0)) {
    const message = `${path} is not empty, and an export would mix with what it holds`;
    throw new TidemarkError({ code: 'USAGE', message, hint: 'Name a new folder, or empty this one.' });
  }
  return folder;
}
