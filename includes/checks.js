// @ts-check
/**
 * What a contract says against a record: codes, each with the SQL condition under which it stands. Severity `error` rejects the record,
 * `warn` flags it and keeps it. A condition that is unknown, as when a value is missing, stands against nobody.
 *
 * @typedef {import('./silver').ColumnSpec} ColumnSpec
 * @typedef {import('./silver').Comparison} Comparison
 * @typedef {import('./silver').Contract} Contract
 * @typedef {{ code: string, when: string, severity: 'error' | 'warn' }} Check
 */
const sql = require('./sql');

/** All checks of a contract, in the order of its file. @param {Contract} contract @returns {Check[]} */
const of = (contract) => [
  ...Object.entries(contract.columns).flatMap(([name, spec]) => ofColumn(name, spec)),
  ...(contract.rules ?? []).map(({ name, when, check, severity = 'error' }) => ({
    code: `rule:${name}`,
    when: `${when ? `${all(when, contract)} and ` : ''}not ${all(check, contract)}`,
    severity,
  })),
];

/** @param {string} name @param {ColumnSpec} spec @returns {Check[]} */
function ofColumn(name, spec) {
  /** @type {Check[]} */
  const list = [];
  /** @param {'required' | 'type' | 'allowed' | 'min' | 'max' | 'pattern'} check @param {string} code @param {string} when */
  const add = (check, code, when) =>
    void list.push({ code: `${name}:${code}`, when, severity: spec.severity?.[check] ?? 'error' });
  /** @param {string} code @param {string} when */
  const flag = (code, when) => void list.push({ code: `${name}:${code}`, when, severity: 'warn' });
  const text = `${name}__text`;
  if (spec.required) add('required', 'missing', `${text} is null`);
  if (spec.type !== 'string') add('type', `not_${spec.type}`, `${text} is not null and ${name} is null`);
  if (spec.allowed) add('allowed', 'not_allowed', `${name} not in (${spec.allowed.map(sql.literal).join(', ')})`);
  if (spec.min !== undefined) add('min', 'below_minimum', `${name} < ${spec.min}`);
  if (spec.max !== undefined) add('max', 'above_maximum', `${name} > ${spec.max}`);
  if (spec.pattern) add('pattern', 'pattern', `not ${sql.matches(name, spec.pattern)}`);
  if (spec.plausible) {
    // What is below min or above max is said to be so, and need not be called implausible, too.
    const range = [
      ...(spec.min === undefined ? [] : [`${name} >= ${spec.min}`]),
      ...(spec.max === undefined ? [] : [`${name} <= ${spec.max}`]),
    ];
    flag('implausible', [`${name} not between ${spec.plausible[0]} and ${spec.plausible[1]}`, ...range].join(' and '));
  }
  if (spec.accept_formats) flag('repaired', `${name} is not null and ${name}__standard is null`);
  if (spec.personal === 'mask') flag('personal_data', `${name} <> ${text}`);
  return list;
}

/** @param {Comparison[]} comparisons @param {Contract} contract */
const all = (comparisons, contract) => `(${comparisons.map((one) => comparison(one, contract)).join(' and ')})`;

/** One comparison as SQL. @param {Comparison} comparison @param {Contract} contract */
function comparison({ left, op, right, value, values, plus }, { columns }) {
  if (op === 'is present') return `${left}__text is not null`;
  if (op === 'is missing') return `${left}__text is null`;
  if (op === 'in' || op === 'not in') return `${left} ${op} (${(values ?? []).map(sql.literal).join(', ')})`;
  const operator = op === '!=' ? '<>' : op;
  if (right === undefined) return `${left} ${operator} ${sql.constant(value, columns[left].type)}`;
  if (plus === undefined) return `${left} ${operator} ${right}`;
  const { type } = columns[left];
  if (type === 'date') return `${sql.dateDiff(left, right)} ${operator} ${plus}`;
  if (type === 'timestamp') return sql.differsBy(left, operator, right, plus);
  return `${left} ${operator} ${right} + ${plus}`;
}

/**
 * The codes that stand against a record as one text, each closed by a semicolon. Against most records none does, and to join a dozen empty
 * texts costs more than to ask first.
 * @param {Check[]} checks
 */
function codes(checks) {
  if (checks.length === 0) return "''";
  const texts = checks.map(({ code, when }) => `case when ${when} then ${sql.text(`${code};`)} else '' end`);
  if (checks.length === 1) return texts[0];
  const any = checks.map(({ when }) => `(${when})`).join('\n      or ');
  return [`case when ${any}`, `then ${texts.join('\n      || ')}`, "else '' end"].join('\n      ');
}

/** What a column means and what holds for it, as sentences for the documentation. @param {ColumnSpec} spec */
function describeColumn({ description, severity = {}, ...spec }) {
  const flagged = (/** @type {string} */ check) => (severity[check] === 'warn' ? ' (else flagged)' : '');
  const sentences = [
    ...(spec.required ? [`Required${flagged('required')}.`] : []),
    ...(spec.allowed ? [`One of ${spec.allowed.join(', ')}${flagged('allowed')}.`] : []),
    ...(spec.min === undefined ? [] : [`At least ${spec.min}${flagged('min')}.`]),
    ...(spec.max === undefined ? [] : [`At most ${spec.max}${flagged('max')}.`]),
    ...(spec.pattern ? [`Matches ${spec.pattern}${flagged('pattern')}.`] : []),
    ...(spec.plausible ? [`Plausible from ${spec.plausible[0]} to ${spec.plausible[1]} (else flagged).`] : []),
    ...(spec.accept_formats ? [`Repaired from ${spec.accept_formats.join(', ')}.`] : []),
    ...(spec.personal === 'mask' ? ['E-mail addresses and telephone numbers are masked.'] : []),
  ];
  return [description, ...sentences].join(' ');
}

/** The rules of a contract as sentences that begin with their codes. @param {Contract} contract */
const describeRules = ({ rules = [] }) =>
  rules
    .map(({ name, severity, message }) => `rule:${name}${severity === 'warn' ? ' (flags)' : ''}: ${message}`)
    .join(' ');

module.exports = { of, codes, describeColumn, describeRules };
