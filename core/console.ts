import type { Problem } from './errors.ts';

export type PartState = 'succeeded' | 'warned' | 'failed' | 'skipped' | 'cancelled' | 'disabled' | 'unchanged';

/** One of many parts of a step: begun, or at its end. What never began can end too. */
export interface Part {
  readonly name: string;
  readonly state: 'running' | PartState;
  /** At the end: what came of it. */
  readonly note?: string;
  readonly milliseconds?: number;
}

/** A piece of work that is shown while it goes on. Exactly one of `succeed` and `fail` ends it. */
export interface Step {
  /** What is going on now, with its progress where it is known. */
  update(text: string, progress?: { done: number; total: number }): void;
  /** Something happened to one of `total` parts; one that is disabled or unchanged is counted and not shown. */
  part(part: Part, total: number): void;
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

/** The two streams of a console; `columns` and `rows` are the size of the terminal. */
export interface Streams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly columns?: number; readonly rows?: number };
}
