import { basename } from 'node:path';
import type { Config } from '../core/config.ts';
import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { ColumnSpec, FilesSpec, MappingSpec, SourceSpec } from './contract-types.ts';
import { normalizeFiles } from './normalize.ts';

const WAYS = ['from', 'concat', 'days_after', 'value'] as const;

type Path = readonly (string | number)[];

/** What a schema cannot express about one source. Says everything that is wrong, each problem with its place. */
export function checkSource(config: Config<SourceSpec>): Problem[] {
  const { value: spec } = config;
  const problems: Problem[] = [];
  const report = (path: Path, message: string, near?: string) =>
    void problems.push(config.problem(path, message, near === undefined ? {} : { nearest: near }));
  const columns = Object.keys(spec.columns);
  const mustBeColumn = (name: string, path: Path) => {
    if (columns.includes(name)) return true;
    report(
      path,
      `"${name}" is no column of this source; its columns are ${columns.join(', ')}.`,
      nearest(name, columns),
    );
    return false;
  };

  const name = basename(config.file, '.yaml');
  if (spec.source !== name) report(['source'], `found "${spec.source}", expected "${name}", the name of the file`);
  checkFiles(spec.files, report);
  for (const [column, by] of Object.entries(spec.columns)) checkColumn(column, by, report);

  for (const [i, column] of spec.grain.entries()) {
    if (!mustBeColumn(column, ['grain', i])) continue;
    if (spec.grain.indexOf(column) < i) report(['grain', i], `"${column}" is named twice`);
    if (spec.columns[column]?.personal === 'drop') {
      report(['grain', i], `"${column}" is dropped as personal data, so rows cannot be told apart by it`);
    }
  }
  for (const key of ['event_time', 'received_time'] as const) {
    const column = spec[key];
    if (column === undefined || !mustBeColumn(column, [key])) continue;
    const { type } = spec.columns[column]!;
    if (type !== 'date' && type !== 'timestamp')
      report([key], `"${column}" is a ${type}, expected a date or timestamp`);
  }
  if (spec.lateness) {
    for (const key of ['event_time', 'received_time'] as const) {
      if (spec[key] === undefined) report(['lateness'], `needs ${key}, which is not given`);
    }
  }
  for (const [i, { when, columns: overrides = {} }] of (spec.records ?? []).entries()) {
    if (when) checkWhen(when, ['records', i, 'when'], report);
    for (const [column, by] of Object.entries(overrides)) {
      const path = ['records', i, 'columns', column];
      if (mustBeColumn(column, path)) checkMapping(by, spec.columns[column]!.type, path, report);
    }
  }
  if (spec.role === 'reference') checkReference(spec, report);
  return problems;
}

/** Keys of files that say how CSV is written. */
const CSV_KEYS = ['delimiter', 'quote', 'escape', 'comment', 'skip_lines'] as const;

function checkFiles(files: FilesSpec, report: Report): void {
  for (const key of CSV_KEYS) {
    if (files[key] !== undefined && files.format !== 'csv') {
      report(['files', key], `${key === 'delimiter' ? 'a delimiter' : key} goes with format csv only`);
    }
  }
  if (files.encoding !== undefined && files.format === 'parquet') {
    report(['files', 'encoding'], 'goes with text only, and a Parquet file says itself how it is written');
  }
  const { delimiter, quote, comment } = normalizeFiles(files);
  if (quote !== '' && quote === delimiter)
    report(['files', 'quote'], `found ${JSON.stringify(quote)}, which is the delimiter too`);
  if (comment === delimiter || (comment !== undefined && comment === quote)) {
    report(
      ['files', 'comment'],
      `found ${JSON.stringify(comment)}, which is the ${comment === quote ? 'quote' : 'delimiter'} too`,
    );
  }
}

type Report = (path: Path, message: string, near?: string) => void;

function checkColumn(name: string, spec: ColumnSpec, report: Report): void {
  const path = ['columns', name];
  checkMapping(spec, spec.type, path, report);
  const only = (key: keyof ColumnSpec, types: readonly string[]) => {
    if (spec[key] !== undefined && !types.includes(spec.type)) {
      report([...path, key], `goes with a column of type ${types.join(' or ')} only, and ${name} is a ${spec.type}`);
    }
  };
  only('allowed', ['string', 'integer']);
  only('min', ['integer', 'number']);
  only('max', ['integer', 'number']);
  only('pattern', ['string']);
  if (spec.personal === 'hash') only('personal', ['string']);
  if (spec.min !== undefined && spec.max !== undefined && spec.min > spec.max) {
    report([...path, 'min'], `found ${spec.min}, expected a number <= max, which is ${spec.max}`);
  }
  const wanted = spec.type === 'string' ? 'string' : 'number';
  for (const [i, value] of (spec.allowed ?? []).entries()) {
    if ((spec.type === 'string' || spec.type === 'integer') && typeof value !== wanted) {
      report([...path, 'allowed', i], `found ${JSON.stringify(value)}, expected a value of type ${spec.type}`);
    }
  }
  if (spec.pattern !== undefined && !isRegExp(spec.pattern)) {
    report([...path, 'pattern'], `"${spec.pattern}" is no regular expression`);
  }
}

function checkMapping(spec: MappingSpec, type: string, path: Path, report: Report): void {
  const ways = WAYS.filter((way) => spec[way] !== undefined);
  if (ways.length > 1) {
    report(path, `found ${ways.join(' and ')}, expected one of ${WAYS.join(', ')}`);
  } else if (spec.map && ways.length === 1 && ways[0] !== 'from') {
    report([...path, 'map'], `goes with from only, and the value comes by ${ways[0]}`);
  }
  if (spec.days_after && type !== 'date' && type !== 'timestamp') {
    report([...path, 'days_after'], `makes a date, and the column is a ${type}`);
  }
}

function checkWhen(when: object, path: Path, report: Report): void {
  const tests = ['is', 'equals', 'not_equals'];
  const found = tests.filter((test) => test in when);
  if (found.length !== 1) report(path, `found ${found.join(' and ') || 'none'}, expected one of ${tests.join(', ')}`);
}

function checkReference(spec: SourceSpec, report: Report): void {
  for (const key of ['lookups', 'records', 'lateness'] as const) {
    if (spec[key]) report([key], 'a reference is looked up as it stands; only sources have this key');
  }
  for (const [name, column] of Object.entries(spec.columns)) {
    const way = [...WAYS, 'map' as const].find((key) => column[key] !== undefined);
    if (way)
      report(
        ['columns', name, way],
        'the columns of a reference are the raw columns themselves; map them in the source',
      );
  }
}

function isRegExp(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
