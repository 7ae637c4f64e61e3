import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** One problem with its place. All fields but the first two are given where they are known. */
export interface Problem {
  readonly code: ErrorCode;
  /** What was found and what was expected, without the place. */
  readonly message: string;
  /** Path relative to the project folder. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** The lines around the place, numbered, with a caret under it. */
  readonly excerpt?: string;
  /** The nearest valid name. */
  readonly nearest?: string;
  /** The way out, when it is more precise than the registry's. */
  readonly hint?: string;
}

/**
 * The one error that is meant for the user. It carries all problems that were found together, so that they are mended in one go.
 * Anything else that is thrown counts as a defect of ours.
 */
export class TidemarkError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(formatProblem).join('\n'), options);
    this.name = 'TidemarkError';
    this.problems = list;
  }

  get code(): ErrorCode {
    return this.problems[0]?.code ?? 'UNEXPECTED';
  }

  /** The highest exit code among the problems: an impossible request outweighs a failed run. */
  get exitCode(): number {
    return Math.max(1, ...this.problems.map((problem) => ERROR_CODES[problem.code].exit));
  }
}

/** Where a problem lies, as `file:line:column`, or an empty string. */
export function place({ file, line, column }: Pick<Problem, 'file' | 'line' | 'column'>): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** A problem as text: code and place, the message, the nearest match, the lines around the place, the way out. No colours. */
export function formatProblem(problem: Problem): string {
  const at = place(problem);
  const nearest = problem.nearest === undefined ? '' : ` Did you mean "${problem.nearest}"?`;
  const excerpt = problem.excerpt === undefined ? '' : `\n  ${problem.excerpt.replaceAll('\n', '\n  ')}`;
  const wayOut = problem.hint ?? ERROR_CODES[problem.code].wayOut;
  return `${problem.code}${at && ` ${at}`}\n  ${indent(problem.message)}${nearest}${excerpt}\n  ${wayOut} (docs/errors.md#${problem.code.toLowerCase()})`;
}

/** Turns anything thrown into a {@link TidemarkError}; full disks and missing rights get their own code. */
export function asTidemarkError(thrown: unknown): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const errno = (error as NodeJS.ErrnoException).code;
  const code =
    errno === 'ENOSPC' || errno === 'EACCES' || errno === 'EROFS' || errno === 'EPERM' ? 'DISK' : 'UNEXPECTED';
  return new TidemarkError({ code, message: error.message }, { cause: error });
}

function indent(text: string): string {
  return text.trimEnd().replace(/\r?\n(?!\r?\n)/g, '\n  ');
}
