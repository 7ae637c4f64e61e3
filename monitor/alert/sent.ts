import { CRITICALITIES, type Criticality } from '../../core/quality-report.ts';
import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';

/** One row per message that arrived. */
const QUALITY_ALERTS = { schema: 'ops', name: 'quality_alerts' };

/** What remembers which batches were told of, so that nobody is told the same twice. */
export interface SentAlerts {
  /** True when a message of this batch, of this criticality or a higher one, has arrived. */
  has(batchId: string, criticality: Criticality): Promise<boolean>;
  add(batchId: string, criticality: Criticality, at: Date): Promise<void>;
}

export async function sentAlerts(connection: Connection, statements: Statements): Promise<SentAlerts> {
  const table = statements.relation(QUALITY_ALERTS);
  await connection.execute(statements.createSchema(QUALITY_ALERTS.schema));
  await connection.execute(
    `create table if not exists ${table} (batch_id text not null, criticality text not null, sent_at timestamptz not null)`,
  );
  return {
    async has(batchId, criticality) {
      const rows = await connection.rows<{ criticality: Criticality }>(
        `select criticality from ${table} where batch_id = $1`,
        [batchId],
      );
      return rows.some((row) => CRITICALITIES.indexOf(row.criticality) >= CRITICALITIES.indexOf(criticality));
    },
    async add(batchId, criticality, at) {
      await connection.execute(
        `insert into ${table} (batch_id, criticality, sent_at) values (cast($1 as text), cast($2 as text), cast($3 as timestamptz))`,
        [batchId, criticality, at.toISOString()],
      );
    },
  };
}
