import type { Console, Streams } from '../console.ts';
import type { Clock } from '../effects.ts';

/** Events as JSON lines on standard error, the result as one JSON document on standard output. */
export function jsonConsole({ out, err }: Streams, clock: Clock): Console {
  const emit = (event: object) => void err.write(`${JSON.stringify({ at: clock.now().toISOString(), ...event })}\n`);
  return {
    line: (text = '') => text && emit({ event: 'line', text }),
    warn: (problem) => emit({ event: 'warning', ...problem }),
    error: (problem) => emit({ event: 'error', ...problem }),
    step(name) {
      const started = clock.monotonic();
      const end = (state: string) => (summary: string) =>
        emit({ event: 'step', step: name, state, summary, milliseconds: Math.round(clock.monotonic() - started) });
      emit({ event: 'step', step: name, state: 'running' });
      return {
        update() {},
        part: ({ name: part, ...rest }, total) => emit({ event: 'part', step: name, part, ...rest, total }),
        succeed: end('succeeded'),
        fail: end('failed'),
      };
    },
    data: (value) => void out.write(`${JSON.stringify(value)}\n`),
    close() {},
  };
}
