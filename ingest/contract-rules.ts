import type { Path } from '../core/yaml-file.ts';
import type { ColumnType, Comparison, SourceSpec } from './contract-types.ts';

/** Takes a problem at a place of the file. */
export type Report = (path: Path, message: string, near?: string) => void;

const ORDERED: readonly ColumnType[] = ['integer', 'number', 'date', 'timestamp'];
const NUMBERS: readonly ColumnType[] = ['integer', 'number'];
const WAYS = ['right', 'value', 'values'] as const;

/** What an operator is followed by. */
const wayOf = (op: Comparison['op']): readonly (typeof WAYS)[number][] =>
  op.startsWith('is ') ? [] : op.endsWith('in') ? ['values'] : ['right', 'value'];

/**
 * Reports rules that can hold for no row, or that compare what cannot be compared.
 *
 * @param mustBeColumn reports an unknown name; true for a known one.
 */
export function checkRules(
  spec: SourceSpec,
  mustBeColumn: (name: string, path: Path) => boolean,
  report: Report,
): void {
  const names = (spec.rules ?? []).map(({ name }) => name);
  for (const [i, rule] of (spec.rules ?? []).entries()) {
    if (names.indexOf(rule.name) < i) report(['rules', i, 'name'], `"${rule.name}" is the name of two rules`);
    for (const part of ['when', 'check'] as const) {
      for (const [k, comparison] of (rule[part] ?? []).entries()) {
        const path = ['rules', i, part, k];
        if (!mustBeColumn(comparison.left, [...path, 'left'])) continue;
        if (comparison.right !== undefined && !mustBeColumn(comparison.right, [...path, 'right'])) continue;
        checkComparison(comparison, spec, path, report);
      }
    }
  }
}

function checkComparison(comparison: Comparison, { columns }: SourceSpec, path: Path, report: Report): void {
  const { left, op, right, value, values, plus } = comparison;
  const { type } = columns[left]!;
  const wanted = wayOf(op);
  const found = WAYS.filter((way) => comparison[way] !== undefined);
  if (found.length !== Math.min(wanted.length, 1) || found.some((way) => !wanted.includes(way))) {
    const expected = wanted.length === 0 ? 'nothing more' : wanted.join(' or ');
    report(path, `"${op}" goes with ${expected}, and found ${found.join(' and ') || 'none'}`);
    return;
  }
  if (['<', '<=', '>', '>='].includes(op) && !ORDERED.includes(type)) {
    report([...path, 'op'], `"${op}" goes with numbers, dates and times only, and ${left} is a ${type}`);
  }
  if (right !== undefined) {
    const other = columns[right]!.type;
    if (kindOf(other) !== kindOf(type)) {
      report([...path, 'right'], `${right} is of type ${other} and ${left} of type ${type}: they cannot be compared`);
    }
  }
  if (plus !== undefined && (right === undefined || !ORDERED.includes(type))) {
    report([...path, 'plus'], 'is added to `right`, which must be a number, date or time');
  } else if (plus !== undefined && type === 'date' && !Number.isInteger(plus)) {
    report([...path, 'plus'], `found ${plus}, expected a whole number of days`);
  }
  const constants = value !== undefined ? [{ at: ['value'], value }] : [];
  const several = (values ?? []).map((one, i) => ({ at: ['values', i], value: one }));
  for (const one of [...constants, ...several]) {
    if (isOf(type, one.value)) continue;
    report([...path, ...one.at], `found ${JSON.stringify(one.value)}, expected a value of type ${type}`);
  }
  if (values && type !== 'string' && type !== 'integer') {
    report([...path, 'op'], `"${op}" goes with a column of type string or integer only, and ${left} is a ${type}`);
  }
}

const kindOf = (type: ColumnType) => (NUMBERS.includes(type) ? 'number' : type);

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/;

function isOf(type: ColumnType, value: string | number | boolean): boolean {
  switch (type) {
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && exists(`${value}T00:00:00Z`);
    case 'timestamp':
      return typeof value === 'string' && TIME.test(value) && exists(value);
    case 'integer':
    case 'number':
      return typeof value === 'number';
    default:
      return typeof value === type && !String(value).includes('\\');
  }
}

/** Date.parse takes 30 February for 2 March. */
const exists = (time: string): boolean => {
  const at = Date.parse(time);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === time.slice(0, 10);
};
