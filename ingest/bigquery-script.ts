import type { Spelling } from '../warehouse/spelling.ts';
import type { Target } from '../warehouse/target.ts';
import { bronzeTable, LOAD_FILES } from './tables.ts';

/** The tables that hold what a load brings. */
export interface Staged {
  readonly rows: Target;
  readonly files: Target;
}

/** What the script says: rows `added` of each file, and of a rebuild the records that were `held` before and are `gone` now. */
export type ScriptRow = { kind: 'added' | 'held' | 'gone'; source_file: string; n: number };

/**
 * Brings what is staged into bronze and the manifest, in one transaction: all of it or nothing. A record is added once: in the order of files and
 * lines, and not if bronze has it. The files decide which rows count, so that those of a file that turned out to be unreadable are left out.
 */
export function bringScript(source: string, staged: Staged, isRebuild: boolean, { relation }: Spelling): string {
  const [bronze, manifest] = [relation(bronzeTable(source)), relation(LOAD_FILES)];
  const [rows, files] = [relation(staged.rows), relation(staged.files)];
  const ofBatch = `select source_file, count(*) as n from ${bronze} where batch_id in (select batch_id from ${files}) group by source_file`;
  const removed = `source_file in (select source_file from ${files} where action = 'remove')`;
  const rebuild = [
    `create or replace temp table \`load_before\` as (select row_hash from ${bronze} where ${removed})`,
    `delete from ${bronze} where ${removed}`,
  ];
  const change = `
    union all select 'held' as kind, '' as source_file, count(*) as n from \`load_before\`
    union all select 'gone' as kind, '' as source_file, count(*) as n from \`load_before\` as old
      where not exists (select 1 from ${bronze} as b where b.row_hash = old.row_hash)`;
  return [
    'begin transaction',
    ...(isRebuild ? rebuild : []),
    `insert into ${bronze} (raw, parsed, row_hash, source_file, line_no, batch_id, loaded_at, problem)
    select fresh.raw, fresh.parsed, fresh.row_hash, fresh.source_file, fresh.line_no, fresh.batch_id, fresh.loaded_at, fresh.problem
    from (
      select r.raw, r.parsed, r.row_hash, f.source_file, r.line_no, f.batch_id, f.loaded_at, r.problem,
        row_number() over (partition by r.row_hash order by r.file_no, r.line_no) as nth
      from ${rows} as r
      inner join ${files} as f on f.file_no = r.file_no
      where f.action = 'load'
    ) as fresh
    where fresh.nth = 1 and not exists (select 1 from ${bronze} as b where b.row_hash = fresh.row_hash)`,
    `delete from ${manifest}
    where source in (select source from ${files}) and source_file in (select source_file from ${files})`,
    `insert into ${manifest} (source, source_file, content_hash, format, bytes, modified, rows_read, rows_added, duplicates, malformed, batch_id,
      loaded_at, drift)
    select f.source, f.source_file, f.content_hash, f.format, f.bytes, f.modified, f.rows_read, f.added_before + coalesce(a.n, 0),
      f.rows_read - f.added_before - coalesce(a.n, 0), f.malformed, f.batch_id, f.loaded_at, f.drift
    from ${files} as f
    left join (${ofBatch}) as a on a.source_file = f.source_file
    where f.action = 'load'`,
    'commit transaction',
    `select 'added' as kind, a.source_file, a.n from (${ofBatch}) as a${isRebuild ? change : ''}`,
  ].join(';\n');
}
