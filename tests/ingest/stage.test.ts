import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileCounts } from '../../ingest/duplicates.ts';
import { hashSet } from '../../ingest/hash-set.ts';
import { judge } from '../../ingest/jsonl.ts';
import { rowHash } from '../../ingest/row-hash.ts';
import type { Batch, Stage, StageRow } from '../../ingest/stage.ts';
import { lineStage } from '../../ingest/stage-lines.ts';
import { rowStage } from '../../ingest/stage-rows.ts';
import { createTables } from '../../ingest/tables.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';

let dir: string;
let database: Database;
const warehouses: Warehouse[] = [];
const connections: Connection[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-stage-'));
  database = await makeDatabase();
  warehouses.push(await openWarehouse({ engine: 'duckdb', file: ':memory:' }));
  warehouses.push(await openWarehouse({ engine: 'postgres', connectionString: database.url }));
  for (const warehouse of warehouses) connections.push(await warehouse.connect());
});
afterAll(async () => {
  for (const warehouse of warehouses) await warehouse.close();
  await database.remove();
  rmSync(dir, { recursive: true, force: true });
});

const PATHS = ['events/0.jsonl', 'events/1.jsonl', 'events/2.jsonl'];
const COLUMNS = 'source_file, cast(line_no as integer) as line_no, row_hash, raw, parsed, problem';

/** The stage of an engine; `coarse`: so that different records look as if they could be the same. */
function stageOf(engine: number, batch: Batch, coarse: boolean): Stage {
  const connection = connections[engine]!;
  const { statements } = warehouses[engine]!;
  if ('stream' in connection.bulk) {
    const hashes = coarse ? hashSet(4, 1) : hashSet();
    return rowStage(connection, connection.bulk.stream, statements, 'events', batch, hashes);
  }
  const spelling = coarse ? { ...statements, hash64: () => 'cast(1 as bigint)' } : statements;
  return lineStage(connection, connection.bulk.executeOnLines, spelling, 'events', batch);
}

/** Adds files, in a transaction each: as lines where they are plain, and else as rows. */
async function load(
  engine: number,
  files: readonly (readonly string[])[],
  coarse: boolean,
  asLines: readonly boolean[],
) {
  const [connection, { statements }] = [connections[engine]!, warehouses[engine]!];
  await connection.execute('drop schema if exists bronze cascade');
  await createTables(connection, statements, ['events']);
  const counts: (FileCounts | undefined)[] = [];
  for (const [fileNo, lines] of files.entries()) {
    const batch = { batchId: `b${fileNo}`, loadedAt: '2026-03-01T10:15:00.123Z', paths: PATHS };
    const stage = stageOf(engine, batch, coarse);
    await connection.transaction(async () => {
      if (asLines[fileNo]) {
        const file = join(dir, 'a.jsonl');
        writeFileSync(file, lines.join('\n'));
        await stage.addLines([{ fileNo, lines: { file, start: 0, linesBefore: 0 } }], { format: 'jsonl' });
      } else {
        const all = lines.map((raw, i): StageRow => [fileNo, i + 1, raw, null, judge(raw)]);
        const rows = all.filter(([, , raw]) => raw !== '');
        if (rows.length > 0) await stage.add(rows);
      }
      counts.push((await stage.finish()).get(fileNo));
    });
  }
  const rows = await connection.rows(`select ${COLUMNS} from bronze.events order by 1, 2`);
  const [times] = await connection.rows('select min(loaded_at) as first, max(loaded_at) as last from bronze.events');
  return { counts, rows, times };
}

const line = fc.constantFrom(
  '',
  '{"a":1}',
  '{"a": 2}',
  '{"b":"é"}',
  '[1]',
  '{"c":',
  '{"d":"\\n\\t"}',
  '{"e":"\t"}',
  '"x"',
);
const file = fc.array(line, { maxLength: 8 });

test.each([
  ['DuckDB', 0],
  ['Postgres', 1],
])('%s: a record is there once, however its file comes in and however much hashes look alike', async (_, engine) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      async (files, coarse, asLines) => {
        const seen = new Set<string>();
        const expected = files.map((lines, fileNo) => {
          const read = lines.flatMap((raw, i) => (raw === '' ? [] : [{ raw, line_no: i + 1 }]));
          const rows = read.filter(({ raw }) => !seen.has(raw) && seen.add(raw));
          const malformed = read.filter(({ raw }) => judge(raw) !== null).length;
          return {
            counts:
              read.length === 0
                ? undefined
                : { rowsRead: read.length, malformed, duplicates: read.length - rows.length },
            rows: rows.map(({ raw, line_no }) => {
              const problem = judge(raw);
              return {
                source_file: PATHS[fileNo],
                line_no,
                row_hash: rowHash({ raw, parsed: null, problem }),
                raw,
                parsed: null,
                problem,
              };
            }),
          };
        });
        const found = await load(engine, files, coarse, asLines);
        expect(found.counts).toEqual(expected.map(({ counts }) => counts));
        expect(found.rows).toEqual(expected.flatMap(({ rows }) => rows));
        if (found.rows.length > 0) {
          expect(found.times).toEqual({ first: '2026-03-01T10:15:00.123Z', last: '2026-03-01T10:15:00.123Z' });
        }
      },
    ),
    { numRuns: 40 },
  );
});
