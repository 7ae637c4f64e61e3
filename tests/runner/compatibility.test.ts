import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';

const docs = join(packageRoot(), 'docs');
const rows = readFileSync(join(docs, 'compatibility.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!---|Upstream \||What \|)/.test(line))
  .map((line) => ({ line, shown: line.split(' | ').at(-1)! }));

test('the page of compatibility has its rows', () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows)('$line', ({ shown }) => {
  const [, path = '', name] = /^\[[a-z-]+\]\(([^)]+)\)(?: "(.+)")? \|$/.exec(shown) ?? [];
  expect(existsSync(join(docs, path)) && path !== '').toBe(true);
  if (path.endsWith('.test.ts')) expect(readFileSync(join(docs, path), 'utf8')).toContain(`('${name}'`);
});
