import { type Problem, TidemarkError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { knownKeys, type ProjectFile } from './project-file.ts';
import { lineOfWord } from './source-line.ts';

const FILE = 'dataform.json';

/** Keys of Dataform 1 and 2 that have no meaning any more and stand in many projects. */
const DEAD_KEYS: ReadonlySet<string> = new Set(['gcloudProjectId', 'idempotentActionRetries', 'useRunCache']);

/** What is thrown for a `dataform.json` that cannot be parsed, with the line where the parser says it. */
export function noJson(text: string, thrown: unknown): TidemarkError {
  return new TidemarkError(
    { code: 'COMPILE_FAILED', message: 'The file is no valid JSON.', file: FILE, ...jsonErrorLine(text, thrown) },
    { cause: thrown },
  );
}

/**
 * Takes the dead keys out of a `dataform.json` and tells each to `warn`.
 *
 * @throws {TidemarkError} COMPILE_FAILED with every unknown key and every variable that is no text.
 */
export function mendDataformJson(
  value: Record<string, unknown>,
  text: string,
  warn: (problem: Problem) => void,
): object {
  const at = (word: string) => {
    const line = lineOfWord(text, word);
    return { file: FILE, ...(line === undefined ? {} : { line }) };
  };
  const problems: Problem[] = [];
  for (const key of Object.keys(value)) {
    if (knownKeys(FILE).includes(key)) continue;
    if (!DEAD_KEYS.has(key)) {
      problems.push(unknownKey(key, FILE, at(key)));
      continue;
    }
    delete value[key];
    warn({
      code: 'COMPILE_FAILED',
      message: `"${key}" means nothing since Dataform 3 and is ignored.`,
      ...at(key),
      hint: 'Remove the key.',
    });
  }
  for (const [name, found] of Object.entries(value.vars ?? {})) {
    if (typeof found === 'string') continue;
    problems.push({
      code: 'COMPILE_FAILED',
      message: `vars.${name}: found ${JSON.stringify(found)}, expected text.`,
      ...at(name),
      hint: 'Put the value in double quotes; Dataform variables are text.',
    });
  }
  if (problems.length > 0) throw new TidemarkError(problems);
  return value;
}

/** The problem of a key that the project file must not have. */
export function unknownKey(key: string, file: ProjectFile, place: Pick<Problem, 'file' | 'line'>): Problem {
  const near = nearest(key, knownKeys(file));
  return {
    code: 'COMPILE_FAILED',
    message: `unknown key "${key}"; known here: ${knownKeys(file).join(', ')}.`,
    ...place,
    ...(near === undefined ? {} : { nearest: near }),
    hint: 'Use a known key or remove it.',
  };
}

/** V8 says the offset for some errors and the line for others, depending on its version. */
function jsonErrorLine(text: string, error: unknown): { line?: number } {
  const message = (error as Error).message;
  const line = /\(line (\d+) column \d+\)/.exec(message)?.[1];
  if (line) return { line: Number(line) };
  const offset = /at position (\d+)/.exec(message)?.[1];
  return offset ? { line: text.slice(0, Number(offset)).split('\n').length } : {};
}
