import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NO_COUNTS, type QualityReport } from '../../core/quality-report.ts';
import { qualityMessage } from '../../monitor/alert/message.ts';
import { postJson } from '../../monitor/alert/post.ts';
import { type Webhook, webhook } from './webhook.ts';

let hook: Webhook;
beforeAll(async () => {
  hook = await webhook();
});
afterAll(() => hook.close());
afterEach(() => {
  hook.received.length = 0;
  hook.answers.length = 0;
});

const post = (more: Partial<Parameters<typeof postJson>[0]> = {}) =>
  postJson({
    url: hook.url,
    body: { a: 1 },
    timeoutSeconds: 5,
    attempts: 3,
    signal: new AbortController().signal,
    waitMs: 1,
    ...more,
  });

describe('a webhook', () => {
  test('gets the message, again when the server was busy or broken', async () => {
    expect(await post()).toBeUndefined();
    hook.answers.push(429, 503);
    expect(await post()).toBeUndefined();
    expect(hook.received).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }]);
  });

  test('is not asked again when it refuses, nor for ever, and is not followed elsewhere', async () => {
    hook.answers.push(404);
    expect(await post()).toBe('the server answered 404');
    hook.answers.push(302);
    expect(await post()).toBe('the server answered 302');
    expect(hook.received).toHaveLength(2);
    hook.answers.push(500, 500, 500);
    expect(await post()).toBe('the server answered 500, 3 times');
    expect(hook.received).toHaveLength(5);
  });

  test('that cannot be reached is told of without its URL', async () => {
    hook.answers.push(0, 0);
    expect(await post({ timeoutSeconds: 0.05, attempts: 2 })).toBe('no answer within 0.05 s, 2 times');
    expect(await post({ url: 'http://127.0.0.1:1/s3cret', attempts: 1 })).toMatch(/^no connection( \(\w+\))?$/);
    expect(await post({ url: 'hooks.example/s3cret' })).toBe('its value is no http or https URL');
    expect(await post({ url: 'file:///etc/passwd' })).toBe('its value is no http or https URL');
  });

  test('is left alone after Ctrl-C', async () => {
    hook.answers.push(0);
    const controller = new AbortController();
    const posted = post({ signal: controller.signal });
    while (hook.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await posted).toBe('cancelled');
    expect(hook.received).toHaveLength(1);
  });
});

describe('the message', () => {
  const counts = { ...NO_COUNTS, rows: 1000, records: 1000, accepted: 900, rejected: 100 };
  const report: QualityReport = {
    version: 1,
    dataset: 'shop',
    batchId: 'b1',
    loadedAt: '2026-03-01T10:15:00.000Z',
    reportedAt: '2026-03-01T10:15:00.000Z',
    criticality: 'high',
    counts,
    sources: [
      { source: 'events', owner: 'growth', criticality: 'high', counts },
      { source: 'users', owner: 'growth', criticality: 'none', counts: NO_COUNTS },
    ],
    unjudged: [],
    reasons: [
      { source: 'events', kind: 'rejected', column: 'a', code: 'b<&>', records: 100, files: 1 },
      { source: 'events', kind: 'flagged', column: 'c', code: 'odd', records: 1, files: 1 },
    ],
    files: [],
    filesWithRejects: 1,
    samples: [{ source: 'events', file: 'f', line: 1, reasons: ['a:b'], text: 'row text' }],
    trend: [],
  };

  test('has the shape of Slack', () => {
    expect(qualityMessage(report, 'slack', 'reports/x/index.html')).toEqual({
      text: 'shop: high criticality, 10.0 % of the records rejected',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: 'shop: high criticality, 10.0 % of the records rejected' },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '*batch*: b1\n*rejected*: 100 of 1,000 records\n*events*: high, 10.0 % rejected\n*reasons*: events a:b&lt;&amp;&gt; (100)\n*report*: reports/x/index.html',
          },
        },
      ],
    });
  });

  test('has the shape of Teams, and never the text of a row', () => {
    const message = qualityMessage(report, 'teams', 'reports/x/index.html');
    expect(message).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            body: [
              { type: 'TextBlock', text: 'shop: high criticality, 10.0 % of the records rejected' },
              {
                type: 'FactSet',
                facts: [
                  { title: 'batch', value: 'b1' },
                  { title: 'rejected', value: '100 of 1,000 records' },
                  { title: 'events', value: 'high, 10.0 % rejected' },
                  { title: 'reasons', value: 'events a:b<&> (100)' },
                  { title: 'report', value: 'reports/x/index.html' },
                ],
              },
            ],
          },
        },
      ],
    });
    expect(JSON.stringify(message)).not.toContain('row text');
  });
});
