import type { Effects } from '../core/effects.ts';
import type { Problem } from '../core/errors.ts';
import type { Statements } from '../warehouse/statements.ts';
import type { Connection } from '../warehouse/warehouse.ts';
import type { Source } from './contract-types.ts';
import { type FilePlan, type KnownFile, planFiles } from './manifest.ts';
import { type Absent, type FileOutcome, type Portion, portions } from './portions.ts';
import { prefetch } from './prefetch.ts';
import { findFiles, hashFile, isUntouched, type RawFile } from './raw-files.ts';
import { WRITTEN_TO } from './raw-record.ts';
import type { FileReport, LoadProgress, SourceReport } from './report.ts';
import { type FileCounts, stage } from './stage.ts';
import { bronzeTable, LOAD_FILES } from './tables.ts';

export interface SourceLoad {
  readonly connection: Connection;
  readonly statements: Statements;
  readonly rawDir: string;
  /** The same folder as problems name it. */
  readonly shownDir: string;
  readonly batchId: string;
  readonly prune: boolean;
  readonly effects: Effects;
  readonly onProgress: (progress: LoadProgress) => void;
}

export interface SourceResult {
  readonly report: SourceReport;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** A file of which bronze holds an earlier content turned out to be unreadable in the middle of a rebuild. */
class KeepFile extends Error {
  readonly outcome: Rejected;

