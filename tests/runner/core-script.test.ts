import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type vm from 'node:vm';
import { expect, test } from 'vitest';
import { loadCoreScript } from '../../runner/core-script.ts';
import { temporaryFolder } from './helpers.ts';

/** A bundle of another name each time, as what one process has loaded stays loaded. */
function writeBundle(answer: number): string {
  const file = join(temporaryFolder(), 'bundle.js');
  writeFileSync(file, `module.exports = () => ${answer};`);
  return file;
}

function answerOf({ script }: { script: vm.Script }): number {
  const module = { exports: undefined as unknown as () => number };
  (script.runInThisContext() as (...parameters: unknown[]) => void)(module.exports, undefined, module);
  return module.exports();
}

/** Loads the bundle, runs it and keeps the bytecode. */
function firstProcess(file: string, cache: string): string {
  const first = loadCoreScript(file, cache);
  answerOf(first);
  first.keep();
  const folder = join(cache, 'node_modules/.cache/tidemark');
  const [name] = readdirSync(folder);
  return join(folder, name!);
}

test('the bytecode that one process keeps is run by the next', () => {
  const cache = join(temporaryFolder(), 'cache');
  firstProcess(writeBundle(41), cache);
  const second = loadCoreScript(writeBundle(41), cache);
  expect(second.script.cachedDataRejected).toBe(false);
  expect(answerOf(second)).toBe(41);
});

test('another bundle of the same length gets bytecode of its own', () => {
  const cache = join(temporaryFolder(), 'cache');
  firstProcess(writeBundle(41), cache);
  const other = loadCoreScript(writeBundle(42), cache);
  expect(other.script.cachedDataRejected).toBeUndefined();
  expect(answerOf(other)).toBe(42);
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
  [
    'with one wrong byte',
    (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 1 : byte))),
  ],
  ['empty', () => Buffer.alloc(0)],
])('bytecode that is %s is not run, and mended by the next keep', (_, damage) => {
  const cache = join(temporaryFolder(), 'cache');
  const path = firstProcess(writeBundle(41), cache);
  const whole = readFileSync(path);
  writeFileSync(path, damage(whole));
  const file = writeBundle(41);
  const next = loadCoreScript(file, cache);
  expect(next.script.cachedDataRejected).toBeUndefined();
  expect(answerOf(next)).toBe(41);
  next.keep();
  expect(loadCoreScript(writeBundle(41), cache).script.cachedDataRejected).toBe(false);
});

test('a folder that cannot be written costs nothing but time', () => {
  const parent = temporaryFolder();
  // A file in its place stops root as well, whom rights do not stop.
  writeFileSync(join(parent, 'cache'), '');
  const script = loadCoreScript(writeBundle(41), join(parent, 'cache'));
  expect(answerOf(script)).toBe(41);
  expect(() => script.keep()).not.toThrow();
});

test('a bundle that is replaced is loaded anew in the same process', () => {
  const cache = join(temporaryFolder(), 'cache');
  const file = writeBundle(41);
  expect(answerOf(loadCoreScript(file, cache))).toBe(41);
  writeFileSync(file, 'module.exports = () => 42;');
  expect(answerOf(loadCoreScript(file, cache))).toBe(42);
});
