import { createRequire } from 'node:module';
import vm from 'node:vm';
import type { Problem } from '../core/errors.ts';
import { sourceLine } from './source-line.ts';

/** Where a file does not parse: JavaScript, or SQLX by the JavaScript that Dataform's compiler makes of it. Nothing of it is run. */
export function syntaxProblem(
  text: string,
  extension: 'sqlx' | 'js',
): Pick<Problem, 'message' | 'line' | 'column'> | undefined {
  const head = '(function () { ';
  try {
    const code = extension === 'js' ? text : compileSqlx(text);
    new vm.Script(`${head}${code}\n})`, { filename: PLACE, columnOffset: -head.length });
    return undefined;
  } catch (error) {
    const { message, stack = '' } = error as Error;
    const [first = '', code = '', mark = ''] = stack.split('\n');
    const line = first.startsWith(`${PLACE}:`) ? Number(first.slice(PLACE.length + 1)) : undefined;
    if (extension === 'js') {
      const column = mark.indexOf('^') + 1 - (line === 1 ? head.length : 0);
      return { message, ...(line ? { line } : {}), ...(column > 0 ? { column } : {}) };
    }
    const original = line && (sourceLine(text, `${'\n'.repeat(line - 1)}${code}`, line) ?? lineWith(text, code));
    return { message, ...(original ? { line: original } : {}) };
  }
}

const PLACE = 'checked';

/** The line that the compiler put between brackets of its own. */
function lineWith(text: string, code: string): number | undefined {
  const part = code
    .trim()
    .replace(/^(\.\.\.|return \[`|`)/, '')
    .replace(/(`\];|`|,)$/, '')
    .replaceAll('\\`', '`');
  const index = part.length < 3 ? -1 : text.split('\n').findIndex((line) => line.includes(part));
  return index < 0 ? undefined : index + 1;
}

function compileSqlx(text: string): string {
  const { compiler } = createRequire(import.meta.url)('@dataform/core') as {
    compiler: (text: string, path: string) => string;
  };
  return compiler(text, `${PLACE}.sqlx`);
}
