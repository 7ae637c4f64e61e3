import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Fills a new folder beside `folder` and puts it in its place when `fill` has resolved: a reader finds the old files or the new ones,
 * never a mixture. When `fill` throws, the old folder stays as it was.
 */
export async function replaceFolder<T>(folder: string, fill: (next: string) => Promise<T>): Promise<T> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, `.${basename(folder)}-`));
  const next = join(work, 'next');
  const previous = join(work, 'previous');
  try {
    await mkdir(next);
    const result = await fill(next);
    const had = existsSync(folder);
    if (had) await rename(folder, previous);
    try {
      await rename(next, folder);
    } catch (error) {
      if (had) await rename(previous, folder);
      throw error;
    }
    return result;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
