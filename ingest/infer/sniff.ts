import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { TidemarkError } from '../../core/errors.ts';
import type { Encoding, FilesSpec } from '../contract-types.ts';
import { unpackedBytes } from '../lines.ts';

/** How a file is written, as far as its beginning tells. */
export interface Sniffed extends Pick<FilesSpec, 'format' | 'encoding' | 'delimiter'> {
  /** Of CSV: its header; empty otherwise. */
  readonly header: readonly string[];
}

const LOOK_BYTES = 1 << 20;
const DELIMITERS = [',', ';', '\t', '|'];
/** Records that are held against each delimiter. */
const RECORDS = 100;

/**
 * Finds out how a file is written: Parquet by its magic bytes, JSON Lines by a brace at its start, else CSV with the delimiter that parts
 * most of the first records into as many fields as the header has.
 *
 * @returns undefined for an empty file.
 * @throws {TidemarkError} RAW_UNREADABLE for a file that is one JSON array, or cannot be read.
 */
export async function sniff(path: string): Promise<Sniffed | undefined> {
  const refuse = (message: string, hint?: string) =>
    new TidemarkError({ code: 'RAW_UNREADABLE', message, file: path, ...(hint === undefined ? {} : { hint }) });
  let beginning: Buffer;
  try {
    if (magic(path) === 'PAR1') return { format: 'parquet', header: [] };
    beginning = await firstBytes(path);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const encoding = encodingOf(beginning);
  const text = new TextDecoder(encoding === 'utf-16' ? utf16(beginning) : (encoding ?? 'utf-8')).decode(beginning);
  const start = text.replace(/^\ufeff/, '').trimStart();
  const written = encoding === undefined ? {} : { encoding };
  if (start === '') return undefined;
  if (start.startsWith('{')) return { format: 'jsonl', ...written, header: [] };
  if (start.startsWith('[')) throw refuse('the file is one JSON array', 'Write one JSON object a line.');
  const { delimiter, header } = csvDialect(start, beginning.length >= LOOK_BYTES);
  return { format: 'csv', ...written, ...(delimiter === ',' ? {} : { delimiter }), header };
}

function magic(path: string): string {
  const file = openSync(path, 'r');
  try {
    const four = Buffer.alloc(4);
    return four.toString('latin1', 0, readSync(file, four, 0, 4, 0));
  } finally {
    closeSync(file);
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpackedBytes(path, 0)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= LOOK_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, LOOK_BYTES);
}

/** Undefined: UTF-8. */
function encodingOf(bytes: Buffer): Encoding | undefined {
  const mark = bytes.toString('latin1', 0, 2);
  if (mark === '\xff\xfe' || mark === '\xfe\xff' || bytes.subarray(0, 200).includes(0)) return 'utf-16';
  // The last character may have been cut.
  const whole = [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
  return whole ? undefined : 'windows-1252';
}

const utf16 = (bytes: Buffer) => (bytes[0] === 0xfe ? 'utf-16be' : 'utf-16le');

function csvDialect(text: string, isCut: boolean): { delimiter: string; header: string[] } {
  const end = isCut ? text.lastIndexOf('\n') : text.length;
  const found = DELIMITERS.map((delimiter) => {
    const records: string[][] = parse(text.slice(0, end), {
      delimiter,
      to: RECORDS,
      relax_column_count: true,
      relax_quotes: true,
      skip_records_with_error: true,
      skip_empty_lines: true,
    });
    const header = records[0] ?? [];
    const fitting = records.filter((record) => record.length === header.length).length;
    return { delimiter, header, fields: fitting >= 0.8 * records.length ? header.length : 0 };
  });
  return found.reduce((best, next) => (next.fields > best.fields ? next : best));
}
