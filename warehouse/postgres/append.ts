import { once } from 'node:events';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { TidemarkError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Statements } from '../statements.ts';
import { type Target, targetName } from '../target.ts';
import type { Value } from '../warehouse.ts';

type Rows = AsyncIterable<readonly Value[]> | Iterable<readonly Value[]>;

/** Text of about this many characters is sent at once. */
const BLOCK_CHARACTERS = 1 << 16;

/**
 * Appends rows with `copy`, which reads each value as its column's type reads text. Columns that are not named get their default. All
 * rows arrive or none does.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED for a column that the table does not have; anything that the engine throws otherwise.
 */
export async function appendRows(
  client: Client,
  { relation, identifier }: Statements,
  target: Target,
  columns: readonly string[],
  rows: Rows,
): Promise<number> {
  await mustHave(client, relation(target), target, columns);
  const copy = client.query(copyFrom(`copy ${relation(target)} (${columns.map(identifier).join(', ')}) from stdin`));
  // Waits for the server's answer from the start: what it refuses in the middle must not become an unhandled event.
  const ended = new Promise<void>((resolve, reject) => copy.once('finish', resolve).once('error', reject));
  ended.catch(() => undefined);
  let total = 0;
  try {
    let block = '';
    for await (const row of rows) {
      block += `${columns.map((_, i) => field(row[i] ?? null)).join('\t')}\n`;
      total++;
      if (block.length < BLOCK_CHARACTERS) continue;
      if (!copy.write(block)) await Promise.race([once(copy, 'drain'), ended]);
      block = '';
    }
    copy.end(block);
  } catch (error) {
    // The rows ended with an error: the server is told to forget those that it got.
    copy.destroy(error instanceof Error ? error : new Error(String(error)));
    await ended.catch(() => undefined);
    throw error;
  }
  await ended;
  return total;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in the text format of `copy`. */
function field(value: Value): string {
  if (value === null) return '\\N';
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value);
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : value;
}

async function mustHave(client: Client, relation: string, target: Target, columns: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum',
    [relation],
  );
  const existing = rows.map(({ name }) => name);
  const unknown = columns.filter((column) => !existing.includes(column));
  if (unknown.length === 0) return;
  throw new TidemarkError(
    unknown.map((column) => {
      const near = nearest(column, existing);
      return {
        code: 'WAREHOUSE_FAILED' as const,
        message: `${targetName(target)} has no column "${column}"; it has ${existing.join(', ') || 'none, for it does not exist'}.`,
        ...(near === undefined ? {} : { nearest: near }),
      };
    }),
  );
}
