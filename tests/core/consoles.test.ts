import { afterEach, expect, test } from 'vitest';
import type { Console, Part, Step } from '../../core/console.ts';
import { jsonConsole } from '../../core/consoles/json.ts';
import { plainConsole } from '../../core/consoles/plain.ts';
import { terminalConsole } from '../../core/consoles/terminal.ts';
import type { Clock } from '../../core/effects.ts';
import { clip, textWidth } from '../../core/text-width.ts';

let now = 0;
const clock: Clock = { now: () => new Date('2026-01-01T00:00:00Z'), monotonic: () => now };
let open: Console | undefined;
afterEach(() => {
  open?.close();
  now = 0;
});

const EVENTS: readonly Part[] = [
  { name: 's.old', state: 'unchanged' },
  { name: 's.first', state: 'running' },
  { name: 's.a_name_that_is_much_longer_than_the_line', state: 'running' },
  { name: 's.first', state: 'succeeded', note: '1,204 rows', milliseconds: 84 },
  { name: 's.second', state: 'running' },
  { name: 's.second', state: 'failed', note: 'division by zero\nLINE 1', milliseconds: 3210 },
  { name: 's.third', state: 'skipped', note: 's.second failed' },
  { name: 's.off', state: 'disabled' },
];
const TOTAL = 9;

function send(step: Step): void {
  for (const event of EVENTS) {
    now += 1000;
    step.part(event, TOTAL);
  }
}

const ESCAPE = String.fromCharCode(27);
const SENT = new RegExp(`${ESCAPE}\\[(\\??\\d*)([A-Za-z])|[^]`, 'g');

/** What a terminal shows after it was sent the text: just enough of one for what consoles send. */
function screen(text: string, columns: number): string[] {
  const lines = [''];
  let row = 0;
  let column = 0;
  for (const [token, number, command] of text.matchAll(SENT)) {
    if (command === undefined) {
      if (token === '\n' || column === columns) {
        row++;
        column = 0;
        lines[row] ??= '';
        if (token === '\n') continue;
      }
      lines[row] = lines[row]!.padEnd(column).slice(0, column) + token + lines[row]!.slice(column + 1);
      column++;
    } else if (command === 'A') row = Math.max(0, row - Number(number || 1));
    else if (command === 'K') lines[row] = '';
    else if (command === 'G') column = 0;
    else expect(['h', 'l', 'm']).toContain(command);
  }
  return lines.map((line) => line.trimEnd());
}

test('a terminal: what ended scrolls away, what runs stands below with its time, then the counts; no line is too long', () => {
  const writes: string[] = [];
  const err = { write: (text: string) => writes.push(text), columns: 50, rows: 24 };
  open = terminalConsole({ out: err, err }, clock);
  const step = open.step('run');
  send(step);
  const during = screen(writes.join(''), 50);
  expect(during).toEqual([
    '  ✔ s.first                   1,204 rows (84 ms)',
    '  ✖ s.second                  division by zero (3.',
    '2 s)',
    '  - s.third                   s.second failed',
    '  ⠋ s.a_name_that_is_much_longer_than_the_… 4.0 s',
    '⠋ run       1 done, 1 failed, 1 skipped, 1… 7.0 s',
    '',
  ]);
  // Each change is one write, so that nothing in between is ever seen.
  expect(writes.every((text) => text.startsWith(`${ESCAPE}[?2026h`) && text.endsWith(`${ESCAPE}[?2026l`))).toBe(true);
  step.fail('1 model, 1 failed');
  open.line('said afterwards');
  expect(screen(writes.join(''), 50).slice(-4)).toEqual([
    '  - s.third                   s.second failed',
    '✖ run       1 model, 1 failed (8.0 s)',
    'said afterwards',
    '',
  ]);
});

test('plain: a line for each part that ended, none for what is unchanged or disabled', () => {
  const lines: string[] = [];
  const err = { write: (text: string) => lines.push(text) };
  const step = plainConsole({ out: err, err }, clock).step('run');
  send(step);
  step.fail('1 failed');
  expect(lines).toEqual([
    '  ok   s.first                                              1,204 rows (84 ms)\n',
    '  FAIL s.second                                             division by zero (3.2 s)\n',
    '  skip s.third                                              s.second failed\n',
    'FAIL run       1 failed (8.0 s)\n',
  ]);
});

test('json: every event of every part', () => {
  const events: object[] = [];
  const err = { write: (text: string) => events.push(JSON.parse(text)) };
  send(jsonConsole({ out: err, err }, clock).step('run'));
  expect(events).toHaveLength(1 + EVENTS.length);
  expect(events[4]).toEqual({
    at: '2026-01-01T00:00:00.000Z',
    event: 'part',
    step: 'run',
    part: 's.first',
    state: 'succeeded',
    note: '1,204 rows',
    milliseconds: 84,
    total: TOTAL,
  });
});

test('the width of a text is that of its characters on a terminal', () => {
  expect(['', 'abc', 'é', 'e\u0301', '表の名', '👩‍👧', 'ﾊ'].map(textWidth)).toEqual([0, 3, 1, 1, 6, 2, 1]);
  expect([clip('abc', 3), clip('abcd', 3), clip('表の名', 4), clip('abc', 1), clip('abc', 0)]).toEqual([
    'abc',
    'ab…',
    '表…',
    '…',
    '',
  ]);
});
