import { userId } from './people.ts';
import type { WindowProbabilities } from './rollouts.ts';
import type { SourceFile } from './source-files.ts';
import { type TextFile, textFile } from './text-file.ts';
import type { User } from './world.ts';

/**
 * The files of `data/truth/<name>/` but for `world.json`, in the order in which they are listed. Nothing loads them; reports hold models
 * against them.
 */
export const TRUTH_FILES = {
  'churn_probability.csv': 'date_day,user_id,p_1d',
  'churn_window_probability.csv': 'date_day,user_id,p_7d,p_14d,p_30d',
  'faults.csv': 'rule,kind,source,file,line,id,column',
} as const;

export type TruthFile = keyof typeof TRUTH_FILES;

/** A part of the truth files, for some days or some sources: without headers, to be put together by {@link joinTruth}. */
export interface TruthPart {
  /** Of every user who is active at the end of the day. */
  probabilities(date: string, active: readonly User[]): void;
  windows(date: string, active: readonly User[], values: readonly WindowProbabilities[]): void;
  faults(file: SourceFile): void;
  /** A field that appears in the files of a source from this one on. */
  newField(file: SourceFile, field: string): void;
  finish(): void;
  abandon(): void;
}

export function truthPart(folder: string): TruthPart {
  const open = (name: TruthFile): TextFile => textFile(folder, name);
  const daily = open('churn_probability.csv');
  const window = open('churn_window_probability.csv');
  const ledger = open('faults.csv');
  const files = [daily, window, ledger];
  return {
    probabilities(date, active) {
      for (const { number, hazard } of active) daily.write(`${date},${userId(number)},${hazard.toFixed(8)}\n`);
    },
    windows(date, active, values) {
      for (const [index, { number }] of active.entries()) {
        window.write(`${date},${userId(number)},${values[index]!.map((p) => p.toFixed(6)).join(',')}\n`);
      }
    },
    faults({ source, path, faults }) {
      for (const { rule, kind, line = '', id, column = '' } of faults)
        ledger.write(`${rule},${kind},${source},${path},${line},${id},${column}\n`);
    },
    newField: ({ source, path }, field) => ledger.write(`drift,new_field,${source},${path},,,${field}\n`),
    finish() {
      for (const file of files) file.finish();
    },
    abandon() {
      for (const file of files) file.abandon();
    },
  };
}
