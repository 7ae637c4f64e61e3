import type { Effects } from '../core/effects.ts';
import type { Statements } from '../warehouse/statements.ts';
import type { Connection } from '../warehouse/warehouse.ts';
import type { Source } from './contract-types.ts';
import { type FileCounts, NO_ROWS } from './duplicates.ts';
import { ledger } from './ledger.ts';
import type { FileToLoad } from './manifest.ts';
import { type FileOutcome, type PlainFile, type Portion, portions } from './portions.ts';
import { prefetch } from './prefetch.ts';
import { contentOf, hashFile, isUntouched, type RawFile } from './raw-files.ts';
import { WRITTEN_TO } from './raw-record.ts';
import type { LoadProgress } from './report.ts';
import { type LineShape, readsCsv, type Stage, stage } from './stage.ts';

export interface AddFiles {
  readonly connection: Connection;
  readonly statements: Statements;
  readonly batchId: string;
  readonly effects: Effects;
  readonly onProgress: (progress: LoadProgress) => void;
}

export type Rejected = Extract<FileOutcome, { problem: unknown }>;
type Read = Exclude<FileOutcome, Rejected>;
export type Loaded = Read & FileCounts;

export const isRejected = (outcome: FileOutcome): outcome is Rejected => 'problem' in outcome;

/** A file of which bronze holds an earlier content turned out to be unreadable in the middle of a rebuild. */
export class KeepFile extends Error {
  readonly outcome: Rejected;

  constructor(outcome: Rejected) {
    super(outcome.problem.message);
    this.outcome = outcome;
  }
}

/** A file that nobody had read is not plain after all, or was written to: the transaction of its load is undone, and it is read by us. */
class NotPlain extends Error {
  readonly file: FileToLoad;

  constructor(file: FileToLoad) {
    super(`${file.path} is not plain`);
    this.file = file;
  }
}

/**
 * Adds files to bronze; returns what became of them.
 *
 * @param transact runs the work for whole files: in a transaction of its own, or in one that the caller has begun.
 * @param mustKeep says for which paths a failure ends everything with {@link KeepFile}.
 */
export async function addFiles(
  source: Source,
  files: readonly FileToLoad[],
  transact: <T>(work: () => Promise<T>) => Promise<T>,
  mustKeep: (path: string) => boolean,
  job: AddFiles,
): Promise<(Loaded | Rejected)[]> {
  const { connection, statements, batchId, effects, onProgress } = job;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const paths = files.map(({ path }) => path);
  const manifest = ledger(connection, statements, source);
  const done: (Loaded | Rejected)[] = [];
  const mayBePlain = source.files.format === 'jsonl' || readsCsv(connection);
  const readAnew = async (unread: FileToLoad): Promise<(Loaded | Rejected)[]> => {
    let hashed: RawFile;
    try {
      hashed = await hashFile(unread, source.files);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return [{ file: unread, fileNo: 0, problem: { code: 'RAW_UNREADABLE', message } }];
    }
    const file = { ...unread, ...hashed, plain: false };
    return addFiles(source, [file], transact, mustKeep, { ...job, onProgress: () => undefined });
  };
  const queue = prefetch(portions(source, files, mayBePlain));
  try {
    for (let first = await queue.next(); !first.done; first = await queue.next()) {
      const add = async () => {
        const batch = { batchId, loadedAt: effects.clock.now().toISOString() };
        const rows = stage(connection, statements, source.name, { paths, ...batch });
        const ended: FileOutcome[] = [];
        for (let portion: Portion = first.value; ; portion = (await queue.next()).value as Portion) {
          effects.signal.throwIfAborted();
          ended.push(...(await addPortion(rows, portion, source, effects.signal)).map(whenUntouched));
          if (!portion.open) break;
        }
        for (const outcome of ended.filter(isRejected)) {
          if (mustKeep(outcome.file.path)) throw new KeepFile(outcome);
          await rows.forget(outcome.fileNo);
        }
        const counts = await rows.finish();
        effects.signal.throwIfAborted();
        const results = ended.map((outcome) =>
          isRejected(outcome) ? outcome : { ...outcome, ...(counts.get(outcome.fileNo) ?? NO_ROWS) },
        );
        const loaded = results.filter((outcome): outcome is Loaded => !isRejected(outcome));
        await manifest.remember(loaded, batch);
        return results;
      };
      try {
        done.push(...(await transact(add)));
      } catch (error) {
        if (!(error instanceof NotPlain)) throw error;
        done.push(...(await readAnew(error.file)));
      }
      onProgress({
        source: source.name,
        file: done.at(-1)!.file.path,
        bytesDone: done.reduce((sum, { file }) => sum + file.bytes, 0),
        bytesTotal: total,
      });
    }
  } finally {
    await queue.return(undefined);
  }
  return done;
}

/** Returns what became of the files that end in a portion; of one that nobody had read, with its hash. */
async function addPortion(
  stage: Stage,
  { plain, rows, outcomes }: Portion,
  source: Source,
  signal: AbortSignal,
): Promise<readonly FileOutcome[]> {
  if (rows.length > 0) await stage.add(rows);
  const [lines] = plain;
  const unread =
    lines && outcomes.find(({ fileNo, file }) => fileNo === lines.fileNo && file.contentHash === undefined);
  if (unread) {
    const contentHash = await addUnread(stage, lines, unread.file, source, signal);
    return outcomes.map((outcome) =>
      outcome === unread ? { ...unread, file: { ...unread.file, contentHash } } : outcome,
    );
  }
  for (const files of together(plain)) await stage.addLines(files, files[0]!.shape);
  return outcomes;
}

/** @throws {NotPlain} when what comes after the beginning of the file is not like it. */
async function addUnread(
  stage: Stage,
  lines: PlainFile,
  file: FileToLoad,
  source: Source,
  signal: AbortSignal,
): Promise<string> {
  const content = contentOf(source.files);
  const look = (chunk: Buffer) => {
    signal.throwIfAborted();
    return content.look(chunk);
  };
  try {
    await stage.addLines([lines], lines.shape, { ...content, look });
  } catch (error) {
    if (signal.aborted || (content.isPlainSoFar() && isUntouched(file))) throw error;
    throw new NotPlain(file);
  }
  if (!content.isPlainSoFar()) throw new NotPlain(file);
  return content.hash();
}

/** To number the lines of several files in one statement, an engine holds all of them. */
const TOGETHER_BYTES = 8 << 20;
/** The text of a statement has an end. */
const TOGETHER_FILES = 500;

/** Cuts plain files into runs of one shape. */
function together(plain: readonly PlainFile[]): PlainFile[][] {
  const runs: PlainFile[][] = [];
  let bytes = 0;
  for (const file of plain) {
    const run = runs.at(-1);
    bytes += file.bytes;
    const joins =
      run && run.length < TOGETHER_FILES && bytes <= TOGETHER_BYTES && isSameShape(run[0]!.shape, file.shape);
    if (joins) run.push(file);
    else {
      runs.push([file]);
      bytes = file.bytes;
    }
  }
  return runs;
}

const isSameShape = (a: LineShape, b: LineShape): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A plain file was read by the engine after it was found: somebody may have written to it in between. */
const whenUntouched = (outcome: FileOutcome): FileOutcome =>
  isRejected(outcome) || isUntouched(outcome.file) ? outcome : { ...outcome, problem: WRITTEN_TO };
