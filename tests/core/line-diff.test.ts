import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from '../../core/line-diff.ts';

test('equal texts have no difference', () => {
  expect(unifiedDiff('a\nb\n', 'a\nb\n', 'x.sqlx')).toBe('');
});

test('changes far apart are two hunks with three lines around each; changes near each other are one', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`);
  const after = lines.with(1, 'second\n').with(3, 'fourth\n').toSpliced(17, 1);
  expect(unifiedDiff(lines.join(''), after.join(''), 'definitions/x.sqlx')).toBe(`--- a/definitions/x.sqlx
+++ b/definitions/x.sqlx
@@ -1,7 +1,7 @@
 line 1
-line 2
+second
 line 3
-line 4
+fourth
 line 5
 line 6
 line 7
@@ -15,6 +15,5 @@
 line 15
 line 16
 line 17
-line 18
 line 19
 line 20
`);
});

test('says where a text ends without a line end, and how an empty one begins', () => {
  expect(unifiedDiff('a', 'a\n', 'x')).toBe(
    '--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n',
  );
  expect(unifiedDiff('', 'a\n', 'x')).toBe('--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n');
});

test('a patch applied to the text before gives the text after', () => {
  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n'), { maxLength: 40 })
    .chain((lines) => fc.constantFrom('', 'end').map((last) => lines.join('') + last));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(apply(before, unifiedDiff(before, after, 'x'))).toBe(after);
    }),
    { numRuns: 500 },
  );
});

test('texts that share next to nothing are one block, and take no time', () => {
  const before = Array.from({ length: 3000 }, (_, i) => `old ${i}\n`).join('');
  const after = Array.from({ length: 3000 }, (_, i) => `new ${i}\n`).join('');
  expect(apply(before, unifiedDiff(before, after, 'x'))).toBe(after);
});

/** What `patch` does; throws where the patch does not fit the text. */
function apply(text: string, patch: string): string {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const output: string[] = [];
  let at = 0;
  const marked = patch.match(/[^\n]*\n(\\ No newline at end of file\n)?/g) ?? [];
  for (const entry of marked.slice(2)) {
    const line = entry.includes('\n\\') ? entry.slice(1, entry.indexOf('\n')) : entry.slice(1);
    const hunk = /^@@ -(\d+),(\d+) /.exec(entry);
    if (hunk) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      while (at < start) output.push(lines[at++]!);
      continue;
    }
    if (!entry.startsWith('+') && lines[at++] !== line) throw new Error(`does not fit at line ${at}`);
    if (!entry.startsWith('-')) output.push(line);
  }
  return output.concat(lines.slice(at)).join('');
}
