import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseConfig } from '../../core/config.ts';
import type { Effects } from '../../core/effects.ts';
import { type Problem, TidemarkError } from '../../core/errors.ts';
import { count, plural } from '../../core/format.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { checkSource } from '../contract-checks.ts';
import type { ColumnType, FilesSpec, SourceSpec } from '../contract-types.ts';
import { type LoadOptions, type LoadProgress, load } from '../load.ts';
import { normalizeSource } from '../normalize.ts';
import { bronzeTable } from '../tables.ts';
import { contractText } from './contract-text.ts';
import { type ColumnDraft, columnNames, draftColumn, inDoubt, inFormat, isIdentifier } from './draft.ts';
import { formatsOf } from './formats.ts';
import { shortestGrain } from './grain.ts';
import { FIELDS, fieldsOf, profileFields } from './profile.ts';
import { type Sniffed, sniff } from './sniff.ts';
import { guessTimes } from './times.ts';

export interface InferOptions {
  /** All of one source. */
  readonly paths: readonly string[];
  /** Name of the source: lower snake case. */
  readonly source: string;
  /** Where the contract says that the files lie. */
  readonly files: Pick<FilesSpec, 'folder' | 'pattern'>;
}

export interface Inferred {
  /** The YAML of the contract. */
  readonly text: string;
  readonly records: number;
  readonly columns: number;
}

/**
 * Writes a first contract of files: it accepts every record that they hold. All records are read, by the loader itself and into a database
 * that is removed afterwards, so that a column that is never empty is known to be so.
 *
 * @throws {TidemarkError} RAW_UNREADABLE with all files that cannot be read, or when all are empty; CONFIG_INVALID when they are written in different
 *   ways.
 */
