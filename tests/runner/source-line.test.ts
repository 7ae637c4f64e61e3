import { expect, test } from 'vitest';
import { lineOfWord, sourceLine } from '../../runner/source-line.ts';

const source = [
  'config { type: "table" }',
  '',
  'select a.b, axb',
  `from \${ref("events")} where \${when(x, "y")} and wrong = 1`,
  `\${macro()}`,
].join('\n');

test('a generated line is found by its text, a placeholder standing for whatever it became', () => {
  expect(sourceLine(source, '\n\n  select a.b, axb', 3)).toBe(3);
  expect(sourceLine(source, 'from "d"."events" where 1 = 2 and wrong = 1', 1)).toBe(4);
});

test('a line that is not there, or says too little, is not guessed', () => {
  expect(sourceLine(source, 'select a_b, axb', 1)).toBeUndefined();
  expect(sourceLine(source, 'anything at all', 1)).toBeUndefined();
  expect(sourceLine(source, ')', 1)).toBeUndefined();
  expect(sourceLine(source, 'one line', 7)).toBeUndefined();
});

test('a word is found whole and as it is written', () => {
  expect(lineOfWord(source, 'events')).toBe(4);
  expect(lineOfWord(source, 'event')).toBeUndefined();
  expect(lineOfWord(source, 'a.b')).toBe(3);
});
