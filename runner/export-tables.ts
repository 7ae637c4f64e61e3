import { createHash } from 'node:crypto';
import { createReadStream, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { openWarehouse } from '../warehouse/open.ts';
import { targetName } from '../warehouse/target.ts';
import type { Connection, Row, Value, Warehouse } from '../warehouse/warehouse.ts';
import type { ExportedFile, ExportedMart } from './export-manifest.ts';
import type { ExportedTable } from './exportable.ts';

export type ExportFormat = ExportedFile['format'];

/** Rows that are in memory at a time. */
const PAGE = 20_000;

/**
 * Writes tables to `<folder>/<name>.csv` and `.parquet`. The rows are in the order of their keys by bytes, whatever engine they come from, so
 * the same rows give the same bytes.
 *
 * CSV is RFC 4180 with a header: null is nothing, an empty text is `""`, moments are ISO in UTC. DuckDB writes both formats, for Postgres
 * too.
 *
 * @throws {TidemarkError} RUN_CANCELLED when the effects' signal was aborted.
 */
export async function exportTables(
  tables: readonly ExportedTable[],
  { folder, formats }: { readonly folder: string; readonly formats: readonly ExportFormat[] },
  warehouse: Warehouse,
  { clock, signal }: Pick<Effects, 'clock' | 'signal'>,
  progress: (name: string, done: number) => void,
): Promise<Omit<ExportedMart, 'runId'>[]> {
  const exportedAt = clock.now().toISOString();
  const from = await warehouse.connect();
  // A file and not memory, which a large table could fill. One thread: more could lay rows out in another way.
  const file = join(folder, 'rows.duckdb');
  const writer = await openWarehouse({ engine: 'duckdb', file, threads: 1 });
  const to = await writer.connect();
  const cancel = () => {
    from.cancel();
    to.cancel();
  };
  signal.addEventListener('abort', cancel);
  try {
    const exported: Omit<ExportedMart, 'runId'>[] = [];
    for (const [i, { name, action }] of tables.entries()) {
      progress(name, i);
      const keys = grainOf(action.properties.grain);
      const columns = await copyRows(action.target, keys, from, warehouse, to, writer, signal);
      const rows = await countOf(to);
      const files: ExportedFile[] = [];
      for (const format of formats) {
        await writeFile(join(folder, `${name}.${format}`), format, columns, keys, to, writer);
        files.push(await describeFile(folder, `${name}.${format}`, format));
      }
      const says = new Map(action.columns.map((column) => [column.name, column.description]));
      exported.push({
        name,
        table: targetName(action.target),
        description: action.description,
        rows,
        columns: columns.map((column) => ({ ...column, description: says.get(column.name) ?? '' })),
        files,
        exportedAt,
      });
    }
    return exported;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new TidemarkError({
      code: 'RUN_CANCELLED',
      message: 'the export was interrupted; the files of the last one are as they were.',
    });
  } finally {
    signal.removeEventListener('abort', cancel);
    await writer.close();
    await from.close();
    for (const rest of [file, `${file}.wal`]) rmSync(rest, { force: true });
  }
}

interface WrittenColumn {
  readonly name: string;
  readonly type: string;
}

const ROWS = { schema: 'main', name: 'exported' };

/** Copies a table into the table `exported` of the writer, in one transaction of the reader: a run that replaces the table waits, or has replaced it before. */
async function copyRows(
  table: { readonly schema: string; readonly name: string },
  keys: readonly string[],
  from: Connection,
  { statements }: Warehouse,
  to: Connection,
  writer: Warehouse,
  signal: AbortSignal,
): Promise<WrittenColumn[]> {
  const select = `select * from ${statements.relation(table)} as exported`;
  return from.transaction(async () => {
    const source = await from.describe(select);
    const columns = source.map(({ name, type }) => ({ name, type: portable(type) }));
    const { identifier, relation } = writer.statements;
    await to.execute(
      `create or replace table ${relation(ROWS)} (${columns.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')})`,
    );
    const names = columns.map(({ name }) => name);
    const known = keys.filter((key) => names.includes(key));
    const types = known.map((key) => source.find(({ name }) => name === key)!.type);
    const order = known.map(statements.identifier).join(', ');
    const bound = types.map((type, i) => `cast($${i + 1} as ${type})`).join(', ');
    let last: Row | undefined;
    for (;;) {
      signal.throwIfAborted();
      const after = last ? ` where (${order}) > (${bound})` : '';
      const page: Row[] = await from.rows(
        known.length === 0 ? select : `${select}${after} order by ${order} limit ${PAGE}`,
        last ? known.map((key) => last![key]!) : [],
      );
      await to.append(
        ROWS,
        names,
        page.map((row) => names.map((name): Value => row[name] ?? null)),
      );
      if (known.length === 0 || page.length < PAGE) break;
      last = page.at(-1);
    }
    const [counted] = await from.rows<{ n: number }>(`select count(*) as n from ${statements.relation(table)}`);
    const copied = await countOf(to);
    if (copied !== Number(counted!.n)) {
      throw new TidemarkError({
        code: 'WAREHOUSE_FAILED',
        message: `${targetName(table)} has ${counted!.n} rows, and ${copied} were read: its grain (${known.join(', ')}) does not tell them apart, or it changed meanwhile.`,
        hint: 'Run its assertions, or export again.',
      });
    }
    return columns;
  });
}

async function countOf(connection: Connection): Promise<number> {
  const [row] = await connection.rows<{ n: number }>('select count(*) as n from main.exported');
  return Number(row!.n);
}

/** The type of the file for a type of an engine. What has no number, truth or time in it is text. */
function portable(type: string): string {
  const name = type.toLowerCase();
  if (/^(bool)/.test(name)) return 'BOOLEAN';
  if (/^(hugeint|u?bigint|ubigint|u?integer|u?smallint|u?tinyint|int)/.test(name)) return 'BIGINT';
  if (/^(double|real|float|numeric|decimal)/.test(name)) return 'DOUBLE';
  if (name === 'date') return 'DATE';
  if (/^timestamp(tz| with)/.test(name)) return 'TIMESTAMP WITH TIME ZONE';
  if (/^timestamp/.test(name)) return 'TIMESTAMP';
  return 'VARCHAR';
}

const grainOf = (grain: unknown): string[] =>
  Array.isArray(grain) ? grain.filter((name): name is string => typeof name === 'string') : [];

async function writeFile(
  path: string,
  format: ExportFormat,
  columns: readonly WrittenColumn[],
  keys: readonly string[],
  connection: Connection,
  { statements }: Warehouse,
): Promise<void> {
  const { identifier, literal, relation } = statements;
  const shown = columns.map(({ name, type }) =>
    format === 'csv' && type.startsWith('TIMESTAMP')
      ? `strftime(${identifier(name)}, '%Y-%m-%dT%H:%M:%S.%f${type === 'TIMESTAMP' ? '' : 'Z'}') as ${identifier(name)}`
      : identifier(name),
  );
  const first = keys.filter((key) => columns.some(({ name }) => name === key));
  const order = [...first, ...columns.map(({ name }) => name).filter((name) => !first.includes(name))];
  const options = format === 'csv' ? 'format csv, header' : 'format parquet, compression zstd';
  await connection.execute(
    `copy (select ${shown.join(', ')} from ${relation(ROWS)} as exported order by ${order.map((name) => `exported.${identifier(name)} nulls first`).join(', ')})
     to ${literal(path)} (${options})`,
  );
}

async function describeFile(folder: string, path: string, format: ExportFormat): Promise<ExportedFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, path)), hash);
  return { path, format, bytes: statSync(join(folder, path)).size, sha256: hash.digest('hex') };
}
