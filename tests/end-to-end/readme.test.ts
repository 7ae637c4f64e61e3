import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import { makeClone } from '../support/clone.ts';
import { type Result, run } from '../support/project.ts';

/** The commands of the README in their order: every line of a `sh` block that is no comment. */
const README = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
const COMMANDS = [...README.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap((match) => match[1]!.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('git clone') && !line.startsWith('cd '));

/** This test is a part of `npm test`, so it cannot run it. */
const SELF = 'npm test';

let clone: ReturnType<typeof makeClone>;
beforeAll(() => {
  clone = makeClone();
});
afterAll(() => clone.remove());

const shell = (command: string): Promise<Result> => run('bash', ['-c', `set -o pipefail; ${command}`], clone.dir);

async function bronzeRows(name: string): Promise<number> {
  const warehouse = await openDuckdb({ file: join(clone.dir, 'data', `${name}.duckdb`), readOnly: true });
  try {
    const connection = await warehouse.connect();
    const tables = ['events', 'billing', 'users'].map((table) => `(select count(*) from bronze.${table})`);
    return Number((await connection.rows(`select ${tables.join(' + ')} as n`))[0]!.n);
  } finally {
    await warehouse.close();
  }
}

describe('the README', () => {
  test('leads from clone to model card in two commands', () => {
    expect(COMMANDS.slice(0, 2)).toEqual(['npm start', SELF]);
    expect(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).scripts.test).toContain('vitest run');
    expect(COMMANDS.length).toBeGreaterThan(8);
  });

  test.each(COMMANDS.filter((command) => command !== SELF))('%s', { timeout: 400_000 }, async (command) => {
    const { code, stdout, stderr } = await shell(command);
    expect(code, `${command}\n${stdout}\n${stderr}`).toBe(0);
  });

  test('npm start left the card, its files and a site', () => {
    const card = join(clone.dir, 'reports', 'model_cards', 'churn_baseline_v1', 'latest');
    expect(readdirSync(card)).toEqual(
      expect.arrayContaining([
        'card.html',
        'card.json',
        'card.md',
        'coefficients.csv',
        'metrics.json',
        'model.json',
        'temporal_cv_folds.csv',
      ]),
    );
    for (const file of ['metrics.json', 'temporal_cv_folds.csv', 'coefficients.csv']) {
      expect(existsSync(join(clone.dir, 'reports', `churn_baseline_v1_${file}`)), file).toBe(true);
    }
    const index = readFileSync(join(clone.dir, 'reports', 'site', 'synthetic', 'index.html'), 'utf8');
    expect(index).toContain('cards/churn_baseline_v1/card.html');
  });

  test('a pipeline again works and adds no row to bronze', { timeout: 400_000 }, async () => {
    // The smaller world does: `npm start` is the same command on the larger one.
    const before = await bronzeRows('synthetic-janus');
    const { code, stderr } = await shell('npx tidemark pipeline --scenario janus');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/load .*nothing new/);
    expect(await bronzeRows('synthetic-janus')).toBe(before);
    expect(before).toBeGreaterThan(50_000);
    expect(await bronzeRows('synthetic')).toBeGreaterThan(500_000);
  });

  test('the baseline model beats the recency rule with an interval that excludes zero, and says what share of the achievable it reached', () => {
    const { headline } = readCard('churn_baseline_v1');
    expect(headline.differenceToRecency.low).toBeGreaterThan(0);
    expect(headline.shareOfAchievable.value).toBeGreaterThan(0.3);
    expect(headline.shareOfAchievable.value).toBeLessThan(1.1);
  });

  test('quotes what the card of janus says', () => {
    const quotes = [...README.matchAll(/^(?:> .*\n)+/gm)].map((match) =>
      match[0].replace(/^> /gm, '').replace(/\s+/g, ' ').trim(),
    );
    expect(quotes).toEqual([readCard('churn_janus_v1').power.statement]);
  });

  test('every link to a file of the repository leads somewhere', () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !existsSync(join(packageRoot(), link)))).toEqual([]);
  });
});

function readCard(model: string) {
  return JSON.parse(readFileSync(join(clone.dir, 'reports', 'model_cards', model, 'latest', 'card.json'), 'utf8'));
}
