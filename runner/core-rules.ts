import type { Problem } from '../core/errors.ts';

/** What an action of some type must not hold: core's words for it, ours, and where in the file it stands. */
interface Rule {
  readonly core: RegExp;
  readonly place: RegExp;
  readonly message: string;
  readonly hint: string;
}

const RULES: readonly Rule[] = [
  {
    core: /^Actions may only include pre_operations if/,
    place: /\bpre_operations\b/,
    message: 'pre_operations belong to tables, views and incremental tables.',
    hint: 'Put them into a file of type "operations", and name it in `dependencies`.',
  },
  {
    core: /^Actions may only include post_operations if/,
    place: /\bpost_operations\b/,
    message: 'post_operations belong to tables, views and incremental tables.',
    hint: 'Put them into a file of type "operations" that depends on this one.',
  },
  {
    core: /^Actions may only specify 'protected: true' if/,
    place: /\bprotected\b/,
    message: 'Only an incremental table can be protected: everything else is made anew by every run.',
    hint: 'Remove `protected`.',
  },
  {
    core: /^Actions may only include incremental_where if/,
    place: /\bincremental_where\b/,
    message: 'incremental_where belongs to incremental tables.',
    hint: 'Make the type "incremental", or write the condition into the query.',
  },
  {
    core: /^Actions may only contain more than one SQL statement if/,
    place: /^\s*---\s*$/,
    message: 'There is more than one statement; only operations may have several.',
    hint: 'Give each query a file of its own; what has to run before or after one goes into pre_operations or post_operations.',
  },
  {
    core: /^Semi-colons are not allowed at the end/,
    place: /;\s*$/,
    message: 'The query ends in a semicolon.',
    hint: 'Remove it.',
  },
  {
    core: /^(?:publish|operate|assert|declare|test) is not defined$/,
    place: /\b(?:publish|operate|assert|declare|test)\s*\(/,
    message: 'Files in includes/ make no actions.',
    hint: 'Keep functions and constants there, and call publish, operate, assert, declare and test in definitions/.',
  },
];

/** The problem in our words, with its line in `source`; undefined for a message that is about something else. */
export function ruleProblem(message: string, source: string): Pick<Problem, 'message' | 'line' | 'hint'> | undefined {
  const rule = RULES.find(({ core }) => core.test(message));
  if (!rule) return undefined;
  const line = source.split('\n').findLastIndex((text) => rule.place.test(text)) + 1;
  return { message: rule.message, hint: rule.hint, ...(line > 0 ? { line } : {}) };
}
