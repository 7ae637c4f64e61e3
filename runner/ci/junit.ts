import { formatProblem } from '../../core/errors.ts';
import type { Case, Outcome } from './cases.ts';

/**
 * The outcome of a command as JUnit XML, in the form that GitHub's actions, GitLab and Jenkins read: a suite a kind of action, a case an
 * action. `failure` is an assertion or a test that does not hold, `error` what could not be asked. Times are in seconds.
 *
 * Source: https://github.com/testmoapp/junitxml
 *
 * @param pathOf A file of the project as the repository names it.
 */
export function junitXml(outcome: Outcome, pathOf: (file: string) => string): string {
  const { command, subject, startedAt, milliseconds, cases } = outcome;
  const suites = [...new Set(cases.map(({ suite }) => suite))].map((name) => ({
    name,
    cases: cases.filter(({ suite }) => suite === name),
  }));
  const lines = suites.flatMap(({ name, cases }) => [
    `  <testsuite${attributes({ name, ...counts(cases), time: seconds(sum(cases)), timestamp: startedAt })}>`,
    ...cases.map((one) => testcase(one, pathOf)),
    '  </testsuite>',
  ]);
  const all = { name: `${command}: ${subject}`, ...counts(cases), time: seconds(milliseconds), timestamp: startedAt };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(all)}>`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase(one: Case, pathOf: (file: string) => string): string {
  const { suite, name, state, milliseconds, file, problem, note } = one;
  // A refused statement can lie in another file than its action: a unit test in its model.
  const where = problem?.file ?? file;
  const head = attributes({
    name,
    classname: `tidemark.${suite}`,
    ...(where === undefined ? {} : { file: pathOf(where) }),
    ...(problem?.line === undefined ? {} : { line: String(problem.line) }),
    time: seconds(milliseconds ?? 0),
  });
  const body = bodyOf();
  return body === '' ? `    <testcase${head}/>` : `    <testcase${head}>${body}</testcase>`;

  function bodyOf(): string {
    const message = problem?.message.split('\n')[0] ?? '';
    const text = problem ? xmlText(formatProblem(problem)) : '';
    switch (state) {
      case 'failed':
        return `<failure${attributes({ message, type: problem?.code ?? 'FAILED' })}>${text}</failure>`;
      case 'broken':
        return `<error${attributes({ message, type: problem?.code ?? 'FAILED' })}>${text}</error>`;
      case 'skipped':
      case 'disabled':
        return `<skipped${attributes({ message: note ?? state })}/>`;
      case 'warned':
        return `<system-out>${text}</system-out>`;
      case 'passed':
        return note === undefined ? '' : `<system-out>${xmlText(note)}</system-out>`;
    }
  }
}

const counts = (cases: readonly Case[]): Record<string, string> => {
  const n = (...states: Case['state'][]) => String(cases.filter(({ state }) => states.includes(state)).length);
  return { tests: String(cases.length), failures: n('failed'), errors: n('broken'), skipped: n('skipped', 'disabled') };
};

const sum = (cases: readonly Case[]): number => cases.reduce((all, { milliseconds = 0 }) => all + milliseconds, 0);

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value).replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`)}"`)
    .join('');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escaped text; the characters that XML 1.0 has no way to write (section 2.2) are left out. */
export const xmlText = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (char) => ENTITIES[char]!);
