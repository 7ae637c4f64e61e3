import type { Console } from '../console.ts';
import type { Problem } from '../errors.ts';

export interface CaptureConsole extends Console {
  readonly lines: string[];
  readonly warnings: Problem[];
  readonly errors: Problem[];
  readonly results: unknown[];
}

/** Keeps everything in memory, for tests and for callers that want silence. */
export function captureConsole(): CaptureConsole {
  const lines: string[] = [];
  const warnings: Problem[] = [];
  const errors: Problem[] = [];
  const results: unknown[] = [];
  return {
    lines,
    warnings,
    errors,
    results,
    line: (text = '') => void lines.push(text),
    warn: (problem) => void warnings.push(problem),
    error: (problem) => void errors.push(problem),
    step: (name) => ({
      update() {},
      part: ({ name: part, state, note = '' }) => void (state !== 'running' && lines.push(`${state} ${part} ${note}`)),
      succeed: (summary) => void lines.push(`ok ${name} ${summary}`),
      fail: (summary) => void lines.push(`fail ${name} ${summary}`),
    }),
    data: (value) => void results.push(value),
    close() {},
  };
}
