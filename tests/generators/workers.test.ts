import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { contents, type Sandbox, sandbox } from './worlds.ts';

const TWO = { workers: 2, overrides: { days: 60, users: 60 } };

const all = ({ workspace: { rawDir, truthDir } }: Sandbox) => ({ raw: contents(rawDir), truth: contents(truthDir) });

const beside = ({ workspace: { rawDir, truthDir, name } }: Sandbox) =>
  [rawDir, truthDir].flatMap((dir) => readdirSync(dirname(dir))).filter((entry) => entry !== name);

test('Ctrl-C ends all workers and leaves the old world whole', async () => {
  const world = sandbox();
  await world.generate(TWO);
  const before = all(world);
  const controller = new AbortController();
  const again = world.generate(
    { workers: 2, overrides: { ...TWO.overrides, seed: 3 }, onProgress: () => controller.abort() },
    controller.signal,
  );
  await expect(again).rejects.toThrow(
    /^RUN_CANCELLED\n {2}generation was interrupted after day \d+ of 60; the files that were there before are untouched\n/,
  );
  expect(all(world)).toEqual(before);
  expect(beside(world)).toEqual([]);
});

test('the error of one worker ends all, is told, and leaves the old world whole', async () => {
  const world = sandbox();
  await world.generate(TWO);
  const before = all(world);
  const { rawDir } = world.workspace;
  let isBroken = false;
  const onProgress = () => {
    if (isBroken) return;
    isBroken = true;
    // A file where the workers want a folder.
    const staged = join(dirname(rawDir), readdirSync(dirname(rawDir)).find((name) => name.endsWith('.new'))!);
    rmSync(join(staged, 'billing'), { recursive: true, force: true });
    writeFileSync(join(staged, 'billing'), '');
  };
  const again = world.generate({ workers: 2, overrides: { ...TWO.overrides, seed: 3 }, onProgress });
  await expect(again).rejects.toThrow(/EEXIST|ENOTDIR/);
  expect(isBroken).toBe(true);
  expect(all(world)).toEqual(before);
  expect(beside(world)).toEqual([]);
});

test('memory does not grow with the days', () => {
  const world = sandbox();
  // Lines of two thousand events a day for half a year are twice this heap, before anything is made of them.
  const flags = ['--scenario', 'tiny', '--days', '180', '--users', '60', '--events-per-day', '2500', '--workers', '1'];
  const main = join(packageRoot(), 'dist', 'cli', 'main.js');
  writeFileSync(join(world.dir, 'dataform.json'), '{}');
  execFileSync(process.execPath, ['--max-old-space-size=64', main, 'generate', ...flags, '--project-dir', world.dir], {
    stdio: 'pipe',
  });
  expect(existsSync(join(world.workspace.rawDir, 'events', '2026-06-29.jsonl'))).toBe(true);
});
