/**
 * Why a line of a raw file is no record. Such a line is kept in bronze with its text.
 *
 * - `malformed_json`: no JSON by RFC 8259 (so `NaN`, `Infinity` and trailing commas count as malformed on every engine).
 * - `not_an_object`: JSON, but an array, a number, a string, a boolean or null.
 * - `lone_surrogate`, `nul_character`: text that no engine, or not every engine, can store.
 * - `malformed_csv`: a quote that is not closed, or that stands where none may stand (RFC 4180).
 * - `column_count`: more or fewer fields than the header.
 * - `invalid_utf8`: bytes that are no UTF-8; the text is then those bytes as Latin-1, from which they can be got back.
 */
export type LineProblem =
  | 'malformed_json'
  | 'not_an_object'
  | 'lone_surrogate'
  | 'nul_character'
  | 'malformed_csv'
  | 'column_count'
  | 'invalid_utf8';

/** One record of a raw file, or a line that should have been one. */
export interface RawRecord {
  /** 1-based physical line on which it begins. */
  readonly lineNo: number;
  /** As it stands in the file, without the line end. */
  readonly raw: string;
  /** A CSV row as a JSON object by header; null for JSON lines, where the raw text is the record, and for problems. */
  readonly parsed: string | null;
  readonly problem: LineProblem | null;
}

/** A file that cannot be loaded at all. */
export class RejectedFile extends Error {
  readonly code: 'RAW_UNREADABLE' | 'RAW_COLUMN_MISSING' | 'RAW_COLUMN_NEW';
  /** The nearest valid name, where a name is wrong. */
  readonly nearest: string | undefined;

  constructor(code: RejectedFile['code'], message: string, nearest?: string) {
    super(message);
    this.code = code;
    this.nearest = nearest;
  }
}

/** Of a file that is not the one any more that was hashed. */
export const WRITTEN_TO = {
  code: 'RAW_UNREADABLE',
  message: 'the file was written to while it was read',
} as const;

/** Text that every engine can store: none of them agrees on NUL, so its visible symbol stands for it. */
export const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\u2400') : text);
