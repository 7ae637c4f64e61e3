import { sha256 } from '../core/files.ts';
import type { Target } from './target.ts';
import type { Engine } from './warehouse.ts';

/** How an engine writes names and strings. The compiler and the statements of an engine use the same one. */
export interface Spelling {
  identifier(name: string): string;
  literal(text: string): string;
  /** The quoted, qualified name. */
  relation(target: Target): string;
  /** The names under which the engine's own catalog knows it. */
  catalog(target: Target): Target;
}

/** Standard SQL: double quotes around names, doubled single quotes in strings, no database part. */
export const ansiSpelling: Spelling = {
  identifier: (name) => `"${name.replaceAll('"', '""')}"`,
  literal: (text) => `'${text.replaceAll("'", "''")}'`,
  relation: ({ schema, name }) => `${ansiSpelling.identifier(schema)}.${ansiSpelling.identifier(name)}`,
  catalog: (target) => target,
};

/** Postgres cuts names at this many bytes and says so in a notice only; two long names could become one. */
const POSTGRES_NAME_BYTES = 63;

/**
 * Standard SQL with names that Postgres can hold: longer ones end in a hash of the whole. `schemaPrefix` stands before every schema, so
 * that several data sets can live in one database.
 */
export function postgresSpelling(schemaPrefix = ''): Spelling {
  const stored = (name: string) => {
    if (Buffer.byteLength(name) <= POSTGRES_NAME_BYTES) return name;
    const hash = `_${sha256(name).slice(0, 8)}`;
    // Cut by whole characters.
    let head = name.slice(0, POSTGRES_NAME_BYTES - hash.length);
    while (Buffer.byteLength(head) > POSTGRES_NAME_BYTES - hash.length) head = [...head].slice(0, -1).join('');
    return head + hash;
  };
  const identifier = (name: string) => ansiSpelling.identifier(stored(name));
  return {
    ...ansiSpelling,
    identifier,
    relation: ({ schema, name }) => `${identifier(schemaPrefix + schema)}.${identifier(name)}`,
    catalog: ({ schema, name }) => ({ schema: stored(schemaPrefix + schema), name: stored(name) }),
  };
}

/** With the database before what lies in one of these; anything else lies in the database of the run, whatever its database is called. */
function spellingWith(attached: readonly string[]): Spelling {
  const { identifier, relation } = ansiSpelling;
  return {
    ...ansiSpelling,
    relation: (target) =>
      target.database !== undefined && attached.includes(target.database)
        ? `${identifier(target.database)}.${relation(target)}`
        : relation(target),
  };
}

/** What the compiler writes for an engine; undefined leaves the spelling of Dataform's own core, which is BigQuery's. */
export function compiledSpelling(
  engine: Engine,
  schemaPrefix = '',
  attached: readonly string[] = [],
): Spelling | undefined {
  switch (engine) {
    case 'duckdb':
      return spellingWith(attached);
    case 'postgres':
      return postgresSpelling(schemaPrefix);
    case 'bigquery':
      return undefined;
  }
}
