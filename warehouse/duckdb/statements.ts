import { ansiStatements } from '../ansi-statements.ts';
import { ansiSpelling } from '../spelling.ts';
import type { Statements } from '../statements.ts';

const { identifier, relation } = ansiSpelling;
const temporary = (name: string) => `temp.${identifier(name)}`;

export const duckdbStatements: Statements = {
  ...ansiStatements(ansiSpelling),
  createSchema: (schema) => `create schema if not exists ${identifier(schema)}`,
  createTableAs: (target, query) => [`create or replace table ${relation(target)} as\n${query}`],
  createView: (target, query) => [`create or replace view ${relation(target)} as\n${query}`],
  temporary,
  createTemporary: (name, query) => [`create or replace temp table ${identifier(name)} as\n${query}`],
  dropTemporary: (name) => `drop table if exists ${temporary(name)}`,
  isJsonObject: (text) => `coalesce(try(json_type(${text})) = 'OBJECT', false)`,
  isJson: (text) => `json_valid(${text})`,
};
