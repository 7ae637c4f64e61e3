import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { processLives } from './process.ts';

/** A folder that is filled beside its final place, so that a reader finds the old files or the new ones and never a part. */
export interface Staged {
  /** Where to write. */
  readonly folder: string;
  /** Takes the place of the final folder, which is removed. */
  swap(): void;
  /** Removes what was written. */
  discard(): void;
}

/**
 * Makes an empty sibling of `folder`, and mends what a killed process left behind: its siblings go, and when it died between the two
 * renames of a swap, the old folder comes back.
 */
export function stage(folder: string, isAlive: (pid: number) => boolean = processLives): Staged {
  const parent = dirname(folder);
  const prefix = `.${basename(folder)}.`;
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const match = name.startsWith(prefix) && /^(\d+)\.(new|old)$/.exec(name.slice(prefix.length));
    if (!match || (Number(match[1]) !== process.pid && isAlive(Number(match[1])))) continue;
    if (match[2] === 'old' && !existsSync(folder)) renameSync(join(parent, name), folder);
    else rmSync(join(parent, name), { recursive: true });
  }
  const fresh = join(parent, `${prefix}${process.pid}.new`);
  const old = join(parent, `${prefix}${process.pid}.old`);
  mkdirSync(fresh);
  return {
    folder: fresh,
    swap() {
      const hadOld = existsSync(folder);
      if (hadOld) renameSync(folder, old);
      try {
        renameSync(fresh, folder);
      } catch (error) {
        if (hadOld) renameSync(old, folder);
        throw error;
      }
      rmSync(old, { recursive: true, force: true });
    },
    discard: () => rmSync(fresh, { recursive: true, force: true }),
  };
}

/** Fills a new folder and puts it in the place of `folder` when `fill` has resolved; when it throws, the old folder stays as it was. */
export async function replaceFolder<T>(folder: string, fill: (fresh: string) => T | Promise<T>): Promise<T> {
  const staged = stage(folder);
  try {
    const result = await fill(staged.folder);
    staged.swap();
    return result;
  } finally {
    staged.discard();
  }
}
