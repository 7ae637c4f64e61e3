import { ansiStatements } from '../ansi-statements.ts';
import { ansiSpelling } from '../spelling.ts';
import type { Statements } from '../statements.ts';

const { identifier, relation } = ansiSpelling;
const ansi = ansiStatements(ansiSpelling);
const temporary = (name: string) => `temp.${identifier(name)}`;

export const duckdbStatements: Statements = {
  ...ansi,
  createSchema: (schema) => `create schema if not exists ${identifier(schema)}`,
  createTableAs: (target, query) => [`create or replace table ${relation(target)} as\n${query}`],
  createView: (target, query) => [`create or replace view ${relation(target)} as\n${query}`],
  // An update of a row costs what it costs to find its place among those of its block that were updated before, and does so for each
  // column: in the order of the table 135,000 rows take half a second, in another one they took 80.
  merge({ query, ...merge }) {
    const match = merge.uniqueKey.map((key) => `DATAFORM_OLD.${identifier(key)} = DATAFORM_NEW.${identifier(key)}`);
    const place = `select min(DATAFORM_OLD.rowid) from ${relation(merge.target)} as DATAFORM_OLD where ${match.join(' and ')}`;
    return ansi.merge({ ...merge, query: `select * from (\n${query}\n) as DATAFORM_NEW\norder by (${place})` });
  },
  temporary,
  createTemporary: (name, query) => [`create or replace temp table ${identifier(name)} as\n${query}`],
  dropTemporary: (name) => `drop table if exists ${temporary(name)}`,
  alikeText: 'text',
  distinctText: 'text',
  hash64: (text) => `hash(${text})`,
  isJsonObject: (text) => `coalesce(try(json_type(${text})) = 'OBJECT', false)`,
  isJson: (text) => `json_valid(${text})`,
};

/**
 * The statements for a database file whose format has Zstandard. Events as JSON take a third of the bytes and of the time of what DuckDB would
 * choose, and are read as fast. To look for what hashes have in common takes longer than to write them.
 */
const compressingStatements: Statements = {
  ...duckdbStatements,
  alikeText: 'text using compression zstd',
  distinctText: 'text using compression uncompressed',
};

/**
 * A format before 1.2 would be asked for Zstandard without an error, and write the text as it is.
 *
 * @param format as DuckDB tells it of a file: `v1.4.0+`; undefined for a database in memory, where nothing is compressed.
 */
export function statementsFor(format: string | undefined): Statements {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(format ?? '') ?? [];
  return Number(major) > 1 || (major === '1' && Number(minor) >= 2) ? compressingStatements : duckdbStatements;
}
