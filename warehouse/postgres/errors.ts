import { DatabaseError } from 'pg';
import { TidemarkError } from '../../core/errors.ts';
import { textWidth } from '../../core/text-width.ts';

/** Another transaction was in the way, and nothing was changed: serialization failure, deadlock. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01']);
/** Two transactions made a relation of one name at the same time: the second one finds it in the indices of the catalog. */
const CATALOG = /^pg_(class|type|namespace|proc)_/;
const INSUFFICIENT_PRIVILEGE = '42501';
const QUERY_CANCELED = '57014';

export function isConflict(error: unknown): boolean {
  const thrown = error instanceof TidemarkError ? error.cause : error;
  if (!(thrown instanceof DatabaseError)) return false;
  if (CONFLICTS.has(thrown.code ?? '')) return true;
  return (
    (thrown.code === '23505' && CATALOG.test(thrown.constraint ?? '')) ||
    (thrown.code === 'XX000' && thrown.message.startsWith('tuple concurrently'))
  );
}

export const isCancelled = (error: unknown): boolean =>
  error instanceof TidemarkError && error.cause instanceof DatabaseError && error.cause.code === QUERY_CANCELED;

/**
 * Turns what was thrown into our error, with the engine's text as psql shows it: severity, message, detail, hint, and the line that it
 * points at.
 */
export function warehouseError(thrown: unknown, sql: string, server: string): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  if (!(thrown instanceof DatabaseError)) {
    return new TidemarkError({ code: 'WAREHOUSE_FAILED', message: textOf(thrown) }, { cause: thrown });
  }
  const { severity = 'ERROR', message, detail, hint, where, code, position } = thrown;
  const lines = [
    `${severity}: ${message}`,
    ...(detail ? [`DETAIL: ${detail}`] : []),
    ...(hint ? [`HINT: ${hint}`] : []),
    // For data that the server could not read: the line and the column.
    ...(where?.startsWith('COPY ') ? [`CONTEXT: ${where}`] : []),
    ...(code === INSUFFICIENT_PRIVILEGE
      ? [`The role of the connection to ${server} lacks a right; its owner or an administrator can grant it.`]
      : []),
    ...(position ? ['', pointer(sql, Number(position))] : []),
  ];
  return new TidemarkError({ code: 'WAREHOUSE_FAILED', message: lines.join('\n') }, { cause: thrown });
}

/** For a server that cannot be reached or that refuses the connection. No password is in it: `server` has none. */
export function openError(thrown: unknown, server: string): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  return new TidemarkError(
    {
      code: 'WAREHOUSE_FAILED',
      message: `${server}: ${textOf(thrown)}`,
      hint: 'Check DATABASE_URL (postgresql://user:password@host:port/database) and that the server is up.',
    },
    { cause: thrown },
  );
}

/** A name that stands for several addresses fails with one error an address, and no text of its own. */
export function textOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return [...new Set(thrown.errors.map(textOf))].join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * `LINE 4: select wrong as a` and a caret under the place: as wide as the characters before it, tabs as tabs. `position` counts characters
 * from 1.
 */
function pointer(sql: string, position: number): string {
  const before = [...sql].slice(0, position - 1).join('');
  const start = before.lastIndexOf('\n') + 1;
  const end = sql.indexOf('\n', before.length);
  const head = `LINE ${before.split('\n').length}: `;
  const line = sql.slice(start, end < 0 ? undefined : end).trimEnd();
  const parts = (head + before.slice(start)).split('\t');
  return `${head}${line}\n${parts.map((part) => ' '.repeat(textWidth(part))).join('\t')}^`;
}
