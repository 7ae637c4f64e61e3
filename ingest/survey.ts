import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Effects } from '../core/effects.ts';
import type { Problem } from '../core/errors.ts';
import type { Source } from './contract-types.ts';
import { lineShape } from './line-shape.ts';
import type { KnownFile } from './manifest.ts';
import { findFiles, hashFile, type RawFile, recognized, unreadFile } from './raw-files.ts';
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
  /** True: a large file that is new is read by its load alone, and its hash is unknown until then. */
  readonly readsOnce: boolean;
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
  { rawDir, shownDir, onlyNew, isWhole, effects, readsOnce }: SurveyJob,
): Promise<Survey> {
  const problems: Problem[] = [];
  const kept = new Set<string>();
  const refused: FileReport[] = [];
  const refuse: Survey['refuse'] = (path, problem) => {
    const hint = known.has(path) ? { hint: 'Mend the file; until then the rows of its earlier content stay.' } : {};
    problems.push({ ...problem, file: `${shownDir}/${path}`, ...hint });
    refused.push({ source: source.name, file: path, state: 'rejected', rowsRead: 0, duplicates: 0, malformed: 0 });
  };
  const files: RawFile[] = [];
  const paths = findFiles(rawDir, source.files.pattern);
  const isNew = readsOnce && source.files.format === 'jsonl' ? newBySize(rawDir, paths, known) : () => false;
  const unread = async (path: string) => {
    const file = await unreadFile(rawDir, path, source.files);
    return file && (await lineShape(source, file)) && file;
  };
  const look = async (path: string): Promise<RawFile> => {
    const before = known.get(path);
    return (
      (onlyNew && before && recognized(rawDir, path, before)) ||
      (isNew(path) && (await unread(path))) ||
      (await hashFile({ path, fullPath: join(rawDir, path) }, source.files, before))
    );
  };
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

/** Smaller files are read twice in no time, and many of them in one statement. */
const LARGE_BYTES = 8 << 20;

/** Large files whose content cannot be known under another name: no other file, known or there, has as many bytes. */
function newBySize(
  rawDir: string,
  paths: readonly string[],
  known: ReadonlyMap<string, KnownFile>,
): (path: string) => boolean {
  const sizes = new Map(
    paths.map((path) => [path, statSync(join(rawDir, path), { throwIfNoEntry: false })?.size ?? 0] as const),
  );
  const times = new Map<number, number>();
  for (const bytes of [...sizes.values(), ...[...known.values()].map(({ bytes }) => bytes)]) {
    times.set(bytes, (times.get(bytes) ?? 0) + 1);
  }
  return (path) => !known.has(path) && sizes.get(path)! >= LARGE_BYTES && times.get(sizes.get(path)!) === 1;
}
