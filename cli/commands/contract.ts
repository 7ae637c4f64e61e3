import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { plural } from '../../core/format.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { inferContract } from '../../ingest/infer/infer.ts';
import { placeFiles } from '../../ingest/infer/place-files.ts';
import { type Context, giveResult, type ProjectFlags, projectFolder } from '../context.ts';
import { runStep } from '../step.ts';

interface InferFlags extends ProjectFlags {
  readonly source?: string;
  readonly force?: boolean;
}

export function registerContract(program: Command, context: Context): void {
  const command = program
    .command('contract')
    .description('Work on the contracts of sources.')
    .addHelpText('after', '\nExamples:\n  tidemark contract infer orders.csv --dataset acme');
  command
    .command('infer')
    .description('Write a first contract from files of one source: JSON Lines, CSV or Parquet, also compressed.')
    .argument('<file...>', 'all are read to their end')
    .option('--project-dir <folder>', 'folder of the Dataform project', '.')
    .option('--dataset <name>', 'write configs/datasets/<name>/<source>.yaml (default: print the contract)')
    .option('--source <name>', 'name of the source (default: from the names of the files)')
    .option('--force', 'replace a contract that is there')
    .option('--json', 'events as JSON lines on standard error, the result as JSON on standard output')
    .option('--debug', 'print the stack of an unexpected error')
    .addHelpText(
      'after',
      `
Examples:
  tidemark contract infer data/raw/acme/orders/*.csv --dataset acme
  tidemark contract infer export.parquet --source orders > orders.yaml

The contract accepts every record of these files. Comments say what was guessed, and why.`,
    )
    .action((files: string[], flags: InferFlags) => infer(context, files, flags));
}

async function infer(context: Context, given: readonly string[], flags: InferFlags): Promise<void> {
  const projectDir =
    flags.dataset === undefined ? resolve(context.cwd, flags.projectDir ?? '.') : projectFolder(context, flags);
  const place = workspace(projectDir, flags.dataset === undefined ? {} : { dataset: flags.dataset });
  const paths = given.map((path) => resolve(context.cwd, path));
  const gone = paths.filter((path) => !statSync(path, { throwIfNoEntry: false })?.isFile());
  if (gone.length > 0) {
    throw new TidemarkError(
      gone.map((path) => ({ code: 'RAW_NOT_FOUND', message: `there is no file ${shown(context, path)}` })),
    );
  }
  const files = placeFiles(paths, { projectDir, rawDir: place.rawDir });
  const source = sourceName(flags.source ?? files.name);
  const target = join(place.datasetDir, `${source}.yaml`);
  if (flags.dataset !== undefined && existsSync(target) && !flags.force) {
    const message = `${shown(context, target)} is there already`;
    throw new TidemarkError({
      code: 'USAGE',
      message,
      hint: 'Pass --force to replace it, or --source to name another source.',
    });
  }
  const inferred = await runStep(context, 'infer', async (step) => {
    const result = await inferContract({ paths, source, files: files.spec }, context.effects, (progress) =>
      step.update('reading', { done: progress.bytesDone, total: progress.bytesTotal }),
    );
    return [result, `${plural(result.columns, 'column')} from ${plural(result.records, 'record')}`] as const;
  });
  if (flags.dataset === undefined) {
    if (context.json) giveResult(context, inferred);
    else context.console.data(inferred.text);
    return;
  }
  writeFileAtomic(target, inferred.text);
  giveResult(context, { ...inferred, file: target });
  context.console.line(shown(context, target));
  for (const line of nextSteps(context, place, source, files.isInPlace)) context.console.line(line);
}

const shown = (context: Context, path: string): string => relative(context.cwd, path).replaceAll('\\', '/');

function sourceName(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new TidemarkError({
    code: 'USAGE',
    message: `"${name}" is no name of a source: lower snake case only`,
    hint: 'Name the source with --source.',
  });
}

/** What the contract lacks before a load finds it. */
function nextSteps(context: Context, { datasetDir, rawDir }: Workspace, source: string, isInPlace: boolean): string[] {
  const dataset = join(datasetDir, 'dataset.yaml');
  const listed = existsSync(dataset)
    ? `List ${source} under sources in`
    : `Make ${shown(context, dataset)} with ${source} among its sources:`;
  return [
    existsSync(dataset)
      ? `${listed} ${shown(context, dataset)}, if it is not there.`
      : `${listed} docs/your-data.md says how.`,
    ...(isInPlace ? [] : [`Put the files into ${shown(context, join(rawDir, source))}.`]),
  ];
}
