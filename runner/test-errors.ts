import { type Problem, place } from '../core/errors.ts';
import { nearestFew } from '../core/nearest.ts';
import { NO_DATASET, SELF_IN_FIRST_BUILD } from './core-tests.ts';
import { nameOf } from './graph-checks.ts';
import type { RawError, RawGraph, RawTarget } from './raw-graph.ts';
import { lineOfWord } from './source-line.ts';

/** Where a test stands. */
interface TestPlace {
  /** File of the test, and its text. */
  readonly file: string | undefined;
  readonly source: string;
  /** The line of the model that was being read, where it is known. */
  readonly model: Pick<Problem, 'file' | 'line'>;
}

/** What core says of a test that cannot be compiled, in words that name the way out; undefined for any other error. */
export function testProblem(error: RawError, raw: RawGraph, at: TestPlace): Problem | undefined {
  const test = error.actionTarget?.name ?? '';
  const problem = (message: string, word: string, more: Partial<Problem>): Problem => {
    const line = lineOfWord(at.source, word);
    return {
      code: 'COMPILE_FAILED',
      message: test ? `${test}: ${message}` : message,
      ...(at.file ? { file: at.file } : {}),
      ...(line === undefined ? {} : { line }),
      ...more,
    };
  };
  const missing = missingInput(error.message);
  if (missing) {
    const { wanted, given } = missing;
    const from = at.model.file && at.model.file !== at.file ? ` (${place(at.model)})` : '';
    const others = given.length > 0 ? `The test gives ${given.map(inputOf).join(', ')}.` : 'The test gives no input.';
    return problem(
      `the model reads ref(${quoted(wanted)})${from}, for which the test gives no input. ${others}`,
      'config',
      {
        hint: `Add ${inputOf(wanted)} { ... } to the test; an input replaces the ref that is written in the same way.`,
      },
    );
  }
  if (error.message === SELF_IN_FIRST_BUILD) {
    return problem(`the model reads self() where incremental() is false, so there is no table yet.`, 'config', {
      hint: 'Put self() under when(incremental(), ...), or give the table as an input to test an incremental run.',
    });
  }
  if (error.message === NO_DATASET) {
    return problem('the test does not say what it tests.', 'config', {
      hint: 'Add dataset: "..." with the name of a table or view to its config block.',
    });
  }
  const key = /^Unexpected property "(.+?)" in test config\. Supported properties are: \[(.*)\]$/.exec(error.message);
  if (key) {
    const known = (JSON.parse(`[${key[2]}]`) as string[]).filter((name) => name !== 'filename');
    const [near] = nearestFew(key[1]!, known);
    const message = `"${key[1]}" is no key of a test; it may have ${known.join(', ')}.`;
    return problem(message, key[1]!, near === undefined ? {} : { nearest: near });
  }
  const dataset = /^Dataset (\{.+\}) could not be found\.$/.exec(error.message)?.[1];
  if (!dataset) return undefined;
  const { name } = JSON.parse(dataset) as RawTarget;
  const [near] = nearestFew(
    name,
    (raw.tables ?? []).map(({ target }) => target.name),
  );
  return problem(
    `tests "${nameOf(JSON.parse(dataset) as RawTarget)}", which is no table or view of the project.`,
    name,
    {
      ...(near === undefined || near === name ? {} : { nearest: near }),
      hint: 'Name a table, view or incremental table under dataset; declarations and operations have no query to test.',
    },
  );
}

/** Core's words, and ours for incremental tables. */
function missingInput(message: string): { wanted: RawTarget; given: RawTarget[] } | undefined {
  const match = /^Input for dataset "(\{.+?\})" has not been provided\. Provided inputs: (.*)$/s.exec(message);
  if (!match) return undefined;
  const given = match[2] ? (JSON.parse(`[${match[2]}]`) as string[]) : [];
  return { wanted: JSON.parse(match[1]!) as RawTarget, given: given.map((key) => JSON.parse(key) as RawTarget) };
}

const quoted = ({ database, schema, name }: RawTarget): string =>
  [database, schema, name]
    .filter(Boolean)
    .map((part) => `"${part}"`)
    .join(', ');

const inputOf = (target: RawTarget): string => `input ${quoted(target)}`;
