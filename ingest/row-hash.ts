import { hash } from 'node:crypto';
import type { RawRecord } from './raw-record.ts';

/**
 * MD5 of the record, in SQL of an engine: the JSON line, or the CSV row with its header, for the same fields under other names are another
 * record. It never covers the path. Text that stands for other bytes is set apart from the same text written properly.
 */
export const ROW_HASH = `md5(case
  when problem in ('invalid_utf8', 'nul_character') then problem || ':' || raw
  else coalesce(parsed, raw)
end)`;

type Hashed = Pick<RawRecord, 'raw' | 'parsed'> & { readonly problem: string | null };

function hashedText({ raw, parsed, problem }: Hashed): string {
  const standsForOther = problem === 'invalid_utf8' || problem === 'nul_character';
  return standsForOther ? `${problem}:${raw}` : (parsed ?? raw);
}

/** The same, where we compute it ourselves. */
export const rowHash = (row: Hashed): string => hash('md5', hashedText(row));

/** The same as 16 bytes, a character each: half as many as there are digits. */
export const rowDigest = (row: Hashed): string => hash('md5', hashedText(row), 'binary');

/** The digest of a JSON line without a problem of its bytes, from these. */
export const lineDigest = (bytes: Buffer): string => hash('md5', bytes, 'binary');
