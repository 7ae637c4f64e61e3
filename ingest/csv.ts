import { parse } from 'csv-parse/sync';
import type { Files } from './contract-types.ts';
import type { LineBlock } from './lines.ts';
import { type RawRecord, RejectedFile, storable } from './raw-record.ts';

/** What is remembered from one block of a CSV file to the next. */
export interface CsvReader {
  /** The records of the next block; a record that goes on in the block after it comes with that. */
  read(block: LineBlock): RawRecord[];
  /** The next block begins after so many lines of the file, of which those that were not read hold whole records. */
  goOn(linesBefore: number): void;
  /** The records that were still open when the file ended. */
  end(): RawRecord[];
}

/** A quoted field may hold line feeds, but a quote that nobody closed must not swallow the rest of a file. */
const MAX_RECORD_LINES = 1000;

/** How the fields of a record are written. */
export type Dialect = Pick<Files, 'delimiter' | 'quote' | 'escape' | 'comment' | 'skipLines'>;

interface Line {
  readonly text: string;
  readonly invalid: boolean;
  readonly quotes: number;
}

/**
 * Reads CSV by RFC 4180: a header, then one record a line, where a quoted field may hold line feeds.
 *
 * csv-parse judges every record that holds a quote, but it is handed one record at a time and never the whole file: after a stray quote it
 * drops text until it finds its feet again, and no text may be lost here. A record of several lines counts only if it has the right number
 * of fields; else its first line is malformed and reading goes on with the second.
 *
 * @param onHeader sees the names before the first record is read; what it throws rejects the file.
 * @throws {RejectedFile} RAW_UNREADABLE for a header that is malformed or names a column twice.
 */
export function csvReader(dialect: Dialect, onHeader: (names: readonly string[]) => void): CsvReader {
  let keys: string[] | undefined;
  /** Lines that were seen and not yet given out; the first of them has the number `lineNo`. */
  let lines: Line[] = [];
  let lineNo = 1;

  const take = (final: boolean): RawRecord[] => {
    const records: RawRecord[] = [];
    const drafts: Draft[] = [];
    let i = 0;
    while (i < lines.length) {
      if (lineNo + i <= dialect.skipLines || isComment(lines[i]!, dialect)) {
        i++;
        continue;
      }
      const length = recordLength(lines, i, final);
      if (length === 0) break;
      const draft = length > 1 ? joined(lines, i, length, dialect, keys?.length) : undefined;
      const step = draft ? length : 1;
      if (draft || withoutReturn(lines[i]!.text) !== '') {
        const next = draft ?? {
          text: withoutReturn(lines[i]!.text),
          lineNo: 0,
          invalid: lines[i]!.invalid,
          fields: undefined,
        };
        if (keys) drafts.push({ ...next, lineNo: lineNo + i });
        else {
          keys = header(next, dialect);
          onHeader(keys);
        }
      }
      i += step;
    }
    lines = lines.slice(i);
    lineNo += i;
    split(drafts, dialect);
    const quoted = keys?.map((key) => `${JSON.stringify(key)}:`) ?? [];
    for (const draft of drafts) records.push(record(draft, quoted));
    return records;
  };

  return {
    read({ lines: texts, invalid }) {
      for (let i = 0; i < texts.length; i++) {
        lines.push({ text: texts[i]!, invalid: invalid?.has(i) ?? false, quotes: countQuotes(texts[i]!, dialect) });
      }
      return take(false);
    },
    goOn(linesBefore) {
      lineNo = linesBefore + 1;
    },
    end: () => take(true),
  };
}

interface Draft {
  readonly text: string;
  readonly lineNo: number;
  readonly invalid: boolean;
  /** Undefined: not split yet; null: malformed. */
  fields: readonly string[] | null | undefined;
}

/** How many lines the record at `start` has by its quotes; 1 when they never balance, 0 when the lines to tell are not there yet. */
function recordLength(lines: readonly Line[], start: number, final: boolean): number {
  let open = false;
  for (let length = 1; length <= MAX_RECORD_LINES; length++) {
    const line = lines[start + length - 1];
    if (!line) return final ? 1 : 0;
    if (line.quotes % 2 === 1) open = !open;
    if (!open) return length;
  }
  return 1;
}

