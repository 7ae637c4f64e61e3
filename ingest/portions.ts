import type { Problem } from '../core/errors.ts';
import { nearestFew } from '../core/nearest.ts';
import type { Source } from './contract-types.ts';
import { csvReader } from './csv.ts';
import { type Drift, fieldWatch, NO_DRIFT, refusal } from './drift.ts';
import { jsonlReader } from './jsonl.ts';
import { lineShape } from './line-shape.ts';
import { type LineBlock, readLines } from './lines.ts';
import type { FileToLoad } from './manifest.ts';
import { isUntouched } from './raw-files.ts';
import { type RawRecord, RejectedFile, WRITTEN_TO } from './raw-record.ts';
import { type Requirement, requirements } from './requirements.ts';
import type { LineShape, NumberedLines, StageRow } from './stage.ts';

/** What became of a file once all of it was read. */
export type FileOutcome = { readonly file: FileToLoad; readonly fileNo: number } & (
  | { readonly absent: readonly Absent[]; readonly drift: Drift }
  | { readonly problem: Pick<Problem, 'code' | 'message' | 'nearest'> }
);

/** A raw field that the contract needs and no record of a file has. */
export interface Absent {
  readonly field: string;
  readonly need: string;
  readonly nearest: string | undefined;
}

/** A stretch of rows from one or more files, in order; or plain files, which the engine reads by itself. */
export interface Portion {
  readonly rows: readonly StageRow[];
  readonly plain: readonly PlainFile[];
  /** The files that end in this portion, or that were found to be unreadable; rows of the latter may stand in portions before. */
  readonly outcomes: readonly FileOutcome[];
  /** True: the last file goes on in the next portion. */
  readonly open: boolean;
}

export interface PlainFile extends NumberedLines {
  readonly shape: LineShape;
  readonly bytes: number;
}

/** Text of about this many characters makes a portion: few enough for memory, enough for the engine to be at its best. */
const PORTION_CHARACTERS = 24 << 20;
/** Plain files are committed together until they have this many bytes. */
const PLAIN_BYTES = 256 << 20;

/** Files that are read in different ways share a transaction while they are small: thousands of them would need one each. */
const TOGETHER_BYTES = 4 << 20;

/**
 * Reads files one after another and cuts them into portions. A plain file that nobody has read has one to itself.
 *
 * @param mayBePlain false: all files are read by our own readers.
 */
export async function* portions(
  source: Source,
  files: readonly FileToLoad[],
  mayBePlain: boolean,
): AsyncGenerator<Portion> {
  let rows: StageRow[] = [];
  let plain: PlainFile[] = [];
  let outcomes: FileOutcome[] = [];
  let characters = 0;
  let plainBytes = 0;
  const cut = (open: boolean): Portion => {
    const portion = { rows, outcomes, plain, open };
    rows = [];
    plain = [];
    outcomes = [];
    characters = 0;
    plainBytes = 0;
    return portion;
  };
  for (const [fileNo, file] of files.entries()) {
    const own = mayBePlain && file.plain ? await lineShape(source, file) : undefined;
    const isUnread = own !== undefined && file.contentHash === undefined;
    const changesWay = Boolean(own) !== plain.length > 0 && characters + plainBytes >= TOGETHER_BYTES;
    if (outcomes.length > 0 && (changesWay || isUnread)) yield cut(false);
    if (own) {
      const { byte: start, lines: linesBefore } = file.from ?? { byte: 0, lines: 0 };
      const bytes = file.bytes - start;
      plain.push({ fileNo, shape: own.shape, bytes, lines: { file: file.fullPath, start, linesBefore } });
      plainBytes += bytes;
      outcomes.push({ file, fileNo, absent: [], drift: own.drift });
      if (plainBytes >= PLAIN_BYTES || isUnread) yield cut(false);
      continue;
    }
    if (file.contentHash === undefined) {
      // Its beginning was that of a plain file when it was found.
      outcomes.push({ file, fileNo, problem: WRITTEN_TO });
      continue;
    }
    let isCut = false;
    const reader = recordsOf(source, file);
    try {
      for (;;) {
        const { done, value } = await reader.next();
        if (done) {
          if (!isUntouched(file)) throw new RejectedFile(WRITTEN_TO.code, WRITTEN_TO.message);
          outcomes.push({ file, fileNo, ...value });
          break;
        }
        for (const record of value) {
          rows.push([fileNo, record.lineNo, record.raw, record.parsed, record.problem]);
          characters += record.raw.length + (record.parsed?.length ?? 0);
        }
        if (characters >= PORTION_CHARACTERS) {
          isCut = true;
          yield cut(true);
        }
      }
    } catch (error) {
      if (!(error instanceof RejectedFile)) throw error;
      const near = error.nearest === undefined ? {} : { nearest: error.nearest };
      outcomes.push({ file, fileNo, problem: { code: error.code, message: error.message, ...near } });
    }
    // A file that was cut ends its portion, or large files would hang together in one endless transaction.
    if (isCut || characters >= PORTION_CHARACTERS) yield cut(false);
  }
  if (outcomes.length > 0) yield cut(false);
}

