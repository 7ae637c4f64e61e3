import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GENERATOR_VERSION, type WorldRecord } from '../../generators/world-record.ts';
import { sandbox } from './worlds.ts';

/** Of the shipped `tiny`. Whoever changes a byte on purpose raises GENERATOR_VERSION, and pins anew with `npx vitest run -u`. */
test('the bytes of tiny are those of other machines and versions of Node', async () => {
  const world = sandbox();
  await world.generate();
  const { workspace } = world;
  const { rawFiles, truthFiles } = JSON.parse(
    readFileSync(join(workspace.truthDir, 'world.json'), 'utf8'),
  ) as WorldRecord;
  const hashes: Record<string, string> = {};
  for (const [folder, files] of [
    ['raw', rawFiles],
    ['truth', truthFiles],
  ] as const)
    for (const { path, sha256 } of files) {
      const name = folder === 'raw' ? path.split('/')[0]! : `truth/${path}`;
      hashes[name] = createHash('sha256')
        .update(`${hashes[name] ?? ''}${path}${sha256}`)
        .digest('hex');
    }
  const short = Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hash.slice(0, 16)]));
  expect({ GENERATOR_VERSION, ...short }).toMatchInlineSnapshot(`
    {
      "GENERATOR_VERSION": 4,
      "accounts": "bc6cc75d9924d9d4",
      "billing": "d8592ccc6cf66dcf",
      "candidates": "b480aad9494f63cc",
      "events": "b48b9e49e007624c",
      "order_payments": "201342efbeddc86e",
      "orders": "994407b334743c8c",
      "payments": "3ea2ab43b5147e23",
      "products": "628c19b7915528be",
      "support_tickets": "6dbd0925c61432b7",
      "touches": "6f5b2973734ac905",
      "transactions": "098fd74624d5eb1c",
      "truth/anomalies.csv": "ce0b4365a94d5760",
      "truth/candidate_probability.csv": "bb234c8173123c60",
      "truth/churn_probability.csv": "243fdbe60ae493f3",
      "truth/churn_window_probability.csv": "9fb519f759732273",
      "truth/faults.csv": "76f92108f975ee37",
      "truth/order_mismatches.csv": "b04f6adc5f71a203",
      "users": "f3a352fe75a401d2",
    }
  `);
});
