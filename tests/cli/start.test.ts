import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { temporaryFolder } from '../runner/helpers.ts';

/** The built command line in a folder of its own, with no bytecode kept. */
function installation() {
  const root = temporaryFolder();
  cpSync(join(packageRoot(), 'dist/bin'), join(root, 'dist/bin'), { recursive: true });
  cpSync(join(packageRoot(), 'package.json'), join(root, 'package.json'));
  const cache = join(root, 'node_modules/.cache/tidemark');
  return {
    root,
    start(...args: string[]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/bin/tidemark.cjs'), ...args], {
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
    kept: () => {
      const [name, ...more] = readdirSync(cache);
      expect(more).toEqual([]);
      const path = join(cache, name!);
      // What is written anew is another file.
      return { path, bytes: readFileSync(path), file: statSync(path).ino };
    },
  };
}

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
const WELL = { status: 0, stdout: `${version}\n`, stderr: '' };

test('the second process of a command runs the bytecode that the first one kept, and keeps it as it is', () => {
  const { start, kept } = installation();
  expect(start('--version')).toEqual(WELL);
  const first = kept();
  expect(start('--version')).toEqual(WELL);
  expect(kept()).toEqual(first);
});

test('a part of the program that was changed is run as it is now', () => {
  const { root, start, kept } = installation();
  start('--version');
  const before = kept();
  const part = join(root, 'dist/bin/parts/main.cjs');
  const text = readFileSync(part, 'utf8');
  // Of the same length, which is all that V8 looks at.
  writeFileSync(part, text.replace('.version(version)', '.version("other")').padEnd(text.length));
  expect(start('--version').stdout).toBe('other\n');
  expect(kept().file).not.toBe(before.file);
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['with one wrong byte', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 3000 ? byte ^ 1 : byte)))],
  ['empty', () => Buffer.alloc(0)],
])('bytecode that is %s is not run, and kept anew', (_, damage) => {
  const { start, kept } = installation();
  start('--version');
  const whole = kept();
  writeFileSync(whole.path, damage(whole.bytes));
  expect(start('--version')).toEqual(WELL);
  expect(kept().file).not.toBe(whole.file);
  expect(start('--version')).toEqual(WELL);
});

test('a command that fails keeps nothing, and no name from outside becomes a file', () => {
  const { root, start } = installation();
  expect(start('compile', '--nonsense').status).toBe(2);
  expect(start('../../x').status).not.toBe(0);
  expect(readdirSync(root).sort()).toEqual(['dist', 'package.json']);
});

test('where nothing can be kept, all works', () => {
  const { root, start } = installation();
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules/.cache'), '');
  expect(start('--version')).toEqual(WELL);
});
