import type { Client } from 'pg';
import { TidemarkError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Statements } from '../statements.ts';
import { type Target, targetName } from '../target.ts';
import type { Value } from '../warehouse.ts';
import { copyInto } from './copy.ts';

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
  const copy = copyInto(client, `copy ${relation(target)} (${columns.map(identifier).join(', ')}) from stdin`);
  let total = 0;
  try {
    let block = '';
    for await (const row of rows) {
      block += `${columns.map((_, i) => field(row[i] ?? null)).join('\t')}\n`;
      total++;
      if (block.length < BLOCK_CHARACTERS) continue;
      await copy.write(block);
      block = '';
    }
    await copy.end(block);
  } catch (error) {
    await copy.fail(error);
    throw error;
  }
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
