import { relative } from 'node:path';
import { isAtLeast, type QualityReport } from '../core/quality-report.ts';
import type { Workspace } from '../core/workspace.ts';
import { qualityMessage } from '../monitor/alert/message.ts';
import { postJson } from '../monitor/alert/post.ts';
import { sentAlerts } from '../monitor/alert/sent.ts';
import type { MonitorConfig } from '../monitor/config.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Context } from './context.ts';

/**
 * Tells the webhook of `configs/monitor.yaml` of a bad batch, once. The batch is what it is, whether anybody hears of it or not: what goes
 * wrong is a warning.
 */
export async function alertOfQuality(
  { environment, console, effects }: Context,
  { qualityAlert }: MonitorConfig,
  { projectDir }: Workspace,
  report: QualityReport,
  page: string,
  warehouse: Warehouse,
): Promise<void> {
  if (!qualityAlert || !isAtLeast(report.criticality, qualityAlert.atLeast)) return;
  const { urlFrom, shape, timeoutSeconds, attempts } = qualityAlert;
  const url = environment(urlFrom);
  if (url === undefined) return console.line(`no alert was sent: ${urlFrom} is not set`);
  const connection = await warehouse.connect();
  try {
    const sent = await sentAlerts(connection, warehouse.statements);
    if (await sent.has(report.batchId, report.criticality)) return;
    const body = qualityMessage(report, shape, relative(projectDir, page).replaceAll('\\', '/'));
    const failure = await postJson({ url, body, timeoutSeconds, attempts, signal: effects.signal });
    if (failure === undefined) {
      await sent.add(report.batchId, report.criticality, effects.clock.now());
      console.line(`an alert was sent to the webhook of ${urlFrom}`);
    } else {
      console.warn({ code: 'ALERT_NOT_SENT', message: `the webhook of ${urlFrom} was not reached: ${failure}` });
    }
  } finally {
    await connection.close();
  }
}
