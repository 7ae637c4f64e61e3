import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import { codesOf } from '../quality/measure.ts';
import { type RejectFilter, recordsWhere, rejectedWhere } from './filter.ts';

/** Rejected records of something, and the share of its records, 0 to 1, that they are. */
export interface Rejected {
  readonly source: string;
  readonly rejected: number;
  readonly share: number;
}

/** How many records are rejected, by what one may look for; the most frequent first. */
export interface RejectList {
  readonly sources: readonly (Rejected & { readonly files: number })[];
  /** A record with several reasons counts in each. */
  readonly reasons: readonly (Rejected & { readonly reason: string; readonly files: number })[];
  readonly files: readonly (Rejected & { readonly file: string })[];
}

/** Counts the rejected records of sources whose staging table exists. */
export async function listRejects(
  sources: readonly string[],
  filter: RejectFilter,
  connection: Connection,
  { relation }: Statements,
): Promise<RejectList> {
  const list = { sources: [], reasons: [], files: [] } as {
    -readonly [K in keyof RejectList]: RejectList[K][number][];
  };
  for (const source of sources) {
    const staging = relation({ schema: 'silver', name: `stg_${source}` });
    const all = recordsWhere(filter);
    const records = await connection.rows<{ source_file: string; n: number }>(
      `select source_file, count(*) as n from ${staging} where ${all.where} group by source_file`,
      all.parameters,
    );
    const bad = rejectedWhere(filter);
    const rejected = await connection.rows<{ source_file: string; reasons: string; n: number }>(
      `select source_file, reasons, count(*) as n from ${staging} where ${bad.where} group by source_file, reasons`,
      bad.parameters,
    );
    if (rejected.length === 0) continue;
    const total = records.reduce((sum, { n }) => sum + Number(n), 0);
    const recordsIn = new Map(records.map(({ source_file, n }) => [source_file, Number(n)]));
    const byFile = new Map<string, number>();
    const byReason = new Map<string, { n: number; files: Set<string> }>();
    for (const { source_file, reasons, n } of rejected) {
      byFile.set(source_file, (byFile.get(source_file) ?? 0) + Number(n));
      for (const code of codesOf(reasons)) {
        const found = byReason.get(code) ?? { n: 0, files: new Set() };
        found.n += Number(n);
        found.files.add(source_file);
        byReason.set(code, found);
      }
    }
    const sum = [...byFile.values()].reduce((a, b) => a + b, 0);
    list.sources.push({ source, rejected: sum, share: sum / total, files: byFile.size });
    for (const [reason, { n, files }] of byReason) {
      list.reasons.push({ source, reason, rejected: n, share: n / total, files: files.size });
    }
    for (const [file, n] of byFile) list.files.push({ source, file, rejected: n, share: n / recordsIn.get(file)! });
  }
  list.sources.sort((a, b) => b.rejected - a.rejected || order(a.source, b.source));
  list.reasons.sort((a, b) => b.rejected - a.rejected || order(a.source, b.source) || order(a.reason, b.reason));
  list.files.sort((a, b) => b.rejected - a.rejected || order(a.source, b.source) || order(a.file, b.file));
  return list;
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
