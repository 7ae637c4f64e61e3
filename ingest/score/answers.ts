import type { Column, Mapping, Severity, Source } from '../contract-types.ts';
import { requirements } from '../requirements.ts';

/**
 * What a contract says to a kind of fault. `late`: the row counts as late; `warned` and `refused` speak of a file; `passes`: the contract
 * lets it through, because it cannot see it or does not mind.
 */
export const VERDICTS = [
  'rejected',
  'flagged',
  'repaired',
  'deduplicated',
  'late',
  'warned',
  'refused',
  'passes',
] as const;

export type Verdict = (typeof VERDICTS)[number];

export interface Answer {
  readonly verdict: Verdict;
  /** The codes in reasons and flags by which it shows; `line` for all that say why a line is no record. */
  readonly codes: readonly string[];
}

const PASSES: Answer = { verdict: 'passes', codes: [] };
const LINE: Answer = { verdict: 'rejected', codes: ['line'] };

/** What the contract of a source says to a fault of this kind in a raw column. */
export function answerOf(kind: string, column: string, source: Source): Answer {
  const answers = readersOf(column, source).map((reader) => ofColumn(kind, reader));
  switch (kind) {
    case 'malformed':
    case 'truncated_file':
      return LINE;
    case 'duplicate':
    case 'near_duplicate':
      return { verdict: 'deduplicated', codes: [] };
    case 'late':
      return source.lateAfterSeconds === undefined ? PASSES : { verdict: 'late', codes: [] };
    case 'future':
      return first([...rulesOn(column, source), ...answers]);
    case 'personal_data':
      return first([searched(column, source), ...answers]);
    case 'new_column':
      return { verdict: BY_POLICY[source.drift.newColumns], codes: [] };
    case 'missing_column':
    case 'renamed_column':
      return missing(column, source);
    default:
      return first(answers);
  }
}

const BY_POLICY = { keep: 'passes', warn: 'warned', refuse: 'refused' } as const;

/** The columns that read a raw field, or a field inside of it. */
export function readersOf(field: string, { columns, records }: Source): Column[] {
  const reads = (mapping: Mapping | undefined) =>
    mapping?.kind === 'from' && mapping.fields.some((one) => one === field || one.startsWith(`${field}.`));
  return columns.filter(({ name, mapping }) => reads(mapping) || records.some(({ mappings }) => reads(mappings[name])));
}

/** The first answer that is one: a row that is rejected by one column need not be flagged by another. */
const ORDER: readonly Verdict[] = ['rejected', 'repaired', 'flagged', 'passes'];
function first(answers: readonly Answer[]): Answer {
  for (const verdict of ORDER) {
    const same = answers.filter((answer) => answer.verdict === verdict);
    if (same.length > 0 && verdict !== 'passes') return { verdict, codes: same.flatMap(({ codes }) => codes) };
  }
  return PASSES;
}

const bySeverity = (severity: Severity, codes: readonly string[]): Answer => ({
  verdict: severity === 'warn' ? 'flagged' : 'rejected',
  codes,
});

function ofColumn(kind: string, column: Column): Answer {
  const { name, type, severity } = column;
  const isNumber = type === 'integer' || type === 'number';
  const code = (check: keyof typeof severity, text: string) =>
    bySeverity(severity[check] ?? 'error', [`${name}:${text}`]);
  const unreadable = () => (type === 'string' ? foreign() : code('type', `not_${type}`));
  const foreign = () => {
    if (column.allowed) return code('allowed', 'not_allowed');
    return column.pattern === undefined ? PASSES : code('pattern', 'pattern');
  };
  const repaired = (accepts: boolean, otherwise: () => Answer): Answer =>
    accepts ? { verdict: 'repaired', codes: [`${name}:repaired`] } : otherwise();
  const plausible = (): Answer => (column.plausible ? { verdict: 'flagged', codes: [`${name}:implausible`] } : PASSES);
  const below = () => (column.min === undefined ? plausible() : code('min', 'below_minimum'));
  const above = () => (column.max === undefined ? plausible() : code('max', 'above_maximum'));

  switch (kind) {
    case 'null_user':
    case 'missing_value':
      return column.required ? code('required', 'missing') : PASSES;
    case 'infinite':
    case 'wrong_type':
      return unreadable();
    case 'negative':
      return isNumber ? below() : unreadable();
    case 'outlier':
      return isNumber ? above() : unreadable();
    case 'out_of_range':
      return isNumber ? first([below(), above()]) : unreadable();
    case 'unknown_category':
    case 'misspelt_category':
      return foreign();
    case 'mixed_format':
      return repaired(column.acceptFormats.length > 0, () => (type === 'string' ? PASSES : unreadable()));
    case 'changed_type':
      return repaired(column.acceptFormats.includes('epoch_milliseconds'), () =>
        type === 'string' ? PASSES : unreadable(),
      );
    case 'personal_data':
      return column.personal === 'mask' ? { verdict: 'flagged', codes: [`${name}:personal_data`] } : PASSES;
    default:
      return PASSES;
  }
}

/** Rules that hold the column against another one. */
const rulesOn = (field: string, source: Source): Answer[] => {
  const names = readersOf(field, source).map(({ name }) => name);
  return source.rules
    .filter(({ check }) =>
      check.some(({ left, right }) => right !== undefined && [left, right].some((one) => names.includes(one))),
    )
    .map(({ name, severity }) => bySeverity(severity, [`rule:${name}`]));
};

const searched = (column: string, { personalData: { search, severity } }: Source): Answer => {
  const fields = search.filter((field) => column === field || column.startsWith(`${field}.`));
  return fields.length === 0
    ? PASSES
    : bySeverity(
        severity,
        fields.map((field) => `${field}:personal_data`),
      );
};

function missing(column: string, source: Source): Answer {
  const { fields, conditions } = requirements(source);
  const isRequired = [...fields, ...conditions].some(({ anyOf }) =>
    anyOf.every((field) => field === column || field.startsWith(`${column}.`)),
  );
  if (!isRequired) return { verdict: BY_POLICY[source.drift.missingColumns], codes: [] };
  if (source.files.format === 'csv') return { verdict: 'refused', codes: [] };
  return first(readersOf(column, source).map((reader) => ofColumn('missing_value', reader)));
}
