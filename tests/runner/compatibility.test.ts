import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';

/** Pages with tables whose last column links to a test by its name, to a case, or says why there is none. */
const pages = [
  { page: 'docs/compatibility.md', atLeast: 30 },
  { page: 'tests/runner/upstream/README.md', atLeast: 40 },
];

describe.each(pages)('$page', ({ page, atLeast }) => {
  const file = join(packageRoot(), page);
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\| (?!---|Upstream \||What \|)/.test(line))
    .map((line) => ({ line, shown: line.split(' | ').at(-1)! }));

  test('has its rows', () => {
    expect(rows.length).toBeGreaterThan(atLeast);
  });

  test.each(rows.filter(({ shown }) => !/^Not (applicable|there): /.test(shown)))('$line', ({ shown }) => {
    const [, path = '', name] = /^\[[a-z-]+\]\(([^)]+)\)(?: "(.+)")? \|$/.exec(shown) ?? [];
    const shownIn = join(dirname(file), path);
    expect(existsSync(shownIn) && path !== '').toBe(true);
    if (path.endsWith('.test.ts')) expect(readFileSync(shownIn, 'utf8')).toContain(`('${name}'`);
  });
});
