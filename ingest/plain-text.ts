import { isUtf8 } from 'node:buffer';
import type { Files } from './contract-types.ts';

/** Looks at the bytes of a file as they pass, to tell whether an engine may read its lines by itself. */
export interface PlainText {
  /** The next bytes; chunks may end anywhere. */
  look(chunk: Buffer): void;
  /** Whether the engine's own reading of the whole file is ours, line by line and verdict by verdict. Ask at the end. */
  isPlain(): boolean;
}

const TAB = 9;
const LINE_FEED = 10;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;

/**
 * Plain are files of valid UTF-8 whose lines end with a line feed and hold no control characters. Beyond that:
 *
 * - JSON Lines: nothing that an engine takes for JSON and RFC 8259 does not (`NaN`, `inf`, a comma before a bracket), and no escape of a
 *   character that not every engine can store. DuckDB is the lenient one.
 * - CSV: no quotes and no backslashes, so that a record is a line, a field what stands between delimiters, and its JSON itself in quotes.
 *
 * What only looks like one of these, inside of a text, makes a file not plain: it is then read by us, which is slower and never wrong.
 */
export function plainText({ format, delimiter, encoding, ...files }: Files): PlainText {
  // A dialect other than that of RFC 4180 is read by us.
  const usual = files.quote === '"' && files.escape === '"' && files.comment === undefined && files.skipLines === 0;
  let plain = format !== 'parquet' && encoding === 'utf-8' && usual;
  let first = true;
  /** The end of the chunk before, from the last byte that may begin something. */
  let rest: Buffer | undefined;
  const tabs = format === 'jsonl' || delimiter === '\t';
  const hurts = format === 'jsonl' ? hurtsJson : hurtsCsv;

  const look = (bytes: Buffer, end: number) => {
    if (end === 0) return;
    // The line after the last line feed is looked at when it is whole: as the first one of the next time.
    const last = bytes[end - 1] === LINE_FEED ? end - 1 : end;
    plain &&= isUtf8(bytes.subarray(0, end)) && !hurts(bytes, -1, LINE_FEED);
    for (let i = 0; plain && i < end; i++) {
      const byte = bytes[i]!;
      if (byte < SPACE)
        plain = (byte === LINE_FEED && (i === last || !hurts(bytes, i, byte))) || (byte === TAB && tabs);
      else if (hurts(bytes, i, byte)) plain = false;
    }
  };

  return {
    look(chunk) {
      if (!plain) return;
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
      // A byte order mark.
      if (first && bytes.length >= 3) {
        plain = !(bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf);
        first = false;
      }
      // What may be half of a character or of a pattern waits for the next chunk.
      const feed = bytes.lastIndexOf(LINE_FEED);
      const end = feed < 0 ? 0 : feed + 1;
      look(bytes, end);
      rest = end < bytes.length ? bytes.subarray(end) : undefined;
      // A line that goes on and on is nothing for the engine's reader.
      if (rest && rest.length > LONGEST_LINE) plain = false;
    },
    isPlain() {
      if (plain && rest) look(rest, rest.length);
      rest = undefined;
      return plain;
    },
  };
}

/** With the chunk in which it ends, a line stays below the 2 MB that DuckDB's reader takes without larger buffers. */
const LONGEST_LINE = 900_000;
export const CHUNK_BYTES = 1 << 20;

function hurtsJson(bytes: Buffer, i: number, byte: number): boolean {
  if (byte === BACKSLASH) {
    if (bytes[i + 1] !== 0x75) return false;
    const [a, b, c, d] = [bytes[i + 2], bytes[i + 3], bytes[i + 4], bytes[i + 5]];
    // \ud800 to \udfff, and \u0000.
    return a === 0x64 || a === 0x44 || (a === 0x30 && b === 0x30 && c === 0x30 && d === 0x30);
  }
  if (byte !== COMMA && byte !== COLON && byte !== OPEN_BRACKET && byte !== LINE_FEED) return false;
  let next = i + 1;
  while (bytes[next] === SPACE || bytes[next] === TAB) next++;
  // A line of white space only is blank, and Unicode has more of that than an engine may know.
  if (byte === LINE_FEED && ((next > i + 1 && !(bytes[next]! > SPACE)) || bytes[next]! > 127)) return true;
  if (byte === COMMA && (bytes[next] === CLOSE_BRACE || bytes[next] === CLOSE_BRACKET)) return true;
  if (bytes[next] === MINUS) next++;
  const letter = bytes[next]! | 0x20;
  return letter === 0x69 || (letter === 0x6e && (bytes[next + 1]! | 0x20) === 0x61);
}

const hurtsCsv = (_bytes: Buffer, _i: number, byte: number): boolean => byte === QUOTE || byte === BACKSLASH;
