import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFolder, stage } from '../../core/staged-folder.ts';

function oldFolder(): { parent: string; folder: string } {
  const parent = mkdtempSync(join(tmpdir(), 'tidemark-'));
  const folder = join(parent, 'site');
  mkdirSync(folder);
  writeFileSync(join(folder, 'old.txt'), 'old');
  return { parent, folder };
}

test('the new folder takes the place of the old one as a whole, and nothing else stays', async () => {
  const { parent, folder } = oldFolder();
  await replaceFolder(folder, (fresh) => writeFileSync(join(fresh, 'new.txt'), 'new'));
  expect(readdirSync(folder)).toEqual(['new.txt']);
  expect(readdirSync(parent)).toEqual(['site']);
});

test('when filling fails, the old folder stays as it was', async () => {
  const { parent, folder } = oldFolder();
  const failing = replaceFolder(folder, (fresh) => {
    writeFileSync(join(fresh, 'half.txt'), '');
    throw new Error('no space left');
  });
  await expect(failing).rejects.toThrow('no space left');
  expect(readdirSync(folder)).toEqual(['old.txt']);
  expect(readdirSync(parent)).toEqual(['site']);
});

test('what a killed process left is removed; what a living one is working on is not', () => {
  const { parent, folder } = oldFolder();
  for (const name of ['.site.111.new', '.site.222.new', '.other.111.new']) mkdirSync(join(parent, name));
  stage(folder, (pid) => pid === 222).discard();
  expect(readdirSync(parent).sort()).toEqual(['.other.111.new', '.site.222.new', 'site']);
});

test('after a kill between the two renames of a swap the old folder comes back', () => {
  const parent = mkdtempSync(join(tmpdir(), 'tidemark-'));
  mkdirSync(join(parent, '.site.111.old'));
  writeFileSync(join(parent, '.site.111.old', 'old.txt'), 'old');
  stage(join(parent, 'site'), () => false).discard();
  expect(readFileSync(join(parent, 'site', 'old.txt'), 'utf8')).toBe('old');
  expect(existsSync(join(parent, '.site.111.old'))).toBe(false);
});
