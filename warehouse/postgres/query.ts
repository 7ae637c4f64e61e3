import type { Client, QueryArrayResult } from 'pg';
import type { Value } from '../warehouse.ts';
import { bound } from './values.ts';

/** Leaves every value as the text that the server sent. */
export const TEXT = { getTypeParser: () => (text: string) => text };

/**
 * Sends SQL and gives the last result, rows as arrays of text. Without parameters the simple protocol is used: it takes several statements,
 * and gives `?` and `$1` in SQL no meaning of its own.
 */
export async function send(
  client: Client,
  sql: string,
  parameters: readonly Value[] = [],
): Promise<QueryArrayResult<(string | null)[]>> {
  const results = (await client.query({
    text: sql,
    rowMode: 'array',
    types: TEXT as never,
    ...(parameters.length > 0 ? { values: bound(parameters) } : {}),
  })) as QueryArrayResult<(string | null)[]> | QueryArrayResult<(string | null)[]>[];
  return Array.isArray(results) ? results.at(-1)! : results;
}
