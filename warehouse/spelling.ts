import type { Target } from './target.ts';
import type { Engine } from './warehouse.ts';

/** How an engine writes names and strings. The compiler and the statements of an engine use the same one. */
export interface Spelling {
  identifier(name: string): string;
  literal(text: string): string;
  /** The quoted, qualified name. */
  relation(target: Target): string;
}

/** Standard SQL: double quotes around names, doubled single quotes in strings, no database part. */
export const ansiSpelling: Spelling = {
  identifier: (name) => `"${name.replaceAll('"', '""')}"`,
  literal: (text) => `'${text.replaceAll("'", "''")}'`,
  relation: ({ schema, name }) => `${ansiSpelling.identifier(schema)}.${ansiSpelling.identifier(name)}`,
};

/** What the compiler writes for each engine; undefined leaves the spelling of Dataform's own core, which is BigQuery's. */
export const COMPILED_SPELLING: { readonly [engine in Engine]: Spelling | undefined } = {
  duckdb: ansiSpelling,
  postgres: ansiSpelling,
  bigquery: undefined,
};
