import { ERROR_CODES } from './error-codes.ts';
import type { Problem } from './errors.ts';

/** An annotation is no place for a table of rows; the log has all of it. */
const MESSAGE_CHARACTERS = 4000;

/**
 * A problem as a workflow command of GitHub Actions, which shows it beside the line that it speaks of. The lines around the place are left
 * out: GitHub shows them itself.
 *
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 *
 * @param file Path relative to the root of the repository; undefined for a problem without a place.
 */
export function githubAnnotation(level: 'error' | 'warning', problem: Problem, file: string | undefined): string {
  const { code, message, line, column, nearest, hint } = problem;
  const place: readonly (readonly [string, string | number | undefined])[] =
    file === undefined
      ? []
      : [
          ['file', file],
          ['line', line],
          ['col', line === undefined ? undefined : column],
        ];
  const properties = [...place, ['title', code] as const]
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]))
    .join(',');
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  const text = `${cut(message.trimEnd(), MESSAGE_CHARACTERS)}${meant}\n${hint ?? ERROR_CODES[code].wayOut}`;
  return `::${level} ${properties}::${escapeData(text)}`;
}

const cut = (text: string, characters: number): string =>
  text.length > characters ? `${text.slice(0, characters - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
