import type { Problem } from '../core/errors.ts';
import { count, plural } from '../core/format.ts';

/** What a load did with one file. */
export interface FileReport {
  readonly source: string;
  /** Relative to the folder of the raw files. */
  readonly file: string;
  /** `copy`: the same bytes are in bronze under another path; a file without rows counts as unchanged. `rejected`: see the problems. */
  readonly state: 'loaded' | 'unchanged' | 'copy' | 'rejected';
  /** Of a copy: the path under which its content is known. */
  readonly copyOf?: string;
  readonly rowsRead: number;
  /** Records that were in bronze already or stood in the file more than once. */
  readonly duplicates: number;
  /** Lines that are no record; bronze holds them with their problem. */
  readonly malformed: number;
}

/** What a load did with one source. */
export interface SourceReport {
  readonly source: string;
  /** True: a file had changed or was pruned, so the rows of all files were loaded anew in one transaction. */
  readonly rebuilt: boolean;
  /** Every file on disk, sorted by path. */
  readonly files: readonly FileReport[];
  readonly filesLoaded: number;
  /** Unchanged files and copies. */
  readonly filesSkipped: number;
  readonly rowsRead: number;
  /** Records that bronze did not hold before. Without a rebuild, `rowsRead` less `duplicates`. */
  readonly rowsAdded: number;
  readonly duplicates: number;
  readonly malformed: number;
  /** Records that bronze held before and holds no more. */
  readonly rowsRemoved: number;
}

export interface LoadReport {
  readonly batchId: string;
  readonly sources: readonly SourceReport[];
  /** Files that were not loaded and sources without files: the load went on with the rest, and the command ends with an error. */
  readonly problems: readonly Problem[];
  /** What was loaded and deserves a look. */
  readonly warnings: readonly Problem[];
  readonly milliseconds: number;
}

/** How far a load is, after each portion of rows. */
export interface LoadProgress {
  readonly source: string;
  /** The file that was read last. */
  readonly file: string;
  /** Bytes of the files that are in bronze by now. */
  readonly bytesDone: number;
  /** Bytes of the files of this source that are to be loaded. */
  readonly bytesTotal: number;
}

/** One line for people: `712,004 rows from 540 files: 705,120 new, 6,884 duplicates, 352 malformed`. */
export function describeLoad({ sources }: LoadReport): string {
  const total = (of: (source: SourceReport) => number) => sources.reduce((sum, source) => sum + of(source), 0);
  const inState = (state: FileReport['state']) => total(({ files }) => files.filter((f) => f.state === state).length);
  const loaded = inState('loaded');
  const added = count(total((source) => source.rowsAdded));
  const parts =
    loaded === 0
      ? ['nothing new']
      : [
          `${plural(
            total((source) => source.rowsRead),
            'row',
          )} from ${plural(loaded, 'file')}: ${added} new`,
        ];
  const say = (n: number, text: string) => void (n > 0 && parts.push(text));
  const duplicates = total((source) => source.duplicates);
  const malformed = total((source) => source.malformed);
  const removed = total((source) => source.rowsRemoved);
  say(duplicates, plural(duplicates, 'duplicate'));
  say(malformed, `${count(malformed)} malformed`);
  say(removed, `${count(removed)} removed`);
  say(inState('unchanged'), `${plural(inState('unchanged'), 'file')} unchanged`);
  say(inState('copy'), `${plural(inState('copy'), 'file')} known under another name`);
  say(inState('rejected'), `${plural(inState('rejected'), 'file')} refused`);
  return parts.join(', ');
}
