import type { Problem } from '../core/errors.ts';
import type { Loaded } from './add-files.ts';
import type { Source } from './contract-types.ts';
import type { FilePlan, KnownFile } from './manifest.ts';
import type { Absent } from './portions.ts';
import type { FileReport, SourceReport } from './report.ts';

/** What a rebuild changed. */
export interface Change {
  readonly rowsAdded: number;
  readonly rowsRemoved: number;
}

/** What became of each file. */
export function fileReports(
  source: Source,
  plan: FilePlan,
  loaded: readonly Loaded[],
  known: ReadonlyMap<string, KnownFile>,
): FileReport[] {
  const rowsIn = (path: string) => loaded.find(({ file }) => file.path === path)?.rowsRead ?? known.get(path)?.rowsRead;
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

/** The numbers of a source; `change` when its files were loaded anew. */
export function reportOf(source: Source, files: readonly FileReport[], change: Change | undefined): SourceReport {
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

/** The same in many files is one warning. */
export function warningsOf(loaded: readonly Loaded[], shownDir: string): Problem[] {
  return [...absenceWarnings(loaded, shownDir), ...driftWarnings(loaded, shownDir)];
}

/** What a new field says is up to the owner of the source: bronze has it, silver does not. */
function driftWarnings(loaded: readonly Loaded[], shownDir: string): Problem[] {
  const groups = new Map<string, { warning: Problem; files: number }>();
  const add = (path: string, warning: Omit<Problem, 'file'>) => {
    const group = groups.get(warning.message);
    if (group) group.files++;
    else groups.set(warning.message, { warning: { ...warning, file: `${shownDir}/${path}` }, files: 1 });
  };
  for (const { file, drift } of loaded) {
    for (const field of drift.added) {
      add(file.path, {
        code: 'RAW_COLUMN_NEW',
        message: `the contract knows no field "${field}"`,
        hint: 'Bronze keeps it. Map it to a column in the contract, or list it under drift.ignored.',
      });
    }
    for (const field of drift.missing) {
      add(file.path, {
        code: 'RAW_COLUMN_MISSING',
        message: `no record has the field "${field}", which the contract reads`,
        hint: 'The rows were loaded, and the column is missing in them; mend the files or the contract.',
      });
    }
  }
  return [...groups.values()].map(({ warning, files }) => ({
    ...warning,
    message: `${warning.message}${files > 1 ? `; so in ${files} files, of which this is the first` : ''}.`,
  }));
}

function absenceWarnings(loaded: readonly Loaded[], shownDir: string): Problem[] {
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
