import { createHash } from 'node:crypto';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Calendar } from './calendar.ts';
import { type DayFile, dayFiles, type WrittenFile } from './day-files.ts';
import { type FileFaults, fileDirt } from './dirt/file-dirt.ts';
import type { DirtRule } from './dirt/rule.ts';
import type { Mark } from './dirt/source-dirt.ts';
import { type Format, lineOf } from './dirt/text.ts';
import type { Rec } from './source.ts';

/** A fault in a file. */
export interface Fault extends Mark {
  /** 1-based number of the line, the header of a CSV file included; undefined for a fault of the whole file. */
  readonly line?: number;
  /** Identifies the record; empty for a fault of the whole file. */
  readonly id: string;
}

/** One literal without a spread, which takes ten times as long. */
export const faultOf = ({ rule, kind, column }: Mark, line: number, id: string): Fault =>
  column === undefined ? { rule, kind, line, id } : { rule, kind, column, line, id };

/** A file of a source that is done. */
export interface SourceFile extends WrittenFile {
  readonly source: string;
  readonly columns: readonly string[];
  /** Records in it, the header not counted. */
  readonly rows: number;
  /** By line, those of the whole file first. */
  readonly faults: readonly Fault[];
}

/** Where records of one source go, and as what. Days of arrival lead to files; only days out of order make them differ. */
export interface SourceFiles {
  /** The day by whose date the file is named in which the records stand that arrive on a day. */
  fileDay(arrival: number): number;
  /** True when records of this day of arrival are spelt as they are. */
  isPlain(arrival: number): boolean;
  /** Spells a record, with the key of its luck, as a line without its end, in the way of the file in which it will stand. */
  line(arrival: number, record: Rec, a: number, b: number): string;
  /** Opens the file for the records of a day of arrival; `done` ends it, or `abandon` of the file does. */
  open(arrival: number): { readonly file: DayFile; done(rows: number, faults: readonly Fault[]): SourceFile };
}

export interface Target {
  readonly name: string;
  readonly format: Format;
  readonly columns: readonly string[];
  /** What the names of the files end in, when it is not the format: lines of JSON that will become something else. */
  readonly extension?: string;
}

export function sourceFiles(
  folder: string,
  { name, format, columns, extension = format }: Target,
  rules: readonly DirtRule[],
  calendar: Calendar,
): SourceFiles {
  const dirt = fileDirt(rules, columns, calendar.days);
  const begin = dayFiles(folder);
  const faultsOf: (FileFaults | undefined)[] = [];
  /** Two files that are swapped name each other, so the map from arrivals to files is its own inverse. */
  const fileDay = (arrival: number) => dirt.of(arrival)?.order?.day ?? arrival;
  const faults = (arrival: number) => {
    if (!(arrival in faultsOf)) faultsOf[arrival] = dirt.of(fileDay(arrival));
    return faultsOf[arrival];
  };
  return {
    fileDay,
    isPlain: (arrival) => faults(arrival)?.shape === undefined,
    line(arrival, record, a, b) {
      const shape = faults(arrival)?.shape;
      return shape ? lineOf(format, shape.columns, shape.of(record, a, b)) : lineOf(format, columns, record);
    },
    open(arrival) {
      const { shape, keep, order } = faults(arrival) ?? {};
      const file = begin(`${name}/${calendar.date(fileDay(arrival))}.${extension}`);
      const header = format === 'csv' ? `${(shape?.columns ?? columns).join(',')}\n` : '';
      const first = format === 'csv' ? 1 : 0;
      file.text(header);
      return {
        file,
        done(rows, records) {
          const marks = [...(shape?.marks ?? []), ...(keep ? [keep.mark] : []), ...(order ? [order.mark] : [])];
          const whole = { ...file.finish(), source: name, columns: shape?.columns ?? columns, rows };
          const left = keep ? cut(folder, whole, Math.max(header.length, Math.floor(whole.bytes * keep.share))) : whole;
          const rest = first === 0 ? records : records.map((fault) => faultOf(fault, fault.line! + first, fault.id));
          return {
            ...left,
            rows: keep ? left.rows - first : rows,
            faults: [
              ...marks.map((mark) => ({ ...mark, id: '' })),
              ...(keep ? rest.filter(({ line }) => line! <= left.rows) : rest),
            ],
          };
        },
      };
    },
  };
}

/** Leaves so many bytes of a file; `rows` of the result counts its lines, also one that is cut. */
function cut<T extends WrittenFile>(folder: string, file: T, bytes: number): T & { rows: number } {
  const full = join(folder, file.path);
  truncateSync(full, bytes);
  const left = readFileSync(full);
  let rows = left.length > 0 && left.at(-1) !== LINE_FEED ? 1 : 0;
  for (let at = left.indexOf(LINE_FEED); at >= 0; at = left.indexOf(LINE_FEED, at + 1)) rows++;
  return { ...file, bytes, sha256: createHash('sha256').update(left).digest('hex'), rows };
}

const LINE_FEED = 10;
