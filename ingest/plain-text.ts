import { isUtf8 } from 'node:buffer';
import type { Files } from './contract-types.ts';

/** Looks at the bytes of a file as they pass, to tell whether an engine may read its lines by itself. */
export interface PlainText {
  /** The next bytes; chunks may end anywhere. */
  look(chunk: Buffer): void;
  /** Whether the engine's own reading of the whole file is ours, line by line and verdict by verdict. Ask at the end. */
  isPlain(): boolean;
}

const LINE_FEED = 10;

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
  const hurts = format === 'jsonl' ? HURTS_JSON : delimiter === '\t' ? HURTS_TSV : HURTS_CSV;

  /** Whole lines; the last one of a file may lack its line feed. A byte is a character here, so that the bytes are looked at as they are. */
  const look = (bytes: Buffer) => {
    plain &&= isUtf8(bytes) && !hurts.test(bytes.toString('latin1'));
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
      look(bytes.subarray(0, end));
      rest = end < bytes.length ? bytes.subarray(end) : undefined;
      // A line that goes on and on is nothing for the engine's reader.
      if (rest && rest.length > LONGEST_LINE) plain = false;
    },
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

// One pattern each, because the engine of patterns goes over bytes three times faster than a loop does.
const CONTROL = String.raw`[\0-\x08\x0b-\x1f]`;
/** A surrogate, which may stand alone, or the character zero. */
const ESCAPE = String.raw`\\u(?:[dD]|0000)`;
/** Infinity, inf, NaN and the like, where a value may begin. */
const NO_NUMBER = String.raw`(?:^|[,:[\n])[ \t]*-?(?:[iI]|[nN][aA])`;
const LAST_COMMA = String.raw`,[ \t]*[}\]]`;
/** A line of white space only is blank, and Unicode has more of that than an engine may know. */
const BLANK = String.raw`(?:^|\n)(?:[ \t]*[\x80-\xff]|[ \t]+(?:\n|$))`;

const HURTS_JSON = new RegExp([CONTROL, ESCAPE, NO_NUMBER, LAST_COMMA, BLANK].join('|'));
const HURTS_TSV = new RegExp(String.raw`${CONTROL}|["\\]`);
const HURTS_CSV = new RegExp(String.raw`${CONTROL}|["\\\t]`);