  constructor(outcome: Rejected) {
    super(outcome.problem.message);
    this.outcome = outcome;
  }
}

type Rejected = Extract<FileOutcome, { problem: unknown }>;
type Read = Exclude<FileOutcome, Rejected>;
type Loaded = Read & FileCounts;

const NO_ROWS: FileCounts = { rowsRead: 0, malformed: 0, duplicates: 0 };

const isRejected = (outcome: FileOutcome): outcome is Rejected => 'problem' in outcome;

/** Brings the bronze table of one source up to what lies on disk. */
export async function loadSource(source: Source, job: SourceLoad): Promise<SourceResult> {
  const { connection, effects, rawDir, shownDir, prune } = job;
  const problems: Problem[] = [];
  const kept = new Set<string>();
  const refused: FileReport[] = [];
  const known = await knownFiles(source, job);
  const isKnown = (path: string) => known.some((file) => file.path === path);
  const refuse = (path: string, problem: Rejected['problem']) => {
    const hint = isKnown(path) ? { hint: 'Mend the file; until then the rows of its earlier content stay.' } : {};
    problems.push({ ...problem, file: `${shownDir}/${path}`, ...hint });
    refused.push({ source: source.name, file: path, state: 'rejected', rowsRead: 0, duplicates: 0, malformed: 0 });
  };

  const files: RawFile[] = [];
  const paths = findFiles(rawDir, source.files.pattern);
  if (paths.length === 0) {
    const message = `no file matches ${source.files.pattern} in ${shownDir}, where the source ${source.name} should lie`;
    problems.push({ code: 'RAW_NOT_FOUND', message, file: source.file });
    return { report: reportOf(source, [], undefined), problems, warnings: [] };
  }
  for (const path of paths) {
    effects.signal.throwIfAborted();
    try {
      files.push(await hashFile(rawDir, path, source.files));
    } catch (error) {
      kept.add(path);
      refuse(path, { code: 'RAW_UNREADABLE', message: error instanceof Error ? error.message : String(error) });
    }
  }

  for (;;) {
    const plan = planFiles(files, known, formatOf(source), { prune, kept });
    try {
      const { outcomes, change } = plan.rebuild
        ? await connection.transaction(() => rebuild(source, plan, plan.rebuild!, isKnown, job))
        : {
            outcomes: await add(
              source,
              plan.load,
              (work) => connection.transaction(work),
              () => false,
              job,
            ),
            change: undefined,
          };
      for (const { file, problem } of outcomes.filter(isRejected)) refuse(file.path, problem);
      const loaded = outcomes.filter((outcome): outcome is Loaded => !isRejected(outcome));
      return {
        report: reportOf(source, [...fileReports(source, plan, loaded, known), ...refused], change),
        problems,
        warnings: warningsOf(loaded, shownDir),
      };
    } catch (error) {
      if (!(error instanceof KeepFile)) throw error;
      kept.add(error.outcome.file.path);
      refuse(error.outcome.file.path, error.outcome.problem);
    }
  }
}

type Transact = <T>(work: () => Promise<T>) => Promise<T>;

/** Adds files to bronze; returns what became of them. `mustKeep` says for which paths a failure ends everything with {@link KeepFile}. */
async function add(
  source: Source,
  files: readonly RawFile[],
  transact: Transact,
  mustKeep: (path: string) => boolean,
  job: SourceLoad,
): Promise<(Loaded | Rejected)[]> {
  const { connection, statements, effects, batchId } = job;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const rows = stage(connection, statements, source.name);
  const done: (Loaded | Rejected)[] = [];
  const queue = prefetch(portions(source, files));
  try {
    for (let first = await queue.next(); !first.done; first = await queue.next()) {
      const outcomes = await transact(async () => {
        const ended: FileOutcome[] = [];
        await rows.open();
        for (let portion: Portion = first.value; ; portion = (await queue.next()).value as Portion) {
          effects.signal.throwIfAborted();
          if (portion.shape) {
            for (const outcome of portion.outcomes) {
              await rows.addFile(outcome.file.fullPath, outcome.fileNo, portion.shape);
              ended.push(isUntouched(outcome.file) ? outcome : { ...outcome, problem: WRITTEN_TO });
            }
          } else {
            await rows.add(portion.rows);
            ended.push(...portion.outcomes);
          }
          if (!portion.open) break;
        }
        for (const outcome of ended.filter(isRejected)) {
          if (mustKeep(outcome.file.path)) throw new KeepFile(outcome);
          await rows.forget(outcome.fileNo);
        }
        const loadedAt = effects.clock.now().toISOString();
        const paths = new Map(ended.map(({ file, fileNo }) => [fileNo, file.path]));
        const counts = await rows.commit(paths, { batchId, loadedAt });
        effects.signal.throwIfAborted();
        const results = ended.map((outcome) =>
          isRejected(outcome) ? outcome : { ...outcome, ...(counts.get(outcome.fileNo) ?? NO_ROWS) },
        );
        await remember(source, results, loadedAt, job);
        return results;
      });
      done.push(...outcomes);
      job.onProgress({
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

interface Change {
  readonly rowsAdded: number;
  readonly rowsRemoved: number;
}

/** Loads all files anew in place of the rows of the paths to remove. Runs inside a transaction. */
async function rebuild(
  source: Source,
  plan: FilePlan,
  { remove }: NonNullable<FilePlan['rebuild']>,
  mustKeep: (path: string) => boolean,
  job: SourceLoad,
): Promise<{ outcomes: (Loaded | Rejected)[]; change: Change }> {
  const { connection, statements } = job;
  const { relation, literal, temporary } = statements;
  const bronze = relation(bronzeTable(source.name));
  const paths = `(${remove.map(literal).join(', ')})`;
  for (const sql of statements.createTemporary(
    'load_before',
    `select row_hash from ${bronze} where source_file in ${paths}`,
  )) {
    await connection.execute(sql);
  }
  await connection.execute(`delete from ${bronze} where source_file in ${paths}`);
  await connection.execute(
    `delete from ${relation(LOAD_FILES)} where source = ${literal(source.name)} and source_file in ${paths}`,
  );
  const outcomes = await add(source, plan.load, (work) => work(), mustKeep, job);
  const [counts] = await connection.rows<{ before: number; removed: number }>(
    `select count(*) as before,
       count(case when not exists (select 1 from ${bronze} as b where b.row_hash = o.row_hash) then 1 end) as removed
     from ${temporary('load_before')} as o`,
  );
  await connection.execute(statements.dropTemporary('load_before'));
  const inserted = outcomes.reduce((sum, o) => sum + (isRejected(o) ? 0 : o.rowsRead - o.duplicates), 0);
  const rowsRemoved = Number(counts!.removed);
  return { outcomes, change: { rowsAdded: inserted - (Number(counts!.before) - rowsRemoved), rowsRemoved } };
}

const MANIFEST_COLUMNS = [
  'source',
  'source_file',
  'content_hash',
  'format',
  'bytes',
  'rows_read',
  'rows_added',
  'duplicates',
  'malformed',
  'batch_id',
  'loaded_at',
];

async function remember(
  source: Source,
  outcomes: readonly (Loaded | Rejected)[],
  loadedAt: string,
  { connection, batchId }: SourceLoad,
): Promise<void> {
  const rows = outcomes
    .filter((outcome): outcome is Loaded => !isRejected(outcome))
    .map(({ file, rowsRead, duplicates, malformed }) => [
      source.name,
      file.path,
      file.contentHash,
      formatOf(source),
      file.bytes,
      rowsRead,
      rowsRead - duplicates,
      duplicates,
      malformed,
      batchId,
      loadedAt,
    ]);
  if (rows.length > 0) await connection.append(LOAD_FILES, MANIFEST_COLUMNS, rows);
}

/** `jsonl`, or `csv` with its delimiter: what a file is read by. */
const formatOf = ({ files }: Source): string => (files.format === 'csv' ? `csv ${files.delimiter}` : files.format);

async function knownFiles(source: Source, { connection, statements }: SourceLoad): Promise<KnownFile[]> {
  const rows = await connection.rows<{ source_file: string; content_hash: string; format: string; rows_read: number }>(
    `select source_file, content_hash, format, rows_read from ${statements.relation(LOAD_FILES)} where source = $1 order by source_file`,
    [source.name],
  );
  return rows.map((row) => ({
    path: row.source_file,
    contentHash: row.content_hash,
    format: row.format,
    rows: Number(row.rows_read),
  }));
}

function fileReports(
  source: Source,
  plan: FilePlan,
  loaded: readonly Loaded[],
  known: readonly KnownFile[],
): FileReport[] {
  const rowsIn = (path: string) =>
    loaded.find(({ file }) => file.path === path)?.rowsRead ?? known.find((file) => file.path === path)?.rows;
  const nothing = { rowsRead: 0, duplicates: 0, malformed: 0 };
  return [
    ...plan.unchanged.map((file) => ({
      source: source.name,
      file: file.path,
      state: 'unchanged' as const,
      ...nothing,
    })),
    ...plan.copies.map(({ file, of }) => ({
      source: source.name,
      file: file.path,
      // A header alone is what any day without records looks like, no copy of another.
      ...(rowsIn(of) === 0 ? { state: 'unchanged' as const } : { state: 'copy' as const, copyOf: of }),
      ...nothing,
    })),
    ...loaded.map(({ file, rowsRead, duplicates, malformed }) => ({
      source: source.name,
      file: file.path,
      state: 'loaded' as const,
      rowsRead,
      duplicates,
      malformed,
    })),
  ];
}

function reportOf(source: Source, files: readonly FileReport[], change: Change | undefined): SourceReport {
  const total = (key: 'rowsRead' | 'duplicates' | 'malformed') => files.reduce((sum, file) => sum + file[key], 0);
  const inState = (state: FileReport['state']) => files.filter((file) => file.state === state).length;
  return {
    source: source.name,
    rebuilt: change !== undefined,
    files: files.toSorted((a, b) => (a.file < b.file ? -1 : 1)),
    filesLoaded: inState('loaded'),
    filesSkipped: inState('unchanged') + inState('copy'),
    rowsRead: total('rowsRead'),
    rowsAdded: change?.rowsAdded ?? total('rowsRead') - total('duplicates'),
    duplicates: total('duplicates'),
    malformed: total('malformed'),
    rowsRemoved: change?.rowsRemoved ?? 0,
  };
}

/** The same field missing from many files is one warning. */
function warningsOf(loaded: readonly Loaded[], shownDir: string): Problem[] {
  const groups = new Map<string, { absent: Absent; files: string[] }>();
  for (const { file, absent } of loaded) {
    for (const one of absent) {
      const group = groups.get(`${one.field} ${one.need}`);
      if (group) group.files.push(file.path);
      else groups.set(`${one.field} ${one.need}`, { absent: one, files: [file.path] });
    }
  }
  return [...groups.values()].map(({ absent: { field, need, nearest }, files }) => ({
    code: 'RAW_COLUMN_MISSING' as const,
    message: `no record has the field ${field}, which ${need} needs${files.length > 1 ? `; so in ${files.length} files, of which this is the first` : ''}.`,
    file: `${shownDir}/${files[0]}`,
    ...(nearest === undefined ? {} : { nearest }),
    hint: 'The rows were loaded, and silver rejects them; mend the files or the contract.',
  }));
}