/**
 * The records of a file block by block; at the end, the fields that none of them had, and those that are new.
 *
 * @throws {RejectedFile} for a file that cannot be read, or whose fields the contract refuses.
 */
async function* recordsOf(
  source: Source,
  file: FileToLoad,
): AsyncGenerator<RawRecord[], { absent: Absent[]; drift: Drift }> {
  const watch = fieldWatch(source);
  const judged = () => {
    const drift = watch?.drift() ?? NO_DRIFT;
    const refused = refusal(drift, source);
    if (refused) throw new RejectedFile(refused.code, refused.message);
    return drift;
  };
  const { fields, conditions } = requirements(source);
  const { format, encoding } = source.files;
  if (format !== 'csv') {
    const reader = jsonlReader(fields, file.from?.lines, watch);
    const blocks =
      format === 'parquet' ? parquetRows(file.fullPath) : readLines(file.fullPath, encoding, file.from?.byte);
    for await (const block of blocks) yield reader.read(block);
    const missing = reader.absent().map(({ requirement, known }) => absent(requirement, known));
    // A file without any record says nothing about its fields.
    return { absent: missing, drift: reader.isEmpty() ? NO_DRIFT : judged() };
  }
  let drift = NO_DRIFT;
  const reader = csvReader(source.files, (header) => {
    const missing = [...fields, ...conditions].filter(({ anyOf }) => !anyOf.some((field) => header.includes(field)));
    watch?.see(header);
    if (missing.length === 0) {
      drift = judged();
      return;
    }
    const details = missing.map((requirement) => absent(requirement, header));
    throw new RejectedFile(
      'RAW_COLUMN_MISSING',
      `${details.map(({ field, need }) => `the column ${field} is missing, which ${need} needs`).join('; ')}. The header has ${header.join(', ')}.`,
      details.find(({ nearest }) => nearest !== undefined)?.nearest,
    );
  });
  if (file.from) {
    // Only a plain file goes on where it was: its header is its first line.
    for await (const { lines } of readLines(file.fullPath, encoding)) {
      reader.read({ lines: lines.slice(0, 1), invalid: undefined });
      break;
    }
    reader.goOn(file.from.lines);
  }
  for await (const block of readLines(file.fullPath, encoding, file.from?.byte)) yield reader.read(block);
  yield reader.end();
  return { absent: [], drift };
}

/** A row is a line: its number is the row's. */
async function* parquetRows(file: string): AsyncGenerator<LineBlock> {
  // Loading DuckDB takes a tenth of a second, and few sources need it on other engines.
  const { readParquet } = await import('../warehouse/duckdb/read-parquet.ts');
  try {
    for await (const lines of readParquet(file)) yield { lines, invalid: undefined };
  } catch (error) {
    throw new RejectedFile('RAW_UNREADABLE', error instanceof Error ? error.message.split('\n')[0]! : String(error));
  }
}

function absent({ need, anyOf }: Requirement, known: readonly string[]): Absent {
  const [nearest] = anyOf.flatMap((field) => nearestFew(field, known, 1));
  return { field: anyOf.map((field) => `"${field}"`).join(' or '), need, nearest };
}
