import type { Effects } from '../core/effects.ts';
import type { Problem } from '../core/errors.ts';
import type { Source } from './contract-types.ts';
import type { KnownFile } from './manifest.ts';
import { findFiles, hashFile, type RawFile, recognized } from './raw-files.ts';
import type { FileReport } from './report.ts';

export interface SurveyJob {
  readonly rawDir: string;
  /** The same folder as problems name it. */
  readonly shownDir: string;
  /** True: a file whose path, size and time the manifest knows is not looked into. */
  readonly onlyNew: boolean;
  /** False for a file that somebody still writes to: it is left alone, with what bronze holds of it. */
  readonly isWhole: (path: string) => boolean;
  readonly effects: Effects;
}

/** What lies on disk for a source; a load adds what it finds later. */
export interface Survey {
  /** False: no file at all. */
  readonly isThere: boolean;
  readonly files: readonly RawFile[];
  /** Paths whose rows stay whatever lies on disk. */
  readonly kept: Set<string>;
  readonly refused: readonly FileReport[];
  readonly problems: readonly Problem[];
  readonly refuse: (path: string, problem: Pick<Problem, 'code' | 'message' | 'nearest'>) => void;
}

/** Looks at the files of a source. */
export async function survey(
  source: Source,
  known: ReadonlyMap<string, KnownFile>,
  { rawDir, shownDir, onlyNew, isWhole, effects }: SurveyJob,
): Promise<Survey> {
  const problems: Problem[] = [];
  const kept = new Set<string>();
  const refused: FileReport[] = [];
  const refuse: Survey['refuse'] = (path, problem) => {
    const hint = known.has(path) ? { hint: 'Mend the file; until then the rows of its earlier content stay.' } : {};
    problems.push({ ...problem, file: `${shownDir}/${path}`, ...hint });
    refused.push({ source: source.name, file: path, state: 'rejected', rowsRead: 0, duplicates: 0, malformed: 0 });
  };
  const look = async (path: string): Promise<RawFile> => {
    const before = known.get(path);
    return (
      (onlyNew && before && recognized(rawDir, path, before)) || (await hashFile(rawDir, path, source.files, before))
    );
  };

  const files: RawFile[] = [];
  const paths = findFiles(rawDir, source.files.pattern);
  if (paths.length === 0) {
    const message = `no file matches ${source.files.pattern} in ${shownDir}, where the source ${source.name} should lie`;
    problems.push({ code: 'RAW_NOT_FOUND', message, file: source.file });
  }
  for (const path of paths) {
    effects.signal.throwIfAborted();
    if (!isWhole(path)) {
      kept.add(path);
      continue;
    }
    try {
      files.push(await look(path));
    } catch (error) {
      kept.add(path);
      refuse(path, { code: 'RAW_UNREADABLE', message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { isThere: paths.length > 0, files, kept, refused, problems, refuse };
}
