import type { Part, PartState } from '../console.ts';
import { count } from '../format.ts';

const WORDS: readonly (readonly [PartState, string])[] = [
  ['failed', 'failed'],
  ['warned', 'warned'],
  ['skipped', 'skipped'],
  ['cancelled', 'cancelled'],
  ['unchanged', 'unchanged'],
];

/** The parts of a step: which are running since when, and how many ended in which state. */
export interface Tally {
  readonly running: ReadonlyMap<string, number>;
  /** Takes an event; `now` on the clock of durations. */
  take(part: Part, total: number, now: number): void;
  /** `12 done, 1 failed, 40 waiting`. */
  text(): string;
}

export function tally(): Tally {
  const running = new Map<string, number>();
  const ended = new Map<PartState, number>();
  let all = 0;
  const n = (state: PartState) => ended.get(state) ?? 0;
  return {
    running,
    take({ name, state }, total, now) {
      all = total;
      if (state === 'running') running.set(name, now);
      else {
        running.delete(name);
        ended.set(state, n(state) + 1);
      }
    },
    text() {
      const waiting = all - running.size - [...ended.values()].reduce((sum, n) => sum + n, 0);
      const parts = [`${count(n('succeeded'))} done`];
      for (const [state, word] of WORDS) if (n(state) > 0) parts.push(`${count(n(state))} ${word}`);
      if (waiting > 0) parts.push(`${count(waiting)} waiting`);
      return parts.join(', ');
    },
  };
}