export async function inferContract(
  { paths, source, files }: InferOptions,
  effects: Effects,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<Inferred> {
  const sniffed = await sniffAll(paths);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-infer-'));
  try {
    const warehouse = await openWarehouse({ engine: 'duckdb', file: join(folder, 'infer.duckdb'), memoryLimit: '1GB' });
    try {
      const { header, ...written } = sniffed;
      const malformed = await loadAll(paths, source, written, { folder, warehouse, effects, onProgress });
      const connection = await warehouse.connect();
      effects.signal.addEventListener('abort', () => connection.cancel());
      return await draft({ paths, source, files: { ...files, ...written }, header, malformed }, connection, warehouse);
    } finally {
      await warehouse.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sniffAll(paths: readonly string[]): Promise<Sniffed> {
  const problems: Problem[] = [];
  const all: { readonly path: string; readonly how: Sniffed }[] = [];
  for (const path of paths) {
    try {
      const how = await sniff(path);
      if (how) all.push({ path, how });
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      problems.push(...error.problems);
    }
  }
  const [first, ...others] = all;
  for (const { path, how } of others) {
    if (inWords(how) === inWords(first!.how)) continue;
    const message = `is written as ${inWords(how)}, and ${first!.path} as ${inWords(first!.how)}; one contract is for files that are written alike`;
    problems.push({ code: 'CONFIG_INVALID', message, file: path });
  }
  if (!first && problems.length === 0) {
    for (const file of paths) {
      problems.push({ code: 'RAW_UNREADABLE', message: 'the file is empty, so there is nothing to infer from', file });
    }
  }
  if (problems.length > 0) throw new TidemarkError(problems);
  return first!.how;
}

const inWords = ({ format, delimiter = ',', encoding = 'utf-8' }: Sniffed): string =>
  format === 'csv' ? `csv with ${JSON.stringify(delimiter)} in ${encoding}` : format;

/** Loads the files into bronze; returns the lines that are no record, by their problem. */
async function loadAll(
  paths: readonly string[],
  name: string,
  written: Omit<FilesSpec, 'pattern'>,
  {
    folder,
    warehouse,
    effects,
    onProgress,
  }: Pick<LoadOptions, 'warehouse'> & {
    readonly folder: string;
    readonly effects: Effects;
    readonly onProgress: (progress: LoadProgress) => void;
  },
): Promise<Map<string, number>> {
  const original = new Map<string, string>();
  for (const [i, path] of paths.entries()) {
    // Only these files, wherever they lie: the loader looks for a pattern in a folder.
    const link = `file-${String(i).padStart(6, '0')}-${basename(path)}`;
    symlinkSync(resolve(path), join(folder, link), 'file');
    original.set(link, path);
  }
  const spec: SourceSpec = {
    version: 1,
    source: name,
    description: name,
    owner: name,
    files: { pattern: 'file-*', ...written },
    columns: {},
    grain: [],
  };
  const dataset = {
    name,
    title: name,
    description: name,
    raw: undefined,
    sources: [normalizeSource(spec, name)],
    absent: [],
    references: [],
    model: name,
    snapshotEveryDays: 1,
    eventGroups: {},
    lateRateThreshold: undefined,
    plans: [],
    attribution: undefined,
  };
  const workspace = { projectDir: folder, rawDir: folder };
  const { problems } = await load({ workspace, dataset, warehouse }, effects, onProgress);
  if (problems.length > 0) {
    throw new TidemarkError(
      problems.map((problem) => ({
        ...problem,
        file: original.get(basename(problem.file ?? '')) ?? problem.file ?? '',
      })),
    );
  }
  const connection = await warehouse.connect();
  const bronze = warehouse.statements.relation(bronzeTable(name));
  const rows = await connection.rows<{ problem: string; n: number }>(
    `select problem, count(*) as n from ${bronze} where problem is not null group by problem order by problem`,
  );
  return new Map(rows.map(({ problem, n }) => [problem, Number(n)]));
}

interface Material {
  readonly paths: readonly string[];
  readonly source: string;
  readonly files: FilesSpec;
  readonly header: readonly string[];
  readonly malformed: ReadonlyMap<string, number>;
}

async function draft(
  { paths, source, files, header, malformed }: Material,
  connection: Connection,
  { statements }: Warehouse,
): Promise<Inferred> {
  const bronze = statements.relation(bronzeTable(source));
  const found = await fieldsOf(bronze, connection);
  const nameable = found.fields.length > 0 ? found.fields : header;
  if (nameable.length === 0) {
    throw new TidemarkError(
      paths.map((file) => ({
        code: 'RAW_UNREADABLE',
        message: 'holds no record with a field that a contract can name',
        file,
      })),
    );
  }
  const profiles = await profileFields(bronze, nameable, connection, statements);
  const [total] = await connection.rows<{ n: number }>(`select count(*) as n from ${statements.relation(FIELDS)}`);
  const records = Number(total!.n);
  const names = columnNames(nameable);
  const columns: ColumnDraft[] = [];
  for (const [i, profile] of profiles.entries()) {
    const column = await withFormat(draftColumn(names[i]!, profile, records), connection, statements);
    columns.push(await withProvenPattern(column, connection, statements));
  }
  const times = await guessTimes(columns, connection, statements);
  const candidates = columns
    .filter(
      ({ required, personal, type }) => required && personal === undefined && type !== 'number' && type !== 'boolean',
    )
    .map(({ name, type, profile }, i) => ({
      name,
      column: profile.column,
      distinct: profile.distinct,
      rank: rankOf(name, type, source) * 1000 + i,
    }));
  const unique = await shortestGrain(candidates, records, connection, statements);
  // Where all columns are personal something has to tell records apart: then the first one stays, as a digest if it can be one.
  if (columns.every(({ personal }) => personal === 'drop')) {
    columns[0] = { ...columns[0]!, personal: columns[0]!.type === 'string' ? 'hash' : undefined };
  }
  const kept = columns.filter(({ personal }) => personal !== 'drop').map(({ name }) => name);
  const grain = unique ?? (candidates.length > 0 ? candidates.map(({ name }) => name) : kept);
  const lost = [...malformed.values()].reduce((sum, n) => sum + n, 0);
  const text = contractText({
    source,
    files,
    columns,
    grain,
    times,
    notes: {
      whole: [
        `Inferred from ${plural(paths.length, 'file')} with ${plural(records, 'different record')}. What holds for all of them by chance may not hold for the next.`,
        ...(lost > 0
          ? [
              `${plural(lost, 'line')} will be rejected, being no record: ${[...malformed].map(([problem, n]) => `${problem} ${count(n)}`).join(', ')}.`,
            ]
          : []),
        ...(found.unnameable.length > 0
          ? [
              `Fields that a contract cannot name, for the characters in them: ${found.unnameable.map((name) => JSON.stringify(name)).join(', ')}.`,
            ]
          : []),
      ],
      grain: unique
        ? `Unique in ${records === 1 ? 'the one record' : `all ${count(records)} records`}${unique.length > 1 ? '; no single column is' : ''}.`
        : 'No set of up to three columns tells the records apart: say what does, or records that agree in these columns become one.',
    },
  });
  return { text: checked(text, source), records, columns: columns.length };
}

/** What is text by the standard may be a date or a number as people write them; what identifies stays text. */
async function withFormat(
  column: ColumnDraft,
  connection: Connection,
  statements: Warehouse['statements'],
): Promise<ColumnDraft> {
  const { type, personal, profile, name } = column;
  if (type !== 'string' || personal !== undefined || profile.present === 0 || isIdentifier(name)) return column;
  const formats = await formatsOf(profile.column, connection, statements);
  if (formats.length === 0) return column;
  return formats.length === 1 ? inFormat(column, formats[0]!) : inDoubt(column, formats);
}

/** A pattern comes from some values, and stays if all match it. */
async function withProvenPattern(
  column: ColumnDraft,
  connection: Connection,
  { relation }: Warehouse['statements'],
): Promise<ColumnDraft> {
  if (column.pattern === undefined) return column;
  const [row] = await connection.rows<{ n: number }>(
    `select count(*) as n from ${relation(FIELDS)} where not regexp_matches(${column.profile.column}, $1)`,
    [column.pattern],
  );
  return Number(row!.n) === 0 ? column : { ...column, pattern: undefined };
}

/** What is called an identifier tells rows apart rather than what happens to; the source's own first. */
function rankOf(name: string, type: ColumnType, source: string): number {
  const own = source.replace(/ies$/, 'y').replace(/s$/, '');
  if (name === 'id' || name === `${own}_id`) return 0;
  if (/(^|_)(id|uuid|key)$/.test(name)) return 1;
  return type === 'timestamp' || type === 'date' ? 2 : 3;
}

/** What is written here must be what `loadDataset` accepts; anything else is a defect of ours. */
function checked(text: string, source: string): string {
  const config = parseConfig<SourceSpec>(text, `${source}.yaml`, 'source');
  const problems = checkSource(config);
  if (problems.length > 0) throw new TidemarkError(problems);
  return text;
}
