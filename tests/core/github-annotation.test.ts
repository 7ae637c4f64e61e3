import { expect, test } from 'vitest';
import { annotatingConsole } from '../../core/consoles/annotating.ts';
import { captureConsole } from '../../core/consoles/capture.ts';
import type { Problem } from '../../core/errors.ts';
import { githubAnnotation } from '../../core/github-annotation.ts';

const PROBLEM: Problem = {
  code: 'ACTION_FAILED',
  message: 's.t: 100% of\r\nlines, and: more\n',
  file: 'definitions/a,b:c%.sqlx',
  line: 3,
  column: 7,
  nearest: 'near',
  excerpt: '> 3 | select',
};

test('a problem as a workflow command: one line, everything that would end it early is escaped, without the excerpt', () => {
  expect(githubAnnotation('error', PROBLEM, 'm/definitions/a,b:c%.sqlx')).toBe(
    '::error file=m/definitions/a%2Cb%3Ac%25.sqlx,line=3,col=7,title=ACTION_FAILED::s.t: 100%25 of%0D%0Alines, and: more' +
      ' Did you mean "near"?%0AThe message holds the engine text and the file of the action.',
  );
});

test('without a place there is a title alone; a long message has an end, between two characters', () => {
  const message = `${'x'.repeat(3998)}😀${'y'.repeat(100_000)}`;
  const line = githubAnnotation('warning', { code: 'USAGE', message, hint: 'Do.' }, undefined);
  expect(line).toBe(`::warning title=USAGE::${'x'.repeat(3998)}…%0ADo.`);
});

test('the console shows errors and warnings as before, and annotates both', () => {
  const shown = captureConsole();
  const written: string[] = [];
  const console = annotatingConsole(
    shown,
    (line) => written.push(line),
    (file) => `sub/${file}`,
  );
  const { column: _, ...noColumn } = PROBLEM;
  console.error(PROBLEM);
  console.warn({ code: 'RUN_KILLED', message: 'm', hint: 'h' });
  console.warn({ ...noColumn, message: 'm', hint: 'h', file: 'f' });
  console.line('a line');
  expect([shown.errors.length, shown.warnings.length, shown.lines]).toEqual([1, 2, ['a line']]);
  expect(written.slice(1)).toEqual([
    '::warning title=RUN_KILLED::m%0Ah',
    '::warning file=sub/f,line=3,title=ACTION_FAILED::m Did you mean "near"?%0Ah',
  ]);
});
