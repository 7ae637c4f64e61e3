import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FileWatch, watchFiles } from '../../core/watch-files.ts';

let root: string;
let files: FileWatch;
const write = (path: string, text: string) => writeFileSync(join(root, path), text);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidemark-watch-'));
  mkdirSync(join(root, 'definitions', 'deep'), { recursive: true });
  write('definitions/a.sqlx', 'a');
  write('definitions/deep/b.sqlx', 'b');
  write('dataform.json', '{}');
  files = watchFiles(root, { folders: ['definitions', 'includes'], files: ['dataform.json'] });
});
afterEach(() => {
  files.close();
  rmSync(root, { recursive: true, force: true });
});

test('a save, also through a temporary file, a new folder, a rename and a removal', async () => {
  write('definitions/deep/b.sqlx', 'bb');
  expect(await files.next()).toEqual(['definitions/deep/b.sqlx']);

  const renamed = files.next();
  write('definitions/.a.sqlx.swp', 'new');
  renameSync(join(root, 'definitions/.a.sqlx.swp'), join(root, 'definitions/a.sqlx'));
  expect(await renamed).toEqual(['definitions/a.sqlx']);

  const made = files.next();
  mkdirSync(join(root, 'includes'));
  write('includes/macros.js', 'x');
  expect(await made).toEqual(['includes/macros.js']);

  const inside = files.next();
  write('includes/macros.js', 'y');
  expect(await inside).toEqual(['includes/macros.js']);

  const moved = files.next();
  renameSync(join(root, 'definitions/deep'), join(root, 'definitions/other'));
  expect(await moved).toEqual(['definitions/deep/b.sqlx', 'definitions/other/b.sqlx']);

  const removed = files.next();
  rmSync(join(root, 'definitions/other'), { recursive: true });
  rmSync(join(root, 'dataform.json'));
  const gone = new Set(await removed);
  while (gone.size < 2) for (const path of (await files.next())!) gone.add(path);
  expect([...gone].sort()).toEqual(['dataform.json', 'definitions/other/b.sqlx']);
});

test('what is saved between two calls is not lost, and each change is told once', async () => {
  write('definitions/a.sqlx', 'one');
  write('definitions/c.sqlx', 'two');
  expect(await files.next()).toEqual(['definitions/a.sqlx', 'definitions/c.sqlx']);
  const next = files.next();
  files.close();
  expect(await next).toBeUndefined();
  expect(await files.next()).toBeUndefined();
});

test('the same content, editors own files, and files elsewhere are no changes', async () => {
  utimesSync(join(root, 'definitions/a.sqlx'), 1, 1);
  write('definitions/.#a.sqlx', 'lock');
  write('definitions/a.sqlx~', 'backup');
  write('elsewhere.txt', 'x');
  const next = files.next();
  write('definitions/deep/b.sqlx', 'the only one');
  expect(await next).toEqual(['definitions/deep/b.sqlx']);
});
