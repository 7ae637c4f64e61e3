import { expect, test } from 'vitest';
import { parseConfig } from '../../core/config.ts';
import { TidemarkError } from '../../core/errors.ts';
import { checkSource } from '../../ingest/contract-checks.ts';
import type { SourceSpec } from '../../ingest/contract-types.ts';

const COLUMNS = `version: 1
source: visits
description: One row per visit.
owner: gym
files: { pattern: visits.csv, format: csv }
grain: [visit]
columns:
  visit: { type: string, required: true, description: Visit. }
  kind: { type: string, description: Kind. }
  minutes: { type: integer, min: 0, description: Minutes. }
  price: { type: number, description: Price. }
  came: { type: timestamp, description: When. }
  left_at: { type: timestamp, description: When. }
  day: { type: date, description: Day. }
`;

/** Each problem as its place and its message, in the order in which they are found. */
function problemsOf(more: string, columns = COLUMNS): string[] {
  const read = () => checkSource(parseConfig<SourceSpec>(columns + more, 'visits.yaml', 'source'));
  const problems = (() => {
    try {
      return read();
    } catch (error) {
      if (error instanceof TidemarkError) return error.problems;
      throw error;
    }
  })();
  return problems.map(
    ({ line, column, message, nearest }) =>
      `${line}:${column} ${message}${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`,
  );
}

const column = (spec: string) => problemsOf('', COLUMNS.replace('type: integer, min: 0,', `${spec},`));

test('rules, formats, severities, drift, personal data, criticality and freshness that make sense have no problem', () => {
  expect(
    problemsOf(`received_time: came
rules:
  - name: leaves_after_coming
    check:
      - { left: left_at, op: ">=", right: came }
      - { left: left_at, op: "<", right: came, plus: 86400 }
    message: Nobody leaves before coming.
  - name: sauna_has_a_price
    when: [{ left: kind, op: in, values: [sauna, pool] }, { left: day, op: ">=", value: 2026-01-01 }]
    check: [{ left: price, op: is present }, { left: price, op: ">", right: minutes }]
    severity: warn
    message: The sauna costs something.
drift: { new_columns: warn, missing_columns: refuse, ignored: [Guest of] }
personal_data: { search: [note], severity: error }
criticality: { low: 0, medium: 0.02, high: 0.2 }
freshness: { warn_after_hours: 30, error_after_hours: 60, measured_from: now }
`),
  ).toEqual([]);
  expect(column('type: integer, min: 0, severity: { min: warn, type: warn }, plausible: [1, 600]')).toEqual([]);
  expect(column('type: number, format: decimal_comma, accept_formats: [standard]')).toEqual([]);
  expect(column('type: timestamp, accept_formats: [D/M/YYYY, M-D-YYYY, epoch_seconds]')).toEqual([]);
});

test('a rule that cannot be meant has its place and the nearest name', () => {
  expect(
    problemsOf(`rules:
  - { name: one, check: [{ left: visit, op: is present }], message: Once. }
  - { name: one, check: [{ left: visit, op: is present }], message: Twice. }
  - { name: two, check: [{ left: visit, op: is present }] }
`),
  ).toMatchInlineSnapshot(`
    [
      "18:5 rules.2: the key "message" is missing",
    ]
  `);
  expect(
    problemsOf(`rules:
  - { name: one, check: [{ left: visit, op: is present }], message: Once. }
  - { name: one, check: [{ left: visit, op: is present }], message: Twice. }
`),
  ).toMatchInlineSnapshot(`
    [
      "17:13 rules.1.name: "one" is the name of two rules",
    ]
  `);
  const rule = (comparison: string) =>
    problemsOf(`rules:\n  - name: one\n    message: Wrong.\n    check: [{ ${comparison} }]\n`);
  expect(rule('left: minuts, op: ">", value: 1')).toMatchInlineSnapshot(`
    [
      "18:21 rules.0.check.0.left: "minuts" is no column of this source; its columns are visit, kind, minutes, price, came, left_at, day. Did you mean "minutes"?",
    ]
  `);
  expect(rule('left: minutes, op: ">", right: prise')).toMatchInlineSnapshot(`
    [
      "18:46 rules.0.check.0.right: "prise" is no column of this source; its columns are visit, kind, minutes, price, came, left_at, day. Did you mean "price"?",
    ]
  `);
  expect(rule('left: minutes, op: is presnt')).toMatchInlineSnapshot(`
    [
      "18:34 rules.0.check.0.op: found "is presnt", expected one of =, !=, <, <=, >, >=, in, not in, is present, is missing. Did you mean "is present"?",
    ]
  `);
  expect(rule('left: kind, op: "<", value: a')).toMatchInlineSnapshot(`
    [
      "18:31 rules.0.check.0.op: "<" goes with numbers, dates and times only, and kind is a string",
    ]
  `);
  expect(rule('left: minutes, op: ">", right: came')).toMatchInlineSnapshot(`
    [
      "18:46 rules.0.check.0.right: came is of type timestamp and minutes of type integer: they cannot be compared",
    ]
  `);
  expect(rule('left: minutes, op: ">", right: price, value: 1')).toMatchInlineSnapshot(`
    [
      "18:13 rules.0.check.0: ">" goes with right or value, and found right and value",
    ]
  `);
  expect(rule('left: minutes, op: in, value: 1')).toMatchInlineSnapshot(`
    [
      "18:13 rules.0.check.0: "in" goes with values, and found value",
    ]
  `);
  expect(rule('left: kind, op: is present, value: x')).toMatchInlineSnapshot(`
    [
      "18:13 rules.0.check.0: "is present" goes with nothing more, and found value",
    ]
  `);
  expect(rule('left: kind, op: "=", value: 3')).toMatchInlineSnapshot(`
    [
      "18:43 rules.0.check.0.value: found 3, expected a value of type string",
    ]
  `);
  expect(rule('left: day, op: ">", value: 2026-02-30')).toMatchInlineSnapshot(`
    [
      "18:42 rules.0.check.0.value: found "2026-02-30", expected a value of type date",
    ]
  `);
  expect(rule('left: came, op: ">", value: 2026-02-03')).toMatchInlineSnapshot(`
    [
      "18:43 rules.0.check.0.value: found "2026-02-03", expected a value of type timestamp",
    ]
  `);
  expect(rule('left: minutes, op: in, values: [1, two]')).toMatchInlineSnapshot(`
    [
      "18:50 rules.0.check.0.values.1: found "two", expected a value of type integer",
    ]
  `);
  expect(rule('left: price, op: not in, values: [1]')).toMatchInlineSnapshot(`
    [
      "18:32 rules.0.check.0.op: "not in" goes with a column of type string or integer only, and price is a number",
    ]
  `);
  expect(rule('left: kind, op: "=", right: visit, plus: 1')).toMatchInlineSnapshot(`
    [
      "18:56 rules.0.check.0.plus: is added to \`right\`, which must be a number, date or time",
    ]
  `);
  expect(rule('left: day, op: ">", right: day, plus: 0.5')).toMatchInlineSnapshot(`
    [
      "18:53 rules.0.check.0.plus: found 0.5, expected a whole number of days",
    ]
  `);
});

