import { sqlTokens, type Token } from './sql-tokens.ts';

/** What the result of SQL depends on besides its own text. */
export interface SqlInputs {
  /** The relations that it reads, as parts of their names; names that it defines itself (`with`) are left out. */
  readonly relations: readonly (readonly string[])[];
  /** What makes two runs over the same rows differ: `now()`, or the file that it reads; undefined when there is nothing. */
  readonly unsteady: string | undefined;
}

/** Keywords without parentheses that mean the moment. */
const MOMENTS = new Set(['current_timestamp', 'current_date', 'current_time', 'localtime', 'localtimestamp']);
const UNSTEADY_FUNCTIONS =
  /^(now|today|random|rand|setseed|uuid|uuidv[47]|gen_random_\w+|generate_uuid|(clock|statement|transaction)_timestamp|timeofday|get_current_\w+|current_(date|time|timestamp|datetime|localtime|localtimestamp)|nextval|currval|lastval|txid_\w+|pg_current_\w+|getvariable|getenv|current_setting|array_shuffle)$/;
/** They read what lies outside of the warehouse's tables, or a relation whose name is made at run time. */
const OUTSIDE_FUNCTIONS =
  /^(read_\w+|glob|sniff_csv|\w+_(scan|query|attach)|query|query_table|dblink\w*|pg_(read|ls|stat)_\w+|duckdb_\w+|pragma_\w+|table_to_xml|query_to_xml)$/;
/** End the list after `from`, at the same depth. */
const AFTER_FROM = new Set(
  'where group having order limit offset fetch window qualify union intersect except select set returning when'.split(
    ' ',
  ),
);
/** What they read follows, when no parenthesis does. */
const BEFORE_RELATION = new Set(['using', 'pivot', 'unpivot', 'pivot_wider', 'pivot_longer', 'summarize']);
/** Functions that have a `from` of their own between their parentheses. */
const WITH_FROM = new Set(['extract', 'substring', 'trim', 'overlay', 'position']);

interface Frame {
  /** The word before the parenthesis that opened it. */
  readonly opener: string;
  inFrom: boolean;
}

/**
 * Reads SQL just far enough to know what it reads. It errs on the safe side: what it takes for a relation and is none only makes an action
 * run that need not.
 */
export function sqlInputs(sql: string): SqlInputs {
  const tokens = sqlTokens(sql);
  const relations = new Map<string, string[]>();
  const own = new Set<string>();
  let unsteady: string | undefined;
  let expected = false;
  let frames: Frame[] = [{ opener: '', inFrom: false }];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const { type, text } = token;
    const frame = frames.at(-1)!;
    unsteady ??= unsteadyAt(tokens, i, expected);
    if (definesName(tokens, i)) own.add(text.toLowerCase());
    if (type === 'mark') {
      if (text === '(') {
        const before = tokens[i - 1];
        frames.push({ opener: before?.type === 'word' ? before.text : '', inFrom: false });
        // What stands in parentheses after `from` is a query, or a join.
        if (!expected || isWord(tokens[i + 1], ['select', 'with', 'values'])) expected = false;
      } else if (text === ')') {
        if (frames.length > 1) frames = frames.slice(0, -1);
        expected = false;
      } else if (text === ',') expected = frame.inFrom;
      else if (text === ';') {
        frames = [{ opener: '', inFrom: false }];
        expected = false;
      }
      continue;
    }
    if (expected && !(type === 'word' && ['lateral', 'only'].includes(text))) {
      expected = false;
      if (type === 'string') continue;
      const parts = [text];
      while (isMark(tokens[i + 1], '.') && tokens[i + 2]) {
        parts.push(tokens[i + 2]!.text);
        i += 2;
      }
      // A function in the place of a relation: those that read something are told apart by their names.
      if (!isMark(tokens[i + 1], '(')) relations.set(JSON.stringify(parts), parts);
      continue;
    }
    if (type !== 'word') continue;
    if (text === 'from') {
      const distinct = tokens[i - 1];
      if (WITH_FROM.has(frame.opener) || (isWord(distinct, ['distinct']) && isWord(tokens[i - 2], ['is', 'not'])))
        continue;
      frame.inFrom = true;
      expected = true;
    } else if (text === 'join') expected = true;
    else if (AFTER_FROM.has(text)) frame.inFrom = false;
    else if (BEFORE_RELATION.has(text) && !isMark(tokens[i + 1], '(') && !isWord(tokens[i + 1], ['sample']))
      expected = true;
  }
  return {
    relations: [...relations.values()].filter((parts) => parts.length > 1 || !own.has(parts[0]!.toLowerCase())),
    unsteady,
  };
}

function unsteadyAt(tokens: readonly Token[], i: number, expected: boolean): string | undefined {
  const { type, text } = tokens[i]!;
  if (type === 'string') return expected ? `'${text}'` : undefined;
  if (type !== 'word' || isMark(tokens[i - 1], '.') || isWord(tokens[i - 1], ['as'])) return undefined;
  const isCall = isMark(tokens[i + 1], '(');
  if (MOMENTS.has(text)) return text;
  if (text === 'tablesample' || (text === 'sample' && isWord(tokens[i - 1], ['using']))) return text;
  if (isCall && (UNSTEADY_FUNCTIONS.test(text) || OUTSIDE_FUNCTIONS.test(text))) return `${text}()`;
  if (isCall && text === 'age' && argumentsOf(tokens, i + 1) === 1) return 'age()';
  return undefined;
}

/** `name as (`, `name (columns) as (`, `name as materialized (`; `create temporary table name`. */
function definesName(tokens: readonly Token[], i: number): boolean {
  const { type } = tokens[i]!;
  if (type !== 'word' && type !== 'name') return false;
  if (isWord(tokens[i - 1], ['table', 'view']) && isWord(tokens[i - 2], ['temp', 'temporary'])) return true;
  if (!(isWord(tokens[i - 1], ['with', 'recursive']) || isMark(tokens[i - 1], ','))) return false;
  let next = i + 1;
  if (isMark(tokens[next], '(')) {
    while (tokens[next] && !isMark(tokens[next], ')')) next++;
    next++;
  }
  if (!isWord(tokens[next], ['as'])) return false;
  next++;
  while (isWord(tokens[next], ['not', 'materialized'])) next++;
  return isMark(tokens[next], '(');
}

/** Of the call whose parenthesis opens at `open`. */
function argumentsOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  let commas = 0;
  for (let i = open; i < tokens.length; i++) {
    if (isMark(tokens[i], '(')) depth++;
    else if (isMark(tokens[i], ')') && --depth === 0) break;
    else if (isMark(tokens[i], ',') && depth === 1) commas++;
  }
  return commas + 1;
}

const isMark = (token: Token | undefined, text: string): boolean => token?.type === 'mark' && token.text === text;
const isWord = (token: Token | undefined, words: readonly string[]): boolean =>
  token?.type === 'word' && words.includes(token.text);
