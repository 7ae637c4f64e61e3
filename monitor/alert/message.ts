import { count, percent, plural } from '../../core/format.ts';
import { type QualityReport, rejectedShare } from '../../core/quality-report.ts';
import type { AlertConfig } from '../config.ts';

const SOURCES = 5;
const REASONS = 5;

/** What a webhook is told of a batch: counts, sources and reasons, and no text of a row. `page` is where the report lies. */
export function qualityMessage(report: QualityReport, shape: AlertConfig['shape'], page: string): object {
  const { dataset, batchId, criticality, counts, sources, reasons } = report;
  const title = `${dataset}: ${criticality} criticality, ${percent(rejectedShare(counts))} of the records rejected`;
  const facts: [string, string][] = [
    ['batch', batchId],
    ['rejected', `${count(counts.rejected)} of ${plural(counts.records, 'record')}`],
    ...sources
      .filter((source) => source.counts.rejected > 0)
      .slice(0, SOURCES)
      .map((source): [string, string] => [
        source.source,
        `${source.criticality}, ${percent(rejectedShare(source.counts))} rejected`,
      ]),
    [
      'reasons',
      reasons
        .filter(({ kind }) => kind === 'rejected')
        .slice(0, REASONS)
        .map((reason) => `${reason.source} ${reason.column}:${reason.code} (${count(reason.records)})`)
        .join(', '),
    ],
    ['report', page],
  ];
  return shape === 'slack' ? slack(title, facts) : teams(title, facts);
}

type Facts = readonly (readonly [name: string, value: string])[];

/** After https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function slack(title: string, facts: Facts): object {
  const lines = facts.map(([name, value]) => `*${escaped(name)}*: ${escaped(value)}`);
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      { type: 'section', text: { type: 'mrkdwn', text: lines.join('\n') } },
    ],
  };
}

/** The three characters that mean something to Slack. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An adaptive card, as the workflow "when a webhook request is received" of Teams posts it. */
const teams = (title: string, facts: Facts): object => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', text: title, weight: 'Bolder', size: 'Medium', wrap: true },
          { type: 'FactSet', facts: facts.map(([name, value]) => ({ title: name, value })) },
        ],
      },
    },
  ],
});
