import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../../core/errors.ts';
import type { Source } from '../contract-types.ts';

/** A line of the ledger that the generator writes, `data/truth/<name>/faults.csv`. */
export interface Fault {
  /** Name of the rule of the scenario. */
  readonly rule: string;
  readonly kind: string;
  readonly source: string;
  /** Relative to the folder of the raw files. */
  readonly file: string;
  /** From 1, the header of a CSV file included; undefined for a fault of the whole file. */
  readonly line: number | undefined;
  /** The raw column, dotted inside of JSON; empty where the whole record is struck. */
  readonly column: string;
}

/** A field that appears with the drift of the world is no fault: the generator only notes it. */
const NO_FAULT = new Set(['new_field']);

/**
 * Reads a ledger.
 *
 * @param shown how messages call the file.
 * @throws {TidemarkError} RAW_NOT_FOUND when there is none.
 */
export function readFaults(path: string, shown: string): Fault[] {
  if (!existsSync(path)) {
    throw new TidemarkError({
      code: 'RAW_NOT_FOUND',
      message: `${shown} does not exist: only worlds of the generator have a ledger of their faults`,
      hint: 'Run `tidemark generate`, `tidemark load` and `tidemark run --tags silver` with the same scenario first.',
    });
  }
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((text) => {
      const [rule = '', kind = '', source = '', file = '', line = '', , column = ''] = text.split(',');
      return { rule, kind, source, file, line: line === '' ? undefined : Number(line), column };
    })
    .filter(({ kind }) => !NO_FAULT.has(kind));
}

/**
 * The faults of a source that can show in its files: a column that is renamed in a file without records leaves no trace.
 *
 * @param rawDir where the files lie.
 */
export function visibleFaults(faults: readonly Fault[], { name, files }: Source, rawDir: string): Fault[] {
  const header = files.format === 'csv' ? 1 : 0;
  const isEmpty = (path: string) =>
    existsSync(path) &&
    statSync(path).size < LONGEST_HEADER &&
    readFileSync(path, 'utf8').split('\n').filter(Boolean).length <= header;
  return faults.filter(
    ({ source, line, kind, file }) =>
      source === name && (line !== undefined || kind === 'empty_file' || !isEmpty(join(rawDir, file))),
  );
}

/** Larger files hold more than a header, or are compressed. */
const LONGEST_HEADER = 4096;