/** The record of several lines, or undefined when it is not one after all. */
function joined(lines: readonly Line[], start: number, length: number, dialect: Dialect, width: number | undefined) {
  const part = lines.slice(start, start + length);
  const text = withoutReturn(part.map((line) => line.text).join('\n'));
  const fields = fieldsOf(text, dialect);
  if (!fields || (width !== undefined && fields.length !== width)) return undefined;
  return { text, lineNo: 0, invalid: part.some((line) => line.invalid), fields };
}

function header(draft: Draft, dialect: Dialect): string[] {
  const fields = draft.invalid ? null : (draft.fields ?? fieldsOf(draft.text, dialect));
  if (!fields)
    throw new RejectedFile('RAW_UNREADABLE', 'the header is malformed: a quote is not closed or the text is not UTF-8');
  const names = fields.map((name, i) => storable(name.trim()) || `column_${i + 1}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RejectedFile('RAW_UNREADABLE', `the header names the column "${twice}" twice`);
  return names;
}

/** Splits all drafts that are not split yet; those with quotes together, for a call of the parser costs more than a record. */
function split(drafts: readonly Draft[], dialect: Dialect): void {
  const quoted: Draft[] = [];
  for (const draft of drafts) {
    if (draft.fields !== undefined) continue;
    if (hasQuote(draft.text, dialect)) quoted.push(draft);
    else draft.fields = draft.text.split(dialect.delimiter);
  }
  if (quoted.length === 0) return;
  const together = parseAll(quoted.map(({ text }) => text).join('\n'), dialect);
  // Records with balanced quotes that are all well formed end where their lines end; if one is not, each is judged alone.
  const alike = together?.length === quoted.length;
  for (const [i, draft] of quoted.entries()) draft.fields = alike ? together[i]! : fieldsOf(draft.text, dialect);
}

function fieldsOf(text: string, dialect: Dialect): string[] | null {
  const records = hasQuote(text, dialect) ? parseAll(text, dialect) : [text.split(dialect.delimiter)];
  return records?.length === 1 ? records[0]! : null;
}

function parseAll(text: string, { delimiter, quote, ...dialect }: Dialect): string[][] | null {
  try {
    return parse(text, { delimiter, quote, escape: dialect.escape, record_delimiter: '\n', relax_column_count: true });
  } catch {
    return null;
  }
}

const hasQuote = (text: string, { quote }: Dialect) => quote !== '' && text.includes(quote);

const isComment = ({ text }: Line, { comment }: Dialect) => comment !== undefined && text.startsWith(comment);

/** @param keys the names of the header as JSON, each with its colon. */
function record({ text, lineNo, invalid, fields }: Draft, keys: readonly string[]): RawRecord {
  if (invalid) return { lineNo, raw: storable(text), parsed: null, problem: 'invalid_utf8' };
  if (text.includes('\0')) return { lineNo, raw: storable(text), parsed: null, problem: 'nul_character' };
  if (!fields) return { lineNo, raw: text, parsed: null, problem: 'malformed_csv' };
  if (fields.length !== keys.length) return { lineNo, raw: text, parsed: null, problem: 'column_count' };
  let parsed = '{';
  for (let i = 0; i < keys.length; i++) {
    if (i > 0) parsed += ',';
    parsed += keys[i]! + (fields[i] === '' ? 'null' : JSON.stringify(fields[i]));
  }
  return { lineNo, raw: text, parsed: `${parsed}}`, problem: null };
}

const withoutReturn = (text: string) => (text.endsWith('\r') ? text.slice(0, -1) : text);

/** The quotes that open or close a field: a quote that is doubled counts twice, one that is escaped otherwise does not count. */
function countQuotes(text: string, dialect: Dialect): number {
  const { quote } = dialect;
  if (quote === '') return 0;
  let count = 0;
  if (dialect.escape === quote) {
    for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) count++;
    return count;
  }
  for (let i = 0; i < text.length; i++) {
    if (text[i] === dialect.escape) i++;
    else if (text[i] === quote) count++;
  }
  return count;
}
