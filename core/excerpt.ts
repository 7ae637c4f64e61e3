import { textWidth } from './text-width.ts';

const AROUND = 3;
/** Of one line: generated SQL can be a single long one. */
const COLUMNS = 120;

/**
 * The lines around a place with their numbers, and a caret under it.
 *
 * @param line 0-based
 * @param column 0-based, in UTF-16 units
 */
export function excerpt(text: string, line: number, column: number): string {
  const lines = text.split(/\r?\n/);
  const first = Math.max(0, line - AROUND);
  const shown = lines.slice(first, line + AROUND + 1);
  while (shown.length > 1 && shown.at(-1)!.trim() === '' && first + shown.length - 1 > line) shown.pop();
  const digits = String(first + shown.length).length;
  const cut = Math.max(0, column - COLUMNS / 2);
  return shown
    .flatMap((content, i) => {
      const here = first + i === line;
      const part = window(content, here ? cut : 0);
      const numbered = `${here ? '>' : ' '} ${String(first + i + 1).padStart(digits)} | ${part}`.trimEnd();
      return here
        ? [numbered, `  ${' '.repeat(digits)} | ${under(part, column - cut + (cut > 0 ? 1 : 0))}^`]
        : [numbered];
    })
    .join('\n');
}

function window(text: string, start: number): string {
  const part = text.slice(start, start + COLUMNS);
  return `${start > 0 ? '…' : ''}${part}${start + COLUMNS < text.length ? '…' : ''}`;
}

/** As wide as what stands above: tabs stay tabs, wide characters take two columns. */
function under(text: string, column: number): string {
  return text
    .slice(0, column)
    .split('\t')
    .map((part) => ' '.repeat(textWidth(part)))
    .join('\t');
}
