import type { Console, PartState, Streams } from '../console.ts';
import type { Clock } from '../effects.ts';
import { formatProblem } from '../errors.ts';
import { duration } from '../format.ts';
import { partLine } from './part-line.ts';

const MARKS: Readonly<Record<PartState, string>> = {
  succeeded: 'ok  ',
  warned: 'warn',
  failed: 'FAIL',
  skipped: 'skip',
  cancelled: 'stop',
  disabled: '',
  unchanged: '',
};

/** One line an event, no colour, no cursor movement: for CI and for files. Progress is silent; only ends are printed. */
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
      return {
        update() {},
        part({ name: part, state, note, milliseconds }) {
          if (state === 'running' || MARKS[state] === '') return;
          line(`  ${MARKS[state]} ${partLine(part, note, milliseconds)}`);
        },
        succeed: end('ok  '),
        fail: end('FAIL'),
      };
    },
    data: (value) => void out.write(typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`),
    close() {},
  };
}
