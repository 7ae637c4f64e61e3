import { isUtf8 } from 'node:buffer';
import type { Files } from './contract-types.ts';
import { areSurelyObjects, isSurelyObject } from './json-proof.ts';

/** Looks at the bytes of a file as they pass, to tell whether an engine may read its lines by itself. */
export interface PlainText {
  /** The next bytes; chunks may end anywhere. Returns true when all lines that end in them are surely JSON objects. */
  look(chunk: Buffer): boolean;
  /** False once some of the bytes were not; the line that is not at its end yet has not been judged. */
  isPlainSoFar(): boolean;
  /** Whether the engine's own reading of the whole file is ours, line by line and verdict by verdict. Ask at the end. */
  isPlain(): boolean;
}

const LINE_FEED = 10;

/**
 * Plain are files of valid UTF-8 whose lines end with a line feed alone. Beyond that:
 *
 * - JSON Lines: nothing that an engine takes for JSON and RFC 8259 does not (`NaN`, `inf`, a comma before a bracket), and no escape of a
 *   character that not every engine can store. DuckDB is the lenient one.
 * - CSV: no control characters, no quotes and no backslashes, so that a record is a line, a field what stands between delimiters, and its JSON itself in quotes.
 *
 * What only looks like one of these, inside of a text, makes a file not plain, unless its line is of the most usual form: it is then read by
 * us, which is slower and never wrong.
 */
export function plainText({ format, delimiter, encoding, ...files }: Files): PlainText {
  // A dialect other than that of RFC 4180 is read by us.
  const usual = files.quote === '"' && files.escape === '"' && files.comment === undefined && files.skipLines === 0;
  let plain = format !== 'parquet' && encoding === 'utf-8' && usual;
  let first = true;
  /** The end of the chunk before, from the last byte that may begin something. */
  let rest: Buffer | undefined;
  const hurts = format === 'jsonl' ? hurtsJson : delimiter === '\t' ? hurtsTsv : hurtsCsv;

  /** Whole lines; the last one of a file may lack its line feed. A byte is a character here, so that the bytes are looked at as they are. */
  const look = (bytes: Buffer): boolean => {
    if (!plain) return false;
    const text = bytes.toString('latin1');
    plain = isUtf8(bytes);
    const isSure = plain && format === 'jsonl' && areSurelyObjects(text);
    plain &&= isSure || !hurts(text);
    return isSure;
  };

  return {
    look(chunk) {
      if (!plain) return false;
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
      // A byte order mark.
      if (first && bytes.length >= 3) {
        plain = !(bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf);
        first = false;
      }
      // What may be half of a character or of a pattern waits for the next chunk.
      const feed = bytes.lastIndexOf(LINE_FEED);
      const end = feed < 0 ? 0 : feed + 1;
      const isSure = look(bytes.subarray(0, end));
      rest = end < bytes.length ? bytes.subarray(end) : undefined;
      // A line that goes on and on is nothing for the engine's reader.
      if (rest && rest.length > LONGEST_LINE) plain = false;
      return isSure;
    },
    isPlainSoFar: () => plain,
    isPlain() {
      if (plain && rest) look(rest);
      rest = undefined;
      return plain;
    },
  };
}

/** With the chunk in which it ends, a line stays below the 2 MB that DuckDB's reader takes without larger buffers. */
const LONGEST_LINE = 900_000;
export const CHUNK_BYTES = 1 << 20;

/**
 * Each takes whole lines, a character a byte. The engine of patterns skips most of a text when a pattern looks for one
 * thing: several patterns in turn take a third of the time of one with all of them, which itself is three times faster than a loop.
 */
type Hurts = (text: string) => boolean;

/** Other control characters are no JSON for anybody; DuckDB's reader is told that the character one stands between columns. */
const hurtsJson: Hurts = (text) => {
  const lines = unsureLines(text);
  return (
    CONTROLS.some((character) => lines.includes(character)) ||
    (lines.includes('\\') && ESCAPE.test(lines)) ||
    LENIENT.test(lines) ||
    ODD_START.test(lines) ||
    ODD_FIRST.test(lines)
  );
};

/** The lines that are not surely objects, so that what is said of a line does not depend on those around it. */
function unsureLines(text: string): string {
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    if (end > start && !isSurelyObject(text, start)) lines.push(text.slice(start, end));
    start = end + 1;
  }
  return lines.join('\n');
}

const CONTROLS = ['\r', '\0', '\x01'];

/** A surrogate, which may stand alone, or the character zero. */
const ESCAPE = /\\u(?:[dD]|0000)/;
/** Infinity, inf, NaN and the like where a value may begin, and a comma before a bracket. */
const LENIENT = /[,:[\n][ \t]*-?(?:[iI]|[nN][aA])|,[ \t]*[}\]]/;
/** A line of white space only is blank, and Unicode has more of that than an engine may know. A number by its name may stand alone. */
const ODD_START = /\n[^\n!-~]/;
const ODD_FIRST = /^(?:[^\n!-~]|-?(?:[iI]|[nN][aA]))/;

const CONTROL = String.raw`[\0-\x08\x0b-\x1f]`;
const TSV = new RegExp(String.raw`${CONTROL}|["\\]`);
const CSV = new RegExp(String.raw`${CONTROL}|["\\\t]`);
const hurtsTsv: Hurts = (text) => TSV.test(text);
const hurtsCsv: Hurts = (text) => CSV.test(text);
