import { basename } from 'node:path';
import type { Config } from '../core/config.ts';
import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { checkRules, type Report } from './contract-rules.ts';
import type { ColumnSpec, FilesSpec, Format, MappingSpec, SourceSpec } from './contract-types.ts';
import { normalizeCriticality, normalizeFiles } from './normalize.ts';

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
    for (const check of ['required', 'type'] as const) {
      if (spec.columns[column]?.severity?.[check] === 'warn')
        report(
          ['columns', column, 'severity', check],
          `"${column}" is of the grain; a row without it must be rejected`,
        );
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
  checkRules(spec, mustBeColumn, report);
  if (spec.freshness) checkFreshness(spec, report);
  const { low, medium, high } = normalizeCriticality(spec.criticality);
  if (low > medium || medium > high) {
    report(['criticality'], `found low ${low}, medium ${medium}, high ${high}; expected each at most the next`);
  }
  for (const [i, field] of (spec.personal_data?.search ?? []).entries()) {
    if (spec.lookups?.some(({ fields }) => fields.includes(field)))
      report(['personal_data', 'search', i], `"${field}" comes by a lookup; only fields of the files are searched`);
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

function checkFreshness({ freshness, ...spec }: SourceSpec, report: Report): void {
  const { warn_after_hours: warn, error_after_hours: error } = freshness!;
  if (spec.received_time === undefined && spec.event_time === undefined)
    report(['freshness'], 'needs received_time or event_time, and neither is given');
  if (warn === undefined && error === undefined)
    report(['freshness'], 'needs warn_after_hours or error_after_hours, and neither is given');
  if (warn !== undefined && error !== undefined && warn > error)
    report(
      ['freshness', 'warn_after_hours'],
      `found ${warn}, expected a number <= error_after_hours, which is ${error}`,
    );
}

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
  only('plausible', ['integer', 'number']);
  if (spec.personal === 'hash' || spec.personal === 'mask') only('personal', ['string']);
  checkFormats(name, spec, report);
  for (const check of Object.keys(spec.severity ?? {}) as (keyof NonNullable<ColumnSpec['severity']>)[]) {
    const has = check === 'type' ? spec.type !== 'string' : spec[check] !== undefined && spec[check] !== false;
    if (!has) report([...path, 'severity', check], `${name} has no such check`);
  }
  if (spec.min !== undefined && spec.max !== undefined && spec.min > spec.max) {
    report([...path, 'min'], `found ${spec.min}, expected a number <= max, which is ${spec.max}`);
  }
  if (spec.plausible && spec.plausible[0] > spec.plausible[1]) {
    report([...path, 'plausible'], `found ${spec.plausible.join(' to ')}, expected the smaller number first`);
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

/** The columns that a format can be that of. */
const typesOf = (format: Format): readonly string[] => {
  if (format.startsWith('epoch_')) return ['timestamp'];
  return format.endsWith('_comma') ? ['integer', 'number'] : ['date', 'timestamp'];
};

/** Formats of which a text can be both, with another meaning: the one that comes first would win in silence. */
const ALIKE: readonly (readonly Format[])[] = [
  ['D/M/YYYY', 'M/D/YYYY'],
  ['D-M-YYYY', 'M-D-YYYY'],
  ['decimal_comma', 'thousands_comma'],
];

function checkFormats(
  name: string,
  { type, format = 'standard', accept_formats: more = [] }: ColumnSpec,
  report: Report,
): void {
  const all = [
    { format, at: ['format'] as Path },
    ...more.map((one, i) => ({ format: one, at: ['accept_formats', i] as Path })),
  ];
  for (const [i, { format: one, at }] of all.entries()) {
    const path = ['columns', name, ...at];
    if (one !== 'standard' && !typesOf(one).includes(type)) {
      report(path, `${one} goes with a column of type ${typesOf(one).join(' or ')} only, and ${name} is a ${type}`);
    }
    for (const { format: other } of all.slice(0, i)) {
      if (other === one) report(path, `${one} is the format of the column already`);
      else if (ALIKE.some((pair) => pair.includes(one) && pair.includes(other)))
        report(path, `${one} and ${other} cannot be told apart`);
    }
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
  for (const key of ['lookups', 'records', 'lateness', 'rules', 'personal_data', 'freshness'] as const) {
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
