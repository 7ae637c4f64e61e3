import { type Problem, place } from '../../core/errors.ts';
import { count, duration } from '../../core/format.ts';
import { type Column, codeBlock, inlineCode, inlineText, markdownTable } from '../../core/markdown.ts';
import type { Case, CaseState, Outcome } from './cases.ts';

/** GitHub takes a summary of a mebibyte a step and no more: what is shown has an end, and says what it leaves out. */
const SHOWN_PROBLEMS = 25;
const BLOCK_CHARACTERS = 6000;
const SENTENCE_CHARACTERS = 1000;
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
    // A compile that went well is one case, and the line above says it.
    ...(cases.length > 1 ? ['### What ran', counts(cases), ...slowest(cases), ...skipped(cases), ...all(cases)] : []),
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
  const [first = '', ...rest] = message.trimEnd().split('\n');
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  return [
    `#### ${inlineCode(name)}`,
    [inlineText(suite), whereOf(problem, link), inlineText(code)].filter(Boolean).join(' · '),
    // A sentence can be long, and lines of code are not broken.
    inlineText(`${cut(first, SENTENCE_CHARACTERS)}${rest.length > 0 ? '' : meant}`),
    ...(rest.length > 0 ? [codeBlock(cut(`${rest.join('\n')}${meant && `\n${meant.trim()}`}`), 'text')] : []),
    ...(excerpt === undefined ? [] : [codeBlock(cut(excerpt), 'text')]),
    ...(hint === undefined ? [] : [inlineText(hint)]),
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
  const shown = [...ran].sort((a, b) => b.milliseconds! - a.milliseconds!).slice(0, SLOWEST);
  return ['### Slowest', casesTable(shown, [TIME, share(all), ROWS])];
}

function skipped(cases: readonly Case[]): string[] {
  const own = cases.filter(({ state }) => state === 'skipped');
  if (own.length === 0) return [];
  const rows = own.slice(0, SHOWN_ROWS).map(({ name, note = '' }) => [inlineCode(name), inlineText(note)]);
  return [folded(`${count(own.length)} skipped`, markdownTable([{ title: '' }, { title: 'why' }], rows))];
}

function all(cases: readonly Case[]): string[] {
  const first = cases.length > SHOWN_ROWS ? `The first ${count(SHOWN_ROWS)} of ` : 'All ';
  const table = casesTable(cases.slice(0, SHOWN_ROWS), [KIND, STATE, ROWS, TIME]);
  return [folded(`${first}${count(cases.length)}`, table)];
}

interface Shown extends Column {
  readonly of: (one: Case) => string;
}

const KIND: Shown = { title: 'kind', of: ({ suite }) => inlineText(suite) };
const STATE: Shown = { title: 'state', of: ({ state }) => wordOf(state) };
const ROWS: Shown = { title: 'rows', align: 'right', of: ({ rows }) => (rows === undefined ? '' : count(rows)) };
const TIME: Shown = {
  title: 'time',
  align: 'right',
  of: ({ milliseconds }) => (milliseconds === undefined ? '' : duration(milliseconds)),
};
const share = (all: number): Shown => ({
  title: 'of all',
  align: 'right',
  of: ({ milliseconds = 0 }) => `${Math.round((100 * milliseconds) / all)} %`,
});

/** A line a case; a column of which no case has anything is left out. */
function casesTable(cases: readonly Case[], columns: readonly Shown[]): string {
  const shown = columns.filter(({ of }) => cases.some((one) => of(one) !== ''));
  const rows = cases.map((one) => [inlineCode(one.name), ...shown.map(({ of }) => of(one))]);
  return markdownTable([{ title: '' }, ...shown], rows);
}

const folded = (title: string, body: string): string => `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;

function names(cases: readonly Case[]): string {
  const shown = cases.slice(0, SHOWN_ROWS).map(({ name }) => inlineCode(name));
  return shown.join(', ');
}

const cut = (text: string, characters = BLOCK_CHARACTERS): string =>
  text.length > characters ? `${text.slice(0, characters)} ... (cut)` : text;
