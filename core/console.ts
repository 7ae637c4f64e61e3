import type { Problem } from './errors.ts';

/** A piece of work that is shown while it goes on. Exactly one of `succeed` and `fail` ends it. */
export interface Step {
  /** What is going on now, with its progress where it is known. */
  update(text: string, progress?: { done: number; total: number }): void;
  succeed(summary: string): void;
  fail(summary: string): void;
}

/**
 * Where human words go. Steps, lines and problems are for people (standard error); `data` is the result of a command (standard output).
 * Implementations: a terminal with a live region, plain lines, JSON lines, and a capture for tests.
 */
export interface Console {
  line(text?: string): void;
  warn(problem: Problem): void;
  error(problem: Problem): void;
  step(name: string): Step;
  /** Writes the command's result; a string as it is, anything else as JSON. */
  data(value: unknown): void;
  /** Removes the live region, if there is one. */
  close(): void;
}

/** The two streams of a console; `columns` is the width of the terminal. */
export interface Streams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly columns?: number };
}
