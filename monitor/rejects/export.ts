import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { csvLine } from '../../core/csv.ts';
import { resolveInside } from '../../core/files.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import { codesOf } from '../quality/measure.ts';
import { type RecordKey, recordPages } from '../record-pages.ts';
import { type RejectFilter, rejectedWhere } from './filter.ts';

/** How the raw files of a source are written, as far as an export has to know it. */
export interface ExportedSource {
  readonly name: string;
  readonly format: 'jsonl' | 'csv' | 'parquet';
  readonly delimiter: string;
  readonly quote: string;
}

export interface Exported {
  /** Records; a line that made several is written once. */
  readonly records: number;
  readonly files: number;
}

interface Reject extends RecordKey {
  reasons: string;
  raw: string;
  batch_id: string;
}

/** Raw lines may be long. */
const PAGE = 10_000;
const SIDECAR = [
  'file',
  'line',
  'source',
  'source_file',
  'source_line',
  'record_no',
  'batch_id',
  'row_hash',
  'reasons',
];

/**
 * Writes rejected lines as they were to `<folder>/<source>/<file>`, so that they can be mended and loaded, and beside them
 * `reasons.jsonl` or `reasons.csv` with a row for each record. A CSV file gets its header; bytes that are no UTF-8 are written as they
 * were read; compressed files are written plain, rows of Parquet as JSON lines.
 */
export async function exportRejects(
  sources: readonly ExportedSource[],
  filter: RejectFilter,
  { folder, format }: { readonly folder: string; readonly format: 'jsonl' | 'csv' },
  connection: Connection,
  statements: Statements,
): Promise<Exported> {
  const sidecar = join(folder, `reasons.${format}`);
  if (format === 'csv') appendFileSync(sidecar, csvLine(SIDECAR));
  else appendFileSync(sidecar, '');
  const rejected = rejectedWhere(filter);
  let records = 0;
  let files = 0;
  for (const source of sources) {
    let file: OpenFile | undefined;
    for await (const page of recordPages<Reject>(
      source.name,
      'reasons, raw, batch_id',
      rejected,
      PAGE,
      connection,
      statements,
    )) {
      const chunks: string[] = [];
      for (const reject of page) {
        if (file?.sourceFile !== reject.source_file) {
          file = openFile(folder, source, reject.source_file, await headerOf(source, reject, connection, statements));
          files++;
        }
        writeLine(file, reject);
        chunks.push(sidecarLine(format, source.name, file, reject));
      }
      appendFileSync(sidecar, chunks.join(''));
      records += page.length;
    }
  }
  return { records, files };
}

interface OpenFile {
  readonly sourceFile: string;
  readonly path: string;
  /** Relative to the folder of the export, with forward slashes. */
  readonly shown: string;
  /** The line that the next text begins on, and that on which the last one began. */
  next: number;
  at: number;
  lastRow: string | undefined;
}

function openFile(folder: string, { name, format }: ExportedSource, sourceFile: string, header: string): OpenFile {
  const plain = sourceFile.replace(/\.(gz|zst)$/, '') + (format === 'parquet' ? '.jsonl' : '');
  const shown = `${name}/${plain}`;
  const path = resolveInside(folder, shown);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, header);
  return { sourceFile, path, shown, next: header === '' ? 1 : 2, at: 1, lastRow: undefined };
}

function writeLine(file: OpenFile, { row_hash, raw, reasons }: Reject): void {
  if (file.lastRow === row_hash) return;
  const bytes = reasons.includes('line:invalid_utf8;') ? Buffer.from(raw, 'latin1') : Buffer.from(raw);
  appendFileSync(file.path, Buffer.concat([bytes, Buffer.from('\n')]));
  file.lastRow = row_hash;
  file.at = file.next;
  file.next += raw.split('\n').length;
}

function sidecarLine(format: 'jsonl' | 'csv', source: string, { shown, at }: OpenFile, reject: Reject): string {
  const { source_file, line_no, record_no, batch_id, row_hash } = reject;
  const codes = codesOf(reject.reasons);
  const values = [shown, at, source, source_file, Number(line_no), Number(record_no), batch_id, row_hash];
  if (format === 'csv') return csvLine([...values.map(String), codes.join(';')]);
  const row = Object.fromEntries(SIDECAR.map((name, i) => [name, values[i] ?? codes]));
  return `${JSON.stringify(row)}\n`;
}

/** The header of a CSV file as its whole records have it; empty when it has none, and for other formats. */
async function headerOf(
  { name, format, delimiter, quote }: ExportedSource,
  { source_file }: Reject,
  connection: Connection,
  { relation }: Statements,
): Promise<string> {
  if (format !== 'csv') return '';
  const [row] = await connection.rows<{ parsed: string }>(
    `select parsed from ${relation({ schema: 'bronze', name })} where source_file = $1 and parsed is not null order by line_no limit 1`,
    [source_file],
  );
  return row ? csvLine(Object.keys(JSON.parse(row.parsed) as object), { delimiter, quote, end: '\n' }) : '';
}
