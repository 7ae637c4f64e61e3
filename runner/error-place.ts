import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { RawError } from './raw-graph.ts';
import { sourceLine } from './source-line.ts';

/** What is needed to lead a stack of generated code back to the files of a project. */
export interface Context {
  readonly projectDir: string;
  /** JavaScript by absolute path, as it ran. */
  readonly generated: ReadonlyMap<string, string>;
}

/**
 * The place where project code was when the error arose: the innermost frame that lies in a file of the project, or the head of a syntax
 * error. For SQLX the line of the generated code is led back to the source.
 */
export function framePlace(
  { stack = '' }: Pick<RawError, 'stack' | 'message'>,
  { projectDir, generated }: Context,
): { file?: string; line?: number } {
  for (const text of stack.split('\n')) {
    const match =
      /^\s+at .*?\(?(\/[^()]+|[A-Za-z]:\\[^()]+):(\d+):\d+\)?$/.exec(text) ?? /^(\/.+|[A-Za-z]:\\.+):(\d+)$/.exec(text);
    const path = match?.[1];
    if (!path || path.includes('node_modules') || relative(projectDir, path).startsWith('..')) continue;
    const file = projectPath(path, projectDir);
    if (!file) continue;
    const line = Number(match[2]);
    if (!/\.(sqlx|ya?ml|sql|md|ipynb)$/.test(path)) return { file, line };
    // A file with a syntax error never ran, so that its generated code stands in the stack only.
    const code = generated.get(path) ?? `${'\n'.repeat(line - 1)}${stack.split('\n')[1] ?? ''}`;
    const original = sourceLine(read(path), code, line);
    return { file, ...(original === undefined ? {} : { line: original }) };
  }
  return {};
}

/** The path relative to the project, or undefined when the file is not there. */
export function projectPath(path: string | undefined, projectDir: string): string | undefined {
  if (!path) return undefined;
  const rel = (isAbsolute(path) ? relative(projectDir, path) : path).replaceAll('\\', '/');
  return existsSync(join(projectDir, rel)) ? rel : undefined;
}

/** The text of a file, or nothing. */
export const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
