import type { Command } from 'commander';
import { TidemarkError } from '../../core/errors.ts';
import { count, percent, plural } from '../../core/format.ts';
import { nearest } from '../../core/nearest.ts';
import { textTable } from '../../core/text-table.ts';
import type { Workspace } from '../../core/workspace.ts';
import type { Source } from '../../ingest/contract-types.ts';
import { readSamples } from '../../monitor/quality/samples.ts';
import { type RejectFilter, rejectedWhere } from '../../monitor/rejects/filter.ts';
import { listRejects, type RejectList } from '../../monitor/rejects/list.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { type Context, giveResult, projectWorkspace } from '../context.ts';
import { datasetOf } from '../dataset.ts';
import { integer, projectFlags } from '../flags.ts';
import { personalFields } from '../judged-sources.ts';
import { openForReading } from '../open-for-reading.ts';
import { type WarehouseFlags, warehouseFlags } from '../warehouse.ts';
import { registerExport } from './rejects-export.ts';
import { registerRetry } from './rejects-retry.ts';

export interface RejectsFlags extends WarehouseFlags, RejectFilter {
  readonly source?: string;
}

interface ListFlags extends RejectsFlags {
  readonly sample?: number;
  readonly unmasked?: boolean;
}

/** Rows of a list of files that people are shown. */
const SHOWN_FILES = 20;

export function registerRejects(program: Command, context: Context): void {
  const command = program
    .command('rejects')
    .description('List, sample and export the rows that the contracts reject; retry after a contract was mended.')
    .addHelpText(
      'after',
      `
Examples:
  tidemark rejects
  tidemark rejects --source events --sample 20
  tidemark rejects --reason event_type:not_allowed --file 'events/2026-03-*' --sample 5
  tidemark rejects export --to rejected --format csv
  tidemark rejects retry --source events

\`tidemark rejects list --help\` names the flags of the list.`,
    );
  rejectFlags(
    command
      .command('list', { isDefault: true })
      .description('Counts by source, reason and file, with their share of the records; the default.'),
  )
    .option('--sample <n>', 'show so many rejected rows of each source instead, of every reason some', integer(1))
    .option('--unmasked', 'show personal data, and whole lines')
    .action((flags: ListFlags) => list(context, flags));
  registerExport(command, context);
  registerRetry(command, context);
}

/** Flags that say which rejected rows are meant. */
export const rejectFlags = (command: Command): Command =>
  warehouseFlags(projectFlags(command))
    .option('--source <name>', 'only this source')
    .option('--reason <code>', 'only with this reason: column:code, or either of the two')
    .option('--file <path>', 'only of this raw file; * stands for any text')
    .option('--since <batch>', 'only of this load and later ones: a batch id or its beginning, as 202603');

async function list(context: Context, flags: ListFlags): Promise<void> {
  await withVerdicts(context, flags, async ({ sources, connection, warehouse }) => {
    const { statements } = warehouse;
    if (flags.sample === undefined) {
      const names = sources.map(({ name }) => name);
      const found = await listRejects(names, flags, connection, statements);
      if (context.json) giveResult(context, found);
      else context.console.data(tables(found));
      return;
    }
    const samples = [];
    for (const source of sources) {
      const query = { source: source.name, personalFields: personalFields(source), unmasked: flags.unmasked ?? false };
      const narrowed = { ...query, ...rejectedWhere(flags), each: flags.sample, most: flags.sample };
      samples.push(...(await readSamples(narrowed, connection, statements)));
    }
    if (context.json) giveResult(context, samples);
    else if (samples.length === 0) context.console.data(NOTHING);
    else
      for (const { source, file, line, reasons, text } of samples)
        context.console.data(`${source}  ${file}:${line}  ${reasons.join(' ')}\n  ${printable(text)}\n`);
  });
}

const NOTHING = 'Nothing is rejected.\n';

/** Raw text must not steer the terminal. */
const printable = (text: string): string =>
  text.replace(/(?!\t)\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

function tables({ sources, reasons, files }: RejectList): string {
  if (sources.length === 0) return NOTHING;
  const line = ({ rejected, share }: { rejected: number; share: number }) => [count(rejected), percent(share)];
  const right = (n: number) => Array.from({ length: n + 3 }, (_, i) => i >= n);
  const more = files.length - SHOWN_FILES;
  return [
    textTable(
      ['source', 'rejected', 'share', 'files'],
      sources.map((row) => [row.source, ...line(row), count(row.files)]),
      right(1),
    ),
    textTable(
      ['source', 'reason', 'rejected', 'share', 'files'],
      reasons.map((row) => [row.source, row.reason, ...line(row), count(row.files)]),
      right(2),
    ),
    textTable(
      ['source', 'file', 'rejected', 'share'],
      files.slice(0, SHOWN_FILES).map((row) => [row.source, row.file, ...line(row)]),
      right(2),
    ) + (more > 0 ? `\n${plural(more, 'more file')}; --json lists all.` : ''),
  ]
    .map((text) => `${text}\n`)
    .join('\n');
}

export interface Verdicts {
  readonly place: Workspace;
  /** The sources that are meant and that models have judged. */
  readonly sources: readonly Source[];
  readonly warehouse: Warehouse;
  readonly connection: Connection;
}

/**
 * Opens the warehouse for reading the verdicts on the sources that the flags name.
 *
 * @throws {TidemarkError} USAGE for an unknown source; VERDICTS_MISSING when no model has judged one of them.
 */
export async function withVerdicts<T>(
  context: Context,
  flags: RejectsFlags,
  work: (verdicts: Verdicts) => Promise<T>,
  open: typeof openForReading = openForReading,
): Promise<T> {
  const place = projectWorkspace(context, flags);
  const wanted = chosenSources((await datasetOf(place)).sources, flags.source);
  const warehouse = await open(context, flags, place);
  try {
    const staging = wanted.map(({ name }) => ({ schema: 'silver', name: `stg_${name}` }));
    const relations = await warehouse.describeAll(staging);
    const sources = wanted.filter((_, i) => relations[i] !== undefined);
    if (sources.length === 0) {
      const message = `no model has judged ${wanted.map(({ name }) => name).join(', ')} yet`;
      throw new TidemarkError({ code: 'VERDICTS_MISSING', message });
    }
    const connection = await warehouse.connect();
    context.effects.signal.addEventListener('abort', () => connection.cancel());
    return await work({ place, sources, warehouse, connection });
  } finally {
    await warehouse.close();
  }
}

function chosenSources(sources: readonly Source[], name: string | undefined): readonly Source[] {
  if (name === undefined) return sources;
  const source = sources.find((one) => one.name === name);
  if (source) return [source];
  const names = sources.map((one) => one.name);
  const near = nearest(name, names);
  throw new TidemarkError({
    code: 'USAGE',
    message: `there is no source "${name}"; the data set has ${names.join(', ')}.`,
    ...(near === undefined ? {} : { nearest: near }),
  });
}
