import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { Console, Streams } from '../console.ts';
import type { Clock } from '../effects.ts';
import { formatProblem } from '../errors.ts';
import { duration } from '../format.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

interface Running {
  readonly name: string;
  readonly started: number;
  text: string;
}

/** Finished lines scroll away above a live region that lists what is running, with elapsed time and progress. */
export function terminalConsole({ out, err }: Streams, clock: Clock): Console {
  const live = createLogUpdate(err as unknown as NodeJS.WritableStream);
  const running = new Set<Running>();
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    live(
      [...running]
        .map(({ name, text, started }) => {
          const elapsed = pc.dim(duration(clock.monotonic() - started));
          return `${pc.cyan(FRAMES[frame]!)} ${pc.bold(name.padEnd(9))} ${text} ${elapsed}`;
        })
        .join('\n'),
    );
  };
  const line = (text = '') => {
    live.clear();
    err.write(`${text}\n`);
    if (running.size > 0) draw();
  };
  const stopWhenIdle = () => {
    if (running.size > 0 || !timer) return;
    clearInterval(timer);
    timer = undefined;
    live.clear();
    live.done();
  };

  return {
    line,
    warn: (problem) => line(`${pc.yellow('warning')} ${formatProblem(problem)}`),
    error: (problem) => line(`${pc.red('error')} ${formatProblem(problem)}`),
    step(name) {
      const step: Running = { name, started: clock.monotonic(), text: '' };
      running.add(step);
      timer ??= setInterval(draw, 100).unref();
      const end = (mark: string) => (summary: string) => {
        running.delete(step);
        const elapsed = pc.dim(`(${duration(clock.monotonic() - step.started)})`);
        line(`${mark} ${pc.bold(name.padEnd(9))} ${summary} ${elapsed}`);
        stopWhenIdle();
      };
      return {
        update(text, progress) {
          const share =
            progress && progress.total > 0 ? ` ${Math.floor((100 * progress.done) / progress.total)} %` : '';
          step.text = text + share;
        },
        succeed: end(pc.green('✔')),
        fail: end(pc.red('✖')),
      };
    },
    data: (value) => void out.write(typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`),
    close() {
      running.clear();
      stopWhenIdle();
    },
  };
}