test('formats that do not fit, or cannot be told apart', () => {
  expect(column('type: integer, format: D/M/YYYY')).toMatchInlineSnapshot(`
    [
      "10:37 columns.minutes.format: D/M/YYYY goes with a column of type date or timestamp only, and minutes is a integer",
    ]
  `);
  expect(column('type: date, format: D/M/YYYY, accept_formats: [standard, M/D/YYYY]')).toMatchInlineSnapshot(`
    [
      "10:71 columns.minutes.accept_formats.1: M/D/YYYY and D/M/YYYY cannot be told apart",
    ]
  `);
  expect(column('type: number, accept_formats: [decimal_comma, standard, thousands_comma]')).toMatchInlineSnapshot(`
    [
      "10:60 columns.minutes.accept_formats.1: standard is the format of the column already",
      "10:70 columns.minutes.accept_formats.2: thousands_comma and decimal_comma cannot be told apart",
    ]
  `);
  expect(column('type: date, format: DD.MM.YYYY')).toMatchInlineSnapshot(`
    [
      "10:34 columns.minutes.format: found "DD.MM.YYYY", expected one of standard, D/M/YYYY, M/D/YYYY, YYYY/M/D, D.M.YYYY, YYYY.M.D, D-M-YYYY, M-D-YYYY, epoch_seconds, epoch_milliseconds, decimal_comma, thousands_comma. Did you mean "D.M.YYYY"?",
    ]
  `);
});

test('severities of checks that are not there, and of the grain', () => {
  expect(column('type: integer, min: 0, severity: { max: warn, maxx: warn }')).toMatchInlineSnapshot(`
    [
      "10:60 columns.minutes.severity.maxx: unknown key; known here: required, type, allowed, min, max, pattern. Did you mean "max"?",
    ]
  `);
  expect(column('type: integer, min: 0, severity: { max: warn, required: error }')).toMatchInlineSnapshot(`
    [
      "10:54 columns.minutes.severity.max: minutes has no such check",
      "10:70 columns.minutes.severity.required: minutes has no such check",
    ]
  `);
  expect(
    problemsOf('', COLUMNS.replace('required: true', 'required: true, severity: { required: warn }')),
  ).toMatchInlineSnapshot(`
    [
      "8:64 columns.visit.severity.required: "visit" is of the grain; a row without it must be rejected",
    ]
  `);
  expect(column('type: integer, plausible: [600, 1]')).toMatchInlineSnapshot(`
    [
      "10:40 columns.minutes.plausible: found 600 to 1, expected the smaller number first",
    ]
  `);
});

test('shares, hours and searches that contradict each other', () => {
  expect(problemsOf('criticality: { medium: 0.1 }\n')).toMatchInlineSnapshot(`
    [
      "15:14 criticality: found low 0, medium 0.1, high 0.05; expected each at most the next",
    ]
  `);
  expect(problemsOf('freshness: { warn_after_hours: 72, error_after_hours: 36 }\n')).toMatchInlineSnapshot(`
    [
      "15:12 freshness: needs received_time or event_time, and neither is given",
      "15:32 freshness.warn_after_hours: found 72, expected a number <= error_after_hours, which is 36",
    ]
  `);
  expect(problemsOf('event_time: came\nfreshness: { measured_from: now }\n')).toMatchInlineSnapshot(`
    [
      "16:12 freshness: needs warn_after_hours or error_after_hours, and neither is given",
    ]
  `);
  expect(problemsOf('drift: { new_columns: refuze }\n')).toMatchInlineSnapshot(`
    [
      "15:23 drift.new_columns: found "refuze", expected one of keep, warn, refuse. Did you mean "refuse"?",
    ]
  `);
});
