import type { Target } from '../../warehouse/target.ts';
import type { RelationType } from '../../warehouse/warehouse.ts';
import { targetOf } from './respell.ts';
import { closing, next } from './shapes.ts';
import { type Token, trimmed, wordOf } from './tokens.ts';

/** What a statement of SQL does, as far as the gateway has to know. */
export type Statement =
  | { readonly kind: 'replace'; readonly type: RelationType; readonly target: Target; readonly query: readonly Token[] }
  | { readonly kind: 'temporary'; readonly name: string; readonly query: readonly Token[] }
  | { readonly kind: 'schema'; readonly schema: string }
  | { readonly kind: 'drop schema'; readonly schema: string; readonly rest: readonly Token[] }
  | { readonly kind: 'drop'; readonly type: RelationType; readonly target: Target; readonly tokens: readonly Token[] }
  | { readonly kind: 'query'; readonly tokens: readonly Token[] }
  | { readonly kind: 'other'; readonly verb: string; readonly tokens: readonly Token[] };

const QUERIES = new Set(['select', 'values', 'table', 'from', 'show', 'describe']);
const CHANGES = new Set(['insert', 'update', 'delete', 'merge']);

export function readStatement(tokens: readonly Token[]): Statement {
  const words = new Words(tokens);
  const verb = wordOf(tokens[0]);
  if (verb === undefined)
    return tokens[0]?.text === '(' ? { kind: 'query', tokens } : { kind: 'other', verb: '', tokens };
  if (QUERIES.has(verb)) return { kind: 'query', tokens };
  if (verb === 'with') {
    const change = outside(tokens, (token) => CHANGES.has(wordOf(token) ?? ''));
    return change < 0 ? { kind: 'query', tokens } : { kind: 'other', verb: wordOf(tokens[change])!, tokens };
  }
  if (verb === 'create') return creation(words, tokens);
  if (verb === 'drop') return removal(words, tokens);
  if (verb === 'merge') return { kind: 'other', verb, tokens: withWord(tokens, 'into') };
  return { kind: 'other', verb, tokens };
}

/** Reads words and names from the front of a statement. */
class Words {
  at = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** Passes the words if they come next, all of them. */
  take(...words: string[]): boolean {
    let at = this.at;
    for (const word of words) {
      if (wordOf(this.tokens[at]) !== word) return false;
      at = next(this.tokens, at);
    }
    this.at = at;
    return true;
  }

  /** Passes a name: in backticks, in quotes, or plain; undefined where none stands. */
  name(): string[] | undefined {
    const parts: string[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      const plain = nameOf(token);
      if (plain === undefined) return undefined;
      parts.push(...plain);
      this.at = next(this.tokens, this.at);
      if (this.tokens[this.at]?.text !== '.') return parts;
      this.at = next(this.tokens, this.at);
    }
  }

  rest(): readonly Token[] {
    return trimmed(this.tokens.slice(this.at));
  }
}

function nameOf(token: Token | undefined): readonly string[] | undefined {
  if (token?.kind === 'path') return token.parts;
  if (token?.kind === 'word') return [token.text];
  if (token?.kind === 'string' && token.text.startsWith('"')) return [token.text.slice(1, -1).replaceAll('""', '"')];
  return undefined;
}

function creation(words: Words, tokens: readonly Token[]): Statement {
  const other: Statement = { kind: 'other', verb: 'create', tokens: withoutClauses(tokens) };
  words.take('create');
  const replaces = words.take('or', 'replace');
  if (words.take('schema')) {
    words.take('if', 'not', 'exists');
    const parts = words.name();
    return parts ? { kind: 'schema', schema: parts.at(-1)! } : other;
  }
  if (!replaces) return other;
  const temporary = words.take('temp') || words.take('temporary');
  const materialized = words.take('materialized');
  const type = words.take('table') ? 'table' : words.take('view') ? 'view' : undefined;
  const parts = type && words.name();
  if (!type || !parts) return other;
  const query = queryAfter(words.rest());
  if (!query) return other;
  if (temporary && parts.length === 1 && type === 'table') return { kind: 'temporary', name: parts[0]!, query };
  if (temporary || parts.length === 1) return other;
  return { kind: 'replace', type: materialized ? 'materialized view' : type, target: targetOf(parts), query };
}

/** What follows the `as` that stands in no brackets; undefined when columns are listed before it, or there is none. */
function queryAfter(tokens: readonly Token[]): readonly Token[] | undefined {
  if (tokens[0]?.text === '(') return undefined;
  const as = outside(tokens, (token) => wordOf(token) === 'as');
  return as < 0 ? undefined : trimmed(tokens.slice(as + 1));
}

/** Where the first such token stands in no brackets; -1 where none does. */
function outside(tokens: readonly Token[], is: (token: Token) => boolean): number {
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.text === '(') at = closing(tokens, at);
    else if (is(tokens[at]!)) return at;
  }
  return -1;
}

/** How BigQuery keeps a table says nothing to the engines: `partition by`, `cluster by` and `options(...)` are left out. */
function withoutClauses(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  let leaving = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const word = wordOf(token);
    const by = wordOf(tokens[next(tokens, at)]) === 'by';
    if (word === 'as' && leaving) leaving = false;
    if ((by && (word === 'partition' || word === 'cluster')) || word === 'options') leaving = true;
    const end = token.text === '(' ? closing(tokens, at) : at;
    if (!leaving) out.push(...tokens.slice(at, end + 1));
    if (word === 'as') return [...out, ...tokens.slice(end + 1)];
    at = end;
  }
  return out;
}

function removal(words: Words, tokens: readonly Token[]): Statement {
  const other: Statement = { kind: 'other', verb: 'drop', tokens };
  words.take('drop');
  if (words.take('schema')) {
    const exists = words.take('if', 'exists');
    const parts = words.name();
    return parts && exists ? { kind: 'drop schema', schema: parts.at(-1)!, rest: words.rest() } : other;
  }
  const materialized = words.take('materialized');
  const type = words.take('table') ? 'table' : words.take('view') ? 'view' : undefined;
  if (!type || !words.take('if', 'exists')) return other;
  const parts = words.name();
  if (!parts || parts.length === 1 || words.rest().length > 0) return other;
  return { kind: 'drop', type: materialized ? 'materialized view' : type, target: targetOf(parts), tokens };
}

/** BigQuery's `merge t`, with the word that the engines want after the verb. */
function withWord(tokens: readonly Token[], word: string): readonly Token[] {
  if (wordOf(tokens[next(tokens, 0)]) === word) return tokens;
  return [tokens[0]!, { kind: 'word', text: ` ${word}`, line: 0 }, ...tokens.slice(1)];
}
