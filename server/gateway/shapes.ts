import type { Engine } from '../../warehouse/warehouse.ts';
import { type Dialect, type Token, textOf, trimmed, wordOf } from './tokens.ts';

/** Functions of GoogleSQL that are keywords of the engines when no value is given. */
const WITHOUT_BRACKETS = new Set(['current_date', 'current_timestamp', 'current_time']);

const TRUNCATIONS = new Set(['date_trunc', 'timestamp_trunc', 'datetime_trunc']);
const PARTS: { readonly [part: string]: string } = {
  ...Object.fromEntries(['hour', 'day', 'month', 'quarter', 'year'].map((part) => [part, part])),
  isoweek: 'week',
  'week(monday)': 'week',
};

/**
 * Writes what no engine reads as it stands in the engine's own shape: arrays after `in`, in SQL of both dialects, because Dataform writes them;
 * in GoogleSQL also `struct(1 as a)`, which DuckDB packs, `current_date()`,
 * and `date_trunc(x, month)`. No other function is translated.
 */
export function reshape(tokens: readonly Token[], engine: Engine, dialect: Dialect): readonly Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const word = wordOf(token);
    const open = next(tokens, at);
    const bracketed = word !== undefined && tokens[open]?.text === '(';
    if (!bracketed) {
      out.push(token);
      continue;
    }
    const close = closing(tokens, open);
    const inside = tokens.slice(open + 1, close);
    if (word === 'unnest' && wordOf(last(out)) === 'in') {
      out.push(made('(select unnest('), ...reshape(inside, engine, dialect), made('))'));
    } else if (dialect === 'googlesql' && WITHOUT_BRACKETS.has(word) && trimmed(inside).length === 0) {
      out.push(token);
    } else if (dialect === 'googlesql' && word === 'struct' && engine === 'duckdb') {
      const fields = split(inside, ',').map((field) => packed(reshape(field, engine, dialect)));
      out.push(
        made('struct_pack('),
        ...fields.flatMap((field, i) => (i > 0 ? [made(','), ...field] : field)),
        made(')'),
      );
    } else if (dialect === 'googlesql' && TRUNCATIONS.has(word)) {
      out.push(...truncated(token, inside, engine));
    } else {
      out.push(token);
      continue;
    }
    at = close;
  }
  return out;
}

/** `date_trunc(x, month)` as `date_trunc('month', x)`, of the type of x. The engines' weeks begin on Monday; BigQuery's other ones are refused. */
function truncated(name: Token, inside: readonly Token[], engine: Engine): readonly Token[] {
  const [value = [], part = []] = split(inside, ',');
  const unit = textOf(trimmed(part)).toLowerCase().replace(/\s/g, '');
  const known = PARTS[unit];
  if (known === undefined) return [name, made('('), ...inside, made(')')];
  const truncation = [made(`date_trunc('${known}', `), ...reshape(value, engine, 'googlesql'), made(')')];
  return wordOf(name) === 'date_trunc' ? [made('cast('), ...truncation, made(' as date)')] : truncation;
}

/** `1 as a` as `a := 1`; a field without a name stays, and the engine says what it thinks of it. */
function packed(field: readonly Token[]): readonly Token[] {
  const words = trimmed(field);
  const name = words.at(-1);
  const as = words.findLastIndex((token, i) => i < words.length - 1 && wordOf(token) === 'as');
  if (!name || as < 1) return field;
  return [name, made(' := '), ...trimmed(words.slice(0, as))];
}

const made = (text: string): Token => ({ kind: 'other', text, line: 0 });

/** Where the next token stands that says something. */
export function next(tokens: readonly Token[], at: number): number {
  let there = at + 1;
  while (tokens[there]?.kind === 'blank') there++;
  return there;
}

/** Where the bracket is closed that is opened at `open`; the end where it never is. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const { text, kind } = tokens[at]!;
    if (kind !== 'other') continue;
    if (text === '(' || text === '[') depth++;
    if ((text === ')' || text === ']') && --depth === 0) return at;
  }
  return tokens.length;
}

/** The parts between separators that stand in no brackets. */
export function split(tokens: readonly Token[], separator: string): Token[][] {
  const parts: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind === 'other' && token.text === separator) parts.push([]);
    else if (token.kind === 'other' && (token.text === '(' || token.text === '[')) {
      const close = Math.min(closing(tokens, at), tokens.length - 1);
      parts.at(-1)!.push(...tokens.slice(at, close + 1));
      at = close;
    } else parts.at(-1)!.push(token);
  }
  return parts;
}

function last(tokens: readonly Token[]): Token | undefined {
  return tokens.findLast(({ kind }) => kind !== 'blank');
}
