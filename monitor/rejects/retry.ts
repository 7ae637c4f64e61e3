import type { Statements } from '../../warehouse/statements.ts';
import type { Target } from '../../warehouse/target.ts';
import type { Connection } from '../../warehouse/warehouse.ts';

/** What became of the records of a source that were rejected before its models ran again. */
export interface Retried {
  readonly source: string;
  readonly before: number;
  /** Accepted now, or a duplicate of an accepted one. */
  readonly cured: number;
  readonly stillRejected: number;
  /** No longer in bronze, or no longer a record by the contract. */
  readonly gone: number;
  /** Rejected now and not before. */
  readonly newlyRejected: number;
}

const remembered = (source: string): Target => ({ schema: 'ops', name: `rejects_before_${source}` });
const staging = (source: string): Target => ({ schema: 'silver', name: `stg_${source}` });

/** Writes down which records are rejected now. What a killed retry left is replaced. */
export async function rememberRejects(
  sources: readonly string[],
  connection: Connection,
  statements: Statements,
): Promise<void> {
  await connection.execute(statements.createSchema('ops'));
  for (const source of sources) {
    const query = `select row_hash, record_no from ${statements.relation(staging(source))} where verdict = 'rejected'`;
    await connection.executeAll(statements.createTableAs(remembered(source), query));
  }
}

/** Compares with what {@link rememberRejects} wrote down, and forgets it. */
export async function compareRejects(
  sources: readonly string[],
  connection: Connection,
  { relation, drop }: Statements,
): Promise<Retried[]> {
  const retried: Retried[] = [];
  for (const source of sources) {
    const before = relation(remembered(source));
    const now = relation(staging(source));
    const [counts] = await connection.rows<{ n: number; cured: number; still: number; added: number }>(
      `select count(*) as n,
         count(case when s.verdict in ('accepted', 'duplicate') then 1 end) as cured,
         count(case when s.verdict = 'rejected' then 1 end) as still,
         (select count(*) from ${now} as a where a.verdict = 'rejected' and not exists (
           select 1 from ${before} as o where o.row_hash = a.row_hash and o.record_no = a.record_no)) as added
       from ${before} as b left join ${now} as s on s.row_hash = b.row_hash and s.record_no = b.record_no`,
    );
    const [n, cured, still] = [Number(counts!.n), Number(counts!.cured), Number(counts!.still)];
    const newlyRejected = Number(counts!.added);
    retried.push({ source, before: n, cured, stillRejected: still, gone: n - cured - still, newlyRejected });
    await connection.execute(drop(remembered(source), 'table'));
  }
  return retried;
}
