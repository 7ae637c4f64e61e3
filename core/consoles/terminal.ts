import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { Console, PartState, Streams } from '../console.ts';
import type { Clock } from '../effects.ts';
import { formatProblem } from '../errors.ts';
import { duration } from '../format.ts';
import { clip } from '../text-width.ts';
import { partLine } from './part-line.ts';
import { type Tally, tally } from './tally.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const DRAW_EVERY_MS = 100;
/** A terminal that knows these shows what is between them at once (synchronized output); others ignore them. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

const MARKS: Readonly<Record<PartState, string | undefined>> = {
  succeeded: pc.green('✔'),
  warned: pc.yellow('!'),
  failed: pc.red('✖'),
  skipped: pc.dim('-'),
  cancelled: pc.dim('-'),
  disabled: undefined,
  unchanged: undefined,
};

interface Running {
  readonly name: string;
  readonly started: number;
  text: string;
  parts: Tally | undefined;
}

/** Finished lines scroll away above a live region that lists what is running, with elapsed time and progress. */
export function terminalConsole({ out, err }: Streams, clock: Clock): Console {
  let pending = '';
  // Terminals that do not know their size say 0.
  const live = createLogUpdate({
    write: (text: string) => {
      pending += text;
    },
    get columns() {
      return err.columns || undefined;
    },
    get rows() {
      return err.rows || undefined;
    },
  } as unknown as NodeJS.WritableStream);
  const running = new Set<Running>();
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  /** What was removed, added and drawn again goes out in one piece, so that nothing flickers. */
  const flush = () => {
    if (pending !== '') err.write(BEGIN + pending + END);
    pending = '';
  };
  const draw = () => {
    const columns = (err.columns || 80) - 1;
    live([...running].flatMap((step) => regionOf(step, columns, FRAMES[frame]!, clock.monotonic())).join('\n'));
  };
  const line = (text = '') => {
    if (running.size === 0) return void err.write(`${text}\n`);
    live.clear();
    pending += `${text}\n`;
    draw();
    flush();
  };
  const tick = () => {
    frame = (frame + 1) % FRAMES.length;
    draw();
    flush();
  };
  const stopWhenIdle = () => {
    if (running.size > 0 || !timer) return;
    clearInterval(timer);
    timer = undefined;
    live.clear();
    flush();
    live.done();
  };

  return {
    line,
    warn: (problem) => line(`${pc.yellow('warning')} ${formatProblem(problem)}`),
    error: (problem) => line(`${pc.red('error')} ${formatProblem(problem)}`),
    step(name) {
      const step: Running = { name, started: clock.monotonic(), text: '', parts: undefined };
      running.add(step);
      timer ??= setInterval(tick, DRAW_EVERY_MS).unref();
      const end = (mark: string) => (summary: string) => {
        const elapsed = pc.dim(`(${duration(clock.monotonic() - step.started)})`);
        running.delete(step);
        live.clear();
        pending += `${mark} ${pc.bold(name.padEnd(9))} ${summary} ${elapsed}\n`;
        if (running.size > 0) draw();
        flush();
        stopWhenIdle();
      };
      return {
        update(text, progress) {
          const share =
            progress && progress.total > 0 ? ` ${Math.floor((100 * progress.done) / progress.total)} %` : '';
          step.text = text + share;
        },
        part(part, total) {
          step.parts ??= tally();
          step.parts.take(part, total, clock.monotonic());
          const mark = part.state === 'running' ? undefined : MARKS[part.state];
          if (mark !== undefined)
            line(`  ${mark} ${partLine(part.name, part.note, part.milliseconds, err.columns || undefined)}`);
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

/** The running parts of a step on top, then the step with its counts; each line fits the terminal. */
function regionOf({ name, started, text, parts }: Running, columns: number, mark: string, now: number): string[] {
  const row = (indent: string, name: string, text: string, since: number, bold: boolean) => {
    const elapsed = ` ${duration(now - since)}`;
    const room = columns - indent.length - 2 - elapsed.length;
    const shown = clip(bold ? `${name.padEnd(9)} ${text}` : name, room);
    const styled = bold ? pc.bold(shown.slice(0, name.length)) + shown.slice(name.length) : shown;
    return `${indent}${pc.cyan(mark)} ${styled}${pc.dim(elapsed)}`;
  };
  return [
    ...[...(parts?.running ?? [])].map(([part, since]) => row('  ', part, '', since, false)),
    row('', name, parts?.text() ?? text, started, true),
  ];
}
