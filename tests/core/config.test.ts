import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isCalendarDate, loadConfig, parseConfig } from '../../core/config.ts';
import type { TidemarkError } from '../../core/errors.ts';

const problemsOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as TidemarkError).problems;
  }
  throw new Error('nothing was thrown');
};

const source = (lines: string[]) => parseConfig(lines.join('\n'), 'configs/datasets/x/events.yaml', 'source');
const good = [
  'version: 1',
  'source: events',
  'description: d',
  'owner: o',
  'files: { pattern: "*.jsonl", format: jsonl }',
  'columns:',
  '  id: { type: string, description: d }',
  'grain: [id]',
];

test('a valid file becomes a value that still knows its places', () => {
  const config = source(good);
  expect(config.problem(['columns', 'id', 'type'], 'no such type')).toMatchObject({
    file: 'configs/datasets/x/events.yaml',
    line: 7,
    column: 15,
    message: 'columns.id.type: no such type',
  });
});

test('all problems of a file are reported at once, in the order of its lines', () => {
  const problems = problemsOf(() =>
    source([
      ...good.slice(0, 3),
      'ownr: o',
      good[4]!,
      'columns:',
      '  id: { type: strnig, description: d }',
      'grain: id',
    ]),
  );
  expect(problems.map(({ code, line, nearest }) => ({ code, line, nearest }))).toEqual([
    { code: 'CONFIG_INVALID', line: 1, nearest: undefined },
    { code: 'CONFIG_UNKNOWN_KEY', line: 4, nearest: 'owner' },
    { code: 'CONFIG_INVALID', line: 7, nearest: 'string' },
    { code: 'CONFIG_INVALID', line: 8, nearest: undefined },
  ]);
  expect(problems[0]!.message).toBe('the key "owner" is missing');
  expect(problems[3]!.message).toBe('grain: found "id", expected array');
});

test('broken YAML names line and column', () => {
  const [problem] = problemsOf(() => source(['version: 1', 'source: [events']));
  expect(problem).toMatchObject({ code: 'CONFIG_SYNTAX', line: 2 });
});

test('a file that does not exist names what there is and the nearest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
  writeFileSync(join(folder, 'baseline.yaml'), '');
  expect(
    problemsOf(() => loadConfig(join(folder, 'basline.yaml'), { schema: 'source', projectDir: folder }))[0],
  ).toMatchObject({
    code: 'CONFIG_NOT_FOUND',
    nearest: 'baseline',
  });
});

test('a date must exist', () => {
  expect(['2024-02-29', '2023-02-29', '2024-13-01', '2024-1-01'].map(isCalendarDate)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
