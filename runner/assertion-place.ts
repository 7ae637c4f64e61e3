import { alignPlace } from './align-lines.ts';
import type { AssertionAction } from './graph.ts';

/** Both 0-based; the column in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Lines of a query that are looked at before nothing can be said. */
const TRIED_LINES = 5;

/**
 * Where an assertion stands in its file: the condition or the key in the config block of a table, or the first line of its own query.
 *
 * @param condition The condition that rows failed, where it is known.
 */
export function assertionPlace(action: AssertionAction, source: string, condition?: string): Place | undefined {
  return action.parent === undefined
    ? queryPlace(source, action.query)
    : configPlace(source, action.target.name, action.parent, condition);
}

/** The first line of a query that the source holds. */
export function queryPlace(source: string, query: string): Place | undefined {
  const lines = query.split(/\r?\n/);
  const filled = lines.flatMap((line, i) => (line.trim() === '' ? [] : [i])).slice(0, TRIED_LINES);
  for (const i of filled) {
    const place = alignPlace(source, query, i, lines[i]!.length - lines[i]!.trimStart().length);
    if (place) return { line: place.line, column: place.column };
  }
  return undefined;
}

function configPlace(source: string, name: string, parent: string, condition: string | undefined): Place | undefined {
  // A file of JavaScript can hold the assertions of several tables.
  const own = Math.max(0, source.search(new RegExp(`["'\`]${escapePattern(parent.split('.').at(-1)!)}["'\`]`)));
  const after = (pattern: RegExp, from: number) => {
    const at = source.slice(from).search(pattern);
    return at < 0 ? undefined : from + at;
  };
  const block = after(/\bassertions\s*:/, own) ?? after(/\bassertions\s*:/, 0);
  if (block === undefined) return undefined;
  const key = /_assertions_uniqueKey_(\d+)$/.exec(name)?.[1];
  if (key !== undefined) {
    const several = after(/\buniqueKeys\s*:/, block);
    const each = [...source.slice(several ?? block).matchAll(/\buniqueKey\s*:/g)][
      several === undefined ? 0 : Number(key)
    ];
    return at(source, each ? (several ?? block) + each.index : (several ?? block));
  }
  const column = /^(\w+) IS NOT NULL$/.exec(condition ?? '')?.[1];
  const nonNull = column === undefined ? undefined : after(/\bnonNull\s*:/, block);
  if (nonNull !== undefined)
    return at(source, after(new RegExp(`["'\`]${escapePattern(column!)}["'\`]`), nonNull) ?? nonNull);
  const conditions = after(/\browConditions\s*:/, block);
  const written = condition === undefined ? -1 : source.indexOf(condition, conditions ?? block);
  return at(source, written >= 0 ? written : (conditions ?? after(/\bnonNull\s*:/, block) ?? block));
}

function at(source: string, index: number): Place {
  const before = source.slice(0, index).split('\n');
  return { line: before.length - 1, column: before.at(-1)!.length };
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
