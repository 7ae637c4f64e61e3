import type { Spelling } from '../../warehouse/spelling.ts';
import type { Engine } from '../../warehouse/warehouse.ts';
import { closing, next, reshape } from './shapes.ts';
import { type Dialect, type Token, wordOf } from './tokens.ts';
import { engineType } from './types.ts';

/** How SQL that was written for BigQuery is spelt for an engine. */
export interface Respelling {
  readonly engine: Engine;
  readonly dialect: Dialect;
  readonly spelling: Pick<Spelling, 'identifier' | 'literal' | 'relation' | 'catalog'>;
  /** What stands in the place of a variable of the script, by its name in lower case. */
  readonly variables: ReadonlyMap<string, string>;
  /** What stands in the place of `@name`, by the name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The text for the engine: names, strings, types of GoogleSQL, the information schema of a data set, and the few shapes of {@link reshape}.
 * Lines stay lines, so that what the engine says of a line is true of what was sent.
 */
export function respell(tokens: readonly Token[], how: Respelling): string {
  const shaped = reshape(tokens, how.engine, how.dialect);
  const columns = insertedColumns(shaped);
  return shaped.map((token, at) => respellToken(token, at, shaped, columns.has(at), how)).join('');
}

/** Where the columns of inserts are named, which are no variables. */
function insertedColumns(tokens: readonly Token[]): ReadonlySet<number> {
  const places = new Set<number>();
  tokens.forEach((token, at) => {
    if (wordOf(token) !== 'insert') return;
    let open = next(tokens, at);
    while (open < tokens.length && (tokens[open]!.kind !== 'other' || tokens[open]!.text === '.')) {
      if (/^(select|values|with)$/.test(wordOf(tokens[open]) ?? '')) return;
      open = next(tokens, open);
    }
    if (tokens[open]?.text !== '(') return;
    for (let place = open; place < closing(tokens, open); place++) places.add(place);
  });
  return places;
}

function respellToken(token: Token, at: number, tokens: readonly Token[], isColumn: boolean, how: Respelling): string {
  const { spelling, engine } = how;
  if (token.kind === 'string') return token.value === undefined ? token.text : spelling.literal(token.value);
  if (token.kind === 'path') return respellPath(token.parts!, spelling);
  if (token.text === '@' && how.parameters.has(wordOf(tokens[at + 1]) ?? '')) return '';
  const word = wordOf(token);
  if (word === undefined) return token.text;
  const parameter = tokens[at - 1]?.text === '@' ? how.parameters.get(word) : undefined;
  if (parameter !== undefined) return parameter;
  const before = neighbour(tokens, at, -1);
  const after = neighbour(tokens, at, 1);
  const alone = before?.text !== '.' && after?.text !== '.' && after?.text !== '(';
  const variable = alone && !isColumn && wordOf(before) !== 'as' ? how.variables.get(word) : undefined;
  if (variable !== undefined) return variable;
  if (how.dialect === 'engine') return token.text;
  const isType = alone && (/^(int64|float64)$/.test(word) || (wordOf(before) === 'as' && after?.text === ')'));
  if (isType) return engineType(word, engine) ?? token.text;
  return word === 'safe_cast' && engine === 'duckdb' ? 'try_cast' : token.text;
}

/** BigQuery's project is left out: a run has one database, but for those that are attached under the name of a project. */
function respellPath(parts: readonly string[], spelling: Respelling['spelling']): string {
  const { identifier, literal, relation, catalog } = spelling;
  const at = parts.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (at > 0 && parts[at + 1] !== undefined) {
    const { schema } = catalog({ schema: parts[at - 1]!, name: '' });
    return `(select * from information_schema.${identifier(parts[at + 1]!.toLowerCase())} where table_schema = ${literal(schema)})`;
  }
  return parts.length === 1 ? identifier(parts[0]!) : relation(targetOf(parts));
}

/** The relation of a path of two or three parts. */
export function targetOf(parts: readonly string[]): { database?: string; schema: string; name: string } {
  const [name, schema, database] = [...parts].reverse() as [string, string, string?];
  return { ...(database === undefined ? {} : { database }), schema, name };
}

function neighbour(tokens: readonly Token[], at: number, step: 1 | -1): Token | undefined {
  let there = at + step;
  while (tokens[there]?.kind === 'blank') there += step;
  return tokens[there];
}
