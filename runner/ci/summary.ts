import { ERROR_CODES } from '../../core/error-codes.ts';
import { type Problem, place } from '../../core/errors.ts';
import { count, duration } from '../../core/format.ts';
import { codeBlock, inlineCode, inlineText, markdownTable } from '../../core/markdown.ts';
import type { Case, CaseState, Outcome } from './cases.ts';

/** GitHub takes a summary of a mebibyte a step and no more: what is shown has an end, and says what it leaves out. */
const SHOWN_PROBLEMS = 25;
const SHOWN_CHARACTERS = 6000;
const SHOWN_ROWS = 1000;
const SLOWEST = 5;

/** Where a file of the project is shown; `href` is undefined where there is no address of it. */
export type Link = (at: Pick<Problem, 'file' | 'line'>) => { readonly path: string; readonly href?: string };

/** The outcome of a command as Markdown: what failed first, with the message and the lines, then what ran, how long and how many rows. */
export function summaryMarkdown(outcome: Outcome, link: Link): string {
  const { command, subject, milliseconds, cases } = outcome;
  const bad = cases.filter(({ state }) => state === 'failed' || state === 'broken');
  const warned = cases.filter(({ state }) => state === 'warned');
  const parts = [
    `## ${bad.length > 0 ? '❌' : warned.length > 0 ? '⚠️' : '✅'} ${inlineText(command)}: ${inlineText(subject)}`,
    `${headline(cases)}, in ${duration(milliseconds)}.`,
    ...problems('Failed', bad, link),
    ...problems('Warnings', warned, link),
    '### What ran',
    counts(cases),
    ...slowest(cases),
    ...skipped(cases),
    ...all(cases),
  ];
  return `${parts.join('\n\n')}\n`;
}

const WORDS = ['passed', 'warned', 'failed', 'skipped', 'disabled'] as const;
type Word = (typeof WORDS)[number];

const wordOf = (state: CaseState): Word => (state === 'broken' ? 'failed' : state);
const n = (cases: readonly Case[], word: Word): number => cases.filter(({ state }) => wordOf(state) === word).length;

function headline(cases: readonly Case[]): string {
  const words = (['failed', 'warned', 'skipped', 'passed', 'disabled'] as const).filter((word) => n(cases, word) > 0);
  return words.map((word) => `${count(n(cases, word))} ${word}`).join(', ') || 'Nothing ran';
}

function problems(title: string, cases: readonly Case[], link: Link): string[] {
  if (cases.length === 0) return [];
  const more = cases.slice(SHOWN_PROBLEMS);
  return [
    `### ${title}`,
    ...cases.slice(0, SHOWN_PROBLEMS).flatMap((one) => problemParts(one, link)),
    ...(more.length > 0 ? [`And ${count(more.length)} more: ${names(more)}.`] : []),
  ];
}

function problemParts({ suite, name, problem }: Case, link: Link): string[] {
  if (!problem) return [`#### ${inlineCode(name)}`];
  const { code, message, excerpt, nearest, hint } = problem;
  const meant = nearest === undefined ? '' : `\nDid you mean "${nearest}"?`;
  return [
    `#### ${inlineCode(name)}`,
    [inlineText(suite), whereOf(problem, link), inlineText(code)].filter(Boolean).join(' · '),
    codeBlock(cut(`${message.trimEnd()}${meant}`), 'text'),
    ...(excerpt === undefined ? [] : [codeBlock(cut(excerpt), 'text')]),
    inlineText(hint ?? ERROR_CODES[code].wayOut),
  ];
}

function whereOf(problem: Problem, link: Link): string {
  if (problem.file === undefined) return '';
  const { path, href } = link(problem);
  const text = inlineCode(place({ ...problem, file: path }));
  return href === undefined ? text : `<a href="${encodeURI(href).replaceAll('"', '%22')}">${text}</a>`;
}

function counts(cases: readonly Case[]): string {
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  const words = WORDS.filter((word) => word === 'passed' || n(cases, word) > 0);
  const rows = suites.map((suite) => {
    const own = cases.filter((one) => one.suite === suite);
    return [inlineText(suite), ...words.map((word) => (n(own, word) > 0 ? count(n(own, word)) : ''))];
  });
  return markdownTable([{ title: '' }, ...words.map((title) => ({ title, align: 'right' as const }))], rows);
}

function slowest(cases: readonly Case[]): string[] {
  const ran = cases.filter(({ suite, milliseconds }) => suite !== 'compile' && milliseconds !== undefined);
  const all = ran.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0);
  if (ran.length <= 1 || all === 0) return [];
  const rows = [...ran]
    .sort((a, b) => b.milliseconds! - a.milliseconds!)
    .slice(0, SLOWEST)
    .map(({ name, milliseconds = 0, rows }) => [
      inlineCode(name),
      duration(milliseconds),
      `${Math.round((100 * milliseconds) / all)} %`,
      rows === undefined ? '' : count(rows),
    ]);
  const right = { align: 'right' as const };
  return [
    '### Slowest',
    markdownTable(
      [{ title: '' }, { title: 'time', ...right }, { title: 'of all', ...right }, { title: 'rows', ...right }],
      rows,
    ),
  ];
}

function skipped(cases: readonly Case[]): string[] {
  const own = cases.filter(({ state }) => state === 'skipped');
  if (own.length === 0) return [];
  const rows = own.slice(0, SHOWN_ROWS).map(({ name, note = '' }) => [inlineCode(name), inlineText(note)]);
  return [folded(`${count(own.length)} skipped`, markdownTable([{ title: '' }, { title: 'why' }], rows))];
}

function all(cases: readonly Case[]): string[] {
  const shown = cases
    .slice(0, SHOWN_ROWS)
    .map(({ suite, name, state, milliseconds, rows }) => [
      inlineCode(name),
      inlineText(suite),
      wordOf(state),
      rows === undefined ? '' : count(rows),
      milliseconds === undefined ? '' : duration(milliseconds),
    ]);
  const right = { align: 'right' as const };
  const columns = [
    { title: '' },
    { title: 'kind' },
    { title: 'state' },
    { title: 'rows', ...right },
    { title: 'time', ...right },
  ];
  const first = cases.length > SHOWN_ROWS ? `The first ${count(SHOWN_ROWS)} of ` : 'All ';
  return [folded(`${first}${count(cases.length)}`, markdownTable(columns, shown))];
}

const folded = (title: string, body: string): string => `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;

function names(cases: readonly Case[]): string {
  const shown = cases.slice(0, SHOWN_ROWS).map(({ name }) => inlineCode(name));
  return shown.join(', ');
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}\n[cut]` : text;
}
