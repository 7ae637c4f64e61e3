import type { Console, Streams } from '../console.ts';
import type { Clock } from '../effects.ts';
import { formatProblem } from '../errors.ts';
import { duration } from '../format.ts';

/** One line an event, no colour, no cursor movement: for CI and for files. Progress is silent; only starts and ends are printed. */
export function plainConsole({ out, err }: Streams, clock: Clock): Console {
  const line = (text = '') => void err.write(`${text}\n`);
  return {
    line,
    warn: (problem) => line(`warning ${formatProblem(problem)}`),
    error: (problem) => line(`error ${formatProblem(problem)}`),
    step(name) {
      const started = clock.monotonic();
      const end = (mark: string) => (summary: string) =>
        line(`${mark} ${name.padEnd(9)} ${summary} (${duration(clock.monotonic() - started)})`);
      return { update() {}, succeed: end('ok  '), fail: end('FAIL') };
    },
    data: (value) => void out.write(typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`),
    close() {},
  };
}
