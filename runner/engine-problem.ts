import type { Problem } from '../core/errors.ts';
import { excerpt } from '../core/excerpt.ts';
import { nearest } from '../core/nearest.ts';
import { alignPlace } from './align-lines.ts';
import { enginePointer, STATEMENT_END } from './engine-pointer.ts';
import { lineOfWord } from './source-line.ts';
import { sqlTokens } from './sql-tokens.ts';

export interface Refused {
  /** What the engine said. */
  readonly reason: string;
  /** The SQL that it said it of. */
  readonly sent: string;
  /** What the SQL was generated from: a file of the project, or what a user typed. */
  readonly source?: string | undefined;
  /** Names that may have been meant. */
  readonly known?: Known;
}

export interface Known {
  readonly columns?: Iterable<string>;
  /** As `schema.name`. */
  readonly relations?: Iterable<string>;
}

/** An unknown name in the words of DuckDB and of Postgres. */
const UNKNOWN_COLUMN = [
  /Referenced column "([^"]+)" (?:was )?not found/,
  /does not have a column named "([^"]+)"/,
  /Column "([^"]+)" does not exist on/,
  /column (?:"([^"]+)"|(?:\w+\.)*(\w+)) does not exist/,
];
const UNKNOWN_RELATION = [
  /Table with name (\S+) does not exist/,
  /Referenced table "([^"]+)" not found/,
  /relation "([^"]+)" does not exist/,
  /missing FROM-clause entry for table "([^"]+)"/,
];
const SUGGESTION = /Did you mean|Candidate (bindings|tables)|Perhaps you meant/;
/** DuckDB lists every function of the name that there is. */
const SHOWN_FUNCTIONS = 4;

/** What an engine refused, as far as it concerns the source: place, the lines around it, the nearest name. */
export function engineProblem({
  reason,
  sent,
  source,
  known = {},
}: Refused): Pick<Problem, 'message' | 'line' | 'column' | 'excerpt' | 'nearest'> {
  const pointer = enginePointer(reason, sent);
  const message = shortened(pointer?.text ?? reason);
  const unknown = unknownName(reason);
  const near = unknown && !SUGGESTION.test(reason) ? nearestOf(unknown, known, sent) : undefined;
  const rest = near === undefined ? { message } : { message: `${message}.`, nearest: near };
  if (!pointer) {
    const line = unknown && source !== undefined ? lineOfWord(source, unknown.name) : undefined;
    return { ...rest, ...(line === undefined ? {} : { line }) };
  }
  const compiled = excerpt(statementsUntil(sent, pointer.line), pointer.line, pointer.column);
  const place = source === undefined ? undefined : alignPlace(source, sent, pointer.line, pointer.column);
  if (!place) return { ...rest, excerpt: `in the compiled SQL:\n${compiled}` };
  const { line, column, generated } = place;
  const original = excerpt(source!, line, column);
  return {
    ...rest,
    line: line + 1,
    column: column + 1,
    excerpt: generated ? `${original}\nin the compiled SQL:\n${compiled}` : original,
  };
}

/** Of several statements those up to the one with the line: what follows it is of no interest. */
function statementsUntil(sent: string, line: number): string {
  const lines = sent.split('\n');
  const end = lines.findIndex((text, i) => i >= line && STATEMENT_END.test(text));
  return end < 0
    ? sent
    : lines
        .slice(0, end + 1)
        .join('\n')
        .slice(0, -1);
}

interface Unknown {
  readonly kind: 'column' | 'relation';
  readonly name: string;
}

/** The name that the engine does not know, if that is what it complains about. */
export function unknownName(reason: string): Unknown | undefined {
  const first = (patterns: readonly RegExp[]) => {
    for (const pattern of patterns) {
      const match = pattern.exec(reason);
      if (match) return match.slice(1).find((name) => name !== undefined);
    }
    return undefined;
  };
  const column = first(UNKNOWN_COLUMN);
  if (column !== undefined) return { kind: 'column', name: column };
  const relation = first(UNKNOWN_RELATION);
  return relation === undefined ? undefined : { kind: 'relation', name: relation };
}

/** Names that the SQL itself gives with `as` may be meant too. */
function nearestOf({ kind, name }: Unknown, { columns = [], relations = [] }: Known, sent: string): string | undefined {
  if (kind === 'relation' && name.includes('.')) return nearest(name, relations);
  const tokens = sqlTokens(sent);
  const own = tokens.flatMap(({ type, text }, i) =>
    (type === 'word' || type === 'name') && tokens[i - 1]?.type === 'word' && tokens[i - 1]?.text === 'as'
      ? [text]
      : [],
  );
  const others = kind === 'column' ? columns : [...relations].map((relation) => relation.split('.').at(-1)!);
  return nearest(
    name,
    [...new Set([...others, ...own])].filter((candidate) => candidate !== name),
  );
}

function shortened(message: string): string {
  const lines = message.split('\n');
  const listed = lines.filter((line) => line.startsWith('\t') && line.includes('->'));
  if (listed.length <= SHOWN_FUNCTIONS) return message;
  const hidden = new Set(listed.slice(SHOWN_FUNCTIONS));
  const at = lines.indexOf(listed[SHOWN_FUNCTIONS]!);
  return lines
    .flatMap((line, i) => (i === at ? [`\tand ${hidden.size} more`] : hidden.has(line) ? [] : [line]))
    .join('\n');
}
