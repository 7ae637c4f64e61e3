import type { Statements } from '../warehouse/statements.ts';
import type { Connection } from '../warehouse/warehouse.ts';
import type { Source } from './contract-types.ts';
import type { Drift } from './drift.ts';
import type { FileCounts } from './duplicates.ts';
import type { FileToLoad, KnownFile } from './manifest.ts';
import { normalizeFiles } from './normalize.ts';
import { LOAD_FILES } from './tables.ts';

const COLUMNS = [
  'source',
  'source_file',
  'content_hash',
  'format',
  'bytes',
  'modified',
  'rows_read',
  'rows_added',
  'duplicates',
  'malformed',
  'batch_id',
  'loaded_at',
  'drift',
];

/** What the manifest `ops.load_files` says of one source. */
export interface Ledger {
  known(): Promise<KnownFile[]>;
  /** Writes down what was loaded; of a file that goes on after what is known of it, the counts of both. */
  remember(
    files: readonly (FileCounts & { readonly file: FileToLoad; readonly drift: Drift })[],
    batch: { readonly batchId: string; readonly loadedAt: string },
  ): Promise<void>;
  forget(paths: readonly string[]): Promise<void>;
}

export function ledger(connection: Connection, { relation, literal }: Statements, source: Source): Ledger {
  const table = relation(LOAD_FILES);
  const of = (paths: readonly string[]) =>
    `source = ${literal(source.name)} and source_file in (${paths.map(literal).join(', ')})`;
  const known = async (where = `source = ${literal(source.name)}`): Promise<KnownFile[]> => {
    const rows = await connection.rows<LedgerRow>(`${knownQuery(table)} where ${where} order by source_file`);
    return rows.map(knownFile);
  };
  const forget = async (paths: readonly string[]) => {
    if (paths.length > 0) await connection.execute(`delete from ${table} where ${of(paths)}`);
  };
  return {
    known: () => known(),
    forget,
    async remember(files, { batchId, loadedAt }) {
      if (files.length === 0) return;
      const paths = files.map(({ file }) => file.path);
      const before = new Map((await known(of(paths))).map((file) => [file.path, file]));
      await forget([...before.keys()]);
      await connection.append(
        LOAD_FILES,
        COLUMNS,
        files.map(({ file, ...now }) => {
          const { rowsRead = 0, duplicates = 0, malformed = 0 } = before.get(file.path) ?? {};
          return [
            source.name,
            file.path,
            file.contentHash!,
            formatOf(source),
            file.bytes,
            file.modified,
            rowsRead + now.rowsRead,
            rowsRead + now.rowsRead - duplicates - now.duplicates,
            duplicates + now.duplicates,
            malformed + now.malformed,
            batchId,
            loadedAt,
            now.drift.added.length + now.drift.missing.length > 0 ? JSON.stringify(now.drift) : null,
          ];
        }),
      );
    },
  };
}

/** What {@link knownQuery} gives. */
export type LedgerRow = {
  source_file: string;
  content_hash: string;
  format: string;
  bytes: number;
  modified: number | null;
  rows_read: number;
  duplicates: number;
  malformed: number;
};

/** The beginning of a question to the manifest. */
export const knownQuery = (table: string): string =>
  `select source_file, content_hash, format, bytes, modified, rows_read, duplicates, malformed from ${table}`;

export const knownFile = (row: LedgerRow): KnownFile => ({
  path: row.source_file,
  contentHash: row.content_hash,
  format: row.format,
  bytes: Number(row.bytes),
  modified: row.modified ?? undefined,
  rowsRead: Number(row.rows_read),
  duplicates: Number(row.duplicates),
  malformed: Number(row.malformed),
});

/** What a file is read by: `jsonl`, or `csv` with its delimiter, and whatever else is not as usual. */
export function formatOf({ files }: Source): string {
  const usual = normalizeFiles({ pattern: files.pattern, format: files.format, delimiter: files.delimiter });
  const unusual = (['encoding', 'quote', 'escape', 'comment', 'skipLines'] as const)
    .filter((key) => files[key] !== usual[key])
    .map((key) => `${key} ${files[key]}`);
  return [files.format, ...(files.format === 'csv' ? [files.delimiter] : []), ...unusual].join(' ');
}
