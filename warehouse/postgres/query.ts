import type { Client, QueryArrayResult } from 'pg';
import type { Value } from '../warehouse.ts';
import { bound } from './values.ts';

/** Leaves every value as the text that the server sent. */
export const TEXT = { getTypeParser: () => (text: string) => text };

type Result = QueryArrayResult<(string | null)[]>;

/** As {@link sendAll}, and gives the last result. */
export async function send(client: Client, sql: string, parameters: readonly Value[] = []): Promise<Result> {
  return (await sendAll(client, sql, parameters)).at(-1)!;
}

/**
 * Sends SQL and gives its results, rows as arrays of text. Without parameters the simple protocol is used: it takes several statements, as
 * one transaction when none is open, and gives `?` and `$1` in SQL no meaning of its own.
 */
export async function sendAll(client: Client, sql: string, parameters: readonly Value[] = []): Promise<Result[]> {
  const results = (await client.query({
    text: sql,
    rowMode: 'array',
    types: TEXT as never,
    ...(parameters.length > 0 ? { values: bound(parameters) } : {}),
  })) as Result | Result[];
  return Array.isArray(results) ? results : [results];
}

/** The rows that a statement changed; `create table as` counts those that it made. */
export const changedRows = ({ fields, rowCount }: Result): number => (fields.length > 0 ? 0 : (rowCount ?? 0));
