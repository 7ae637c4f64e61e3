import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../core/effects.ts';
import { findFiles } from './raw-files.ts';

export interface Watched {
  readonly rawDir: string;
  readonly patterns: readonly string[];
  /** Milliseconds from one look to the next; a file that nobody has written to for so long is whole. */
  readonly every: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Looks at the raw files again and again, until the signal aborts, and says when some are new or have changed and nobody writes to them
 * any more. It only asks for size and time, as notices of the system do not reach across network drives and containers.
 *
 * Each value is the test for files that are whole: what is still being written to has its turn later. Whoever could not use a value calls
 * its `again`.
 */
export async function* settledChanges({ rawDir, patterns, every, clock, signal }: Watched): AsyncGenerator<Settled> {
  let before = new Map<string, string>();
  let handled = new Map<string, string>();
  while (!signal.aborted) {
    const now = new Map<string, string>();
    const whole = new Map<string, string>();
    for (const path of new Set(patterns.flatMap((pattern) => findFiles(rawDir, pattern)))) {
      const stat = statSync(join(rawDir, path), { throwIfNoEntry: false });
      if (!stat) continue;
      const state = `${stat.size} ${stat.mtimeMs}`;
      now.set(path, state);
      const age = clock.now().getTime() - stat.mtimeMs;
      if (before.get(path) === state || age > 2 * every) whole.set(path, state);
    }
    if ([...whole].some(([path, state]) => handled.get(path) !== state)) {
      const earlier = handled;
      handled = whole;
      yield {
        isWhole: (path) => whole.has(path),
        again: () => {
          handled = earlier;
        },
      };
    }
    before = now;
    await setTimeout(every, undefined, { signal }).catch(() => undefined);
  }
}

export interface Settled {
  /** @param path relative to the folder of the raw files. */
  isWhole(path: string): boolean;
  /** The files could not be loaded for a reason that may pass: they come again. */
  again(): void;
}
