import type { Command } from 'commander';
import { count, plural } from '../../core/format.ts';
import { compareRejects, type Retried, rememberRejects } from '../../monitor/rejects/retry.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { type Context, giveResult } from '../context.ts';
import { projectFlags } from '../flags.ts';
import type { openForReading } from '../open-for-reading.ts';
import { runStep } from '../step.ts';
import { type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';
import { withVerdicts } from './rejects.ts';
import { runModelsStep } from './run.ts';

interface RetryFlags extends WarehouseFlags {
  readonly source?: string;
  readonly includeDependents?: boolean;
}

export function registerRetry(rejects: Command, context: Context): void {
  warehouseFlags(
    projectFlags(
      rejects.command('retry').description('After a contract was mended: judge the rows again, and say what is cured.'),
    ),
  )
    .option('--source <name>', 'only this source')
    .option('--include-dependents', 'also run what reads the accepted rows')
    .addHelpText(
      'after',
      `
Examples:
  tidemark rejects retry
  tidemark rejects retry --source events --include-dependents

Raw files are not read again: bronze holds every row. Without --include-dependents the next \`tidemark run\` brings what is cured
downstream.`,
    )
    .action((flags: RetryFlags) => retry(context, flags));
}

async function retry(context: Context, flags: RetryFlags): Promise<void> {
  const forWriting: typeof openForReading = (_, given, where) => openWarehouse(warehouseOf(context, given, where));
  const { names, place } = await withVerdicts(
    context,
    flags,
    async ({ place, sources, connection, warehouse }) => {
      const names = sources.map(({ name }) => name);
      await rememberRejects(names, connection, warehouse.statements);
      return { names, place };
    },
    forWriting,
  );
  const actions = names.flatMap((name) => [
    `silver.stg_${name}`,
    `silver.silver_${name}`,
    `silver.rejects_${name}`,
    `assertions.rows_accounted_${name}`,
  ]);
  try {
    await runModelsStep(context, place, { ...flags, actions });
  } finally {
    const retried = await runStep(context, 'retry', () =>
      withVerdicts(
        context,
        flags,
        async ({ connection, warehouse }) => {
          const result = await compareRejects(names, connection, warehouse.statements);
          return [result, summary(result)] as const;
        },
        forWriting,
      ),
    );
    giveResult(context, retried);
  }
}

function summary(retried: readonly Retried[]): string {
  const sum = (key: Exclude<keyof Retried, 'source'>) => retried.reduce((total, one) => total + one[key], 0);
  if (sum('before') === 0 && sum('newlyRejected') === 0) return 'nothing was rejected';
  const parts = [`${count(sum('cured'))} of ${plural(sum('before'), 'rejected record')} cured`];
  if (sum('stillRejected') > 0) parts.push(`${count(sum('stillRejected'))} rejected again`);
  if (sum('gone') > 0) parts.push(`${count(sum('gone'))} no longer there`);
  if (sum('newlyRejected') > 0) parts.push(`${count(sum('newlyRejected'))} newly rejected`);
  return parts.join(', ');
}
