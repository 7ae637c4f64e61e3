import { type TextFile, textFile, type WrittenFile } from './day-files.ts';
import type { Fault } from './event-feed.ts';
import { userId } from './people.ts';
import type { WindowProbabilities } from './rollouts.ts';
import type { User } from './world.ts';

/** The files of `data/truth/<name>/` but for `world.json`. Nothing loads them; reports hold models against them. */
export interface Truth {
  /** Of every user who is active at the end of the day. */
  probabilities(date: string, active: readonly User[]): void;
  windows(date: string, active: readonly User[], values: readonly WindowProbabilities[]): void;
  faults(source: string, file: string, faults: readonly Fault[]): void;
  /** A field that appears in the files from this one on. */
  newField(source: string, file: string, field: string): void;
  finish(): WrittenFile[];
  abandon(): void;
}

export function truth(folder: string): Truth {
  const open = (path: string, header: string): TextFile => {
    const file = textFile(folder, path);
    file.write(`${header}\n`);
    return file;
  };
  const daily = open('churn_probability.csv', 'date_day,user_id,p_1d');
  const window = open('churn_window_probability.csv', 'date_day,user_id,p_7d,p_14d,p_30d');
  const ledger = open('faults.csv', 'kind,source,file,line,id');
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
    faults(source, file, faults) {
      for (const { kind, line, id } of faults) ledger.write(`${kind},${source},${file},${line},${id}\n`);
    },
    newField: (source, file, field) => ledger.write(`new_field,${source},${file},,${field}\n`),
    finish: () => files.map((file) => file.finish()),
    abandon() {
      for (const file of files) file.abandon();
    },
  };
}
