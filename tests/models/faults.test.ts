import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Score } from '../../ingest/score/score.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';

/** A column that the contract of a CSV file needs: the file cannot be loaded. Shipped scenarios load without an error. */
const LOST_STATUS = `
  lost_status: { kind: missing_column, source: payments, column: status, rate: 1, days: [57, 58] }
`;

let project: Project;
let database: Database;
let refused: string;
let scores: readonly Score[];
let onPostgres: readonly Score[];

const scored = async (place: Project) => {
  const { code, stdout, stderr } = await place.tidemark('scenario', 'score', 'dirty', '--json');
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { scores: Score[] }).scores;
};

/** A world with every kind of dirt, judged by the contracts on both engines. */
beforeAll(async () => {
  database = await makeDatabase();
  project = makeProject({ keep: true });
  project.write('configs/scenarios/dirty.yaml', project.read('configs/scenarios/dirty.yaml').trimEnd() + LOST_STATUS);
  const there = project.withEnv({ DATABASE_URL: database.url });
  const made = await project.tidemark('generate', '--scenario', 'dirty', '--set', 'truth.window_users=0');
  if (made.code !== 0) throw new Error(made.stderr);
  for (const place of [project, there]) {
    refused = (await place.tidemark('load', '--scenario', 'dirty')).stderr;
    const { code, stderr } = await place.tidemark('run', '--scenario', 'dirty', '--tags', 'silver');
    if (code !== 0) throw new Error(stderr);
  }
  scores = await scored(project);
  onPostgres = await scored(there);
});

afterAll(async () => {
  await database?.remove();
  removeProject(project);
});

const of = (kind: string, source: string) => {
  const found = scores.filter((score) => score.kind === kind && score.source === source);
  expect(found.length, `${kind} in ${source}`).toBe(1);
  return found[0]!;
};

describe('the contracts against the ledger of faults', () => {
  test.each([
    ['missing_value', 'candidates', 'rejected'],
    ['infinite', 'candidates', 'rejected'],
    ['unknown_category', 'candidates', 'rejected'],
    ['misspelt_category', 'candidates', 'rejected'],
    ['out_of_range', 'candidates', 'rejected'],
    ['wrong_type', 'candidates', 'rejected'],
    ['outlier', 'candidates', 'flagged'],
    ['missing_column', 'support_tickets', 'rejected'],
    ['missing_column', 'payments', 'refused'],
    ['missing_column', 'transactions', 'warned'],
  ])('every %s in %s is %s, and nothing else is', (kind, source, answer) => {
    const found = scores.filter((s) => s.kind === kind && s.source === source && s.answer !== 'passes');
    expect(found.map(({ recall, precision, answer: said }) => [said, recall, precision ?? 1])).toEqual([
      [answer, 1, 1],
    ]);
    expect(found[0]!.faults).toBeGreaterThanOrEqual(kind === 'missing_column' ? 2 : 13);
  });

  test('spellings that the contract accepts are repaired, and personal data is found', () => {
    for (const [kind, source] of [
      ['mixed_format', 'events'],
      ['mixed_format', 'payments'],
      ['mixed_format', 'touches'],
      ['changed_type', 'transactions'],
    ] as const) {
      const { answer, recall, precision, became } = of(kind, source);
      expect([answer, recall, precision], `${kind} in ${source}`).toEqual(['repaired', 1, 1]);
      expect(became.repaired, source).toBeGreaterThan(0);
    }
    for (const source of ['events', 'touches']) {
      expect(of('personal_data', source)).toMatchObject({ answer: 'flagged', recall: 1, precision: 1 });
    }
  });

  test('what lies in the nature of a fault is all that escapes', () => {
    const escaping = scores.filter(({ recall }) => recall !== null && recall < 1);
    // A late event whose time was moved by less than it was late, and the twin of a record that was cut off.
    expect(escaping.map(({ kind, source }) => `${kind} ${source}`)).toEqual(['future events', 'near_duplicate events']);
    for (const { kind, recall } of escaping) expect(recall, kind).toBeGreaterThan(0.9);
    for (const { kind, source, precision } of scores) {
      if (precision !== null) expect(precision, `${kind} ${source}`).toBe(1);
    }
    expect(scores.filter(({ answer }) => answer === 'passes').map(({ kind, source }) => `${kind} ${source}`)).toEqual([
      'empty_file order_payments',
      'out_of_order_days transactions',
      'missing_value candidates',
    ]);
  });

  test('both engines come to the same verdicts', () => {
    expect(onPostgres).toEqual(scores);
  });

  test('a file that is refused is named, and the others are loaded', () => {
    expect(refused).toContain(
      `RAW_COLUMN_MISSING data/raw/synthetic-dirty/payments/2026-02-26.csv
  the column "status" is missing, which status needs. The header has payment_id, user_id, invoice_type, payment_ts, amount, currency, fee, tax.`,
    );
  });
});

test('no address and no number is in silver, where there were many', async () => {
  const [row] = await project.query(
    `select count(*) filter (where campaign like '%@%' or campaign like '%+1 202%') as clear,
       count(*) filter (where campaign like '%[email]%' or campaign like '%[phone]%') as masked
     from silver.silver_touches`,
    'synthetic-dirty',
  );
  expect(row!.clear).toBe(0);
  expect(row!.masked).toBeGreaterThan(20);
});

test('a recall that is too low is an error, and a share that is none a wrong request', async () => {
  const low = await project.tidemark('scenario', 'score', 'dirty', '--at-least', '1');
  expect(low.code).toBe(1);
  expect(low.stderr).toMatch(
    /^error SCORE_TOO_LOW\n {2}future in events\.event_ts should be rejected: the contract deals with 0\.9\d\d of it, and --at-least is 1\n/,
  );
  expect(low.stdout).toMatch(/^kind +source +column +answer +faults +rejected +flagged +repaired /);
  const wrong = await project.tidemark('scenario', 'score', 'dirty', '--at-least', '2');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("argument '2' is invalid. expected a share, 0 to 1");
});

test('without a world there is nothing to score', async () => {
  const misspelt = await project.tidemark('scenario', 'score', 'drty');
  expect(misspelt.code).toBe(2);
  expect(misspelt.stderr).toMatch(
    /^error CONFIG_NOT_FOUND\n {2}configs\/scenarios\/drty\.yaml does not exist; there are: .*\. Did you mean "dirty"\?\n/,
  );
  const { code, stderr } = await project.tidemark('scenario', 'score', 'tiny');
  expect([code, stderr]).toEqual([
    2,
    `error RAW_NOT_FOUND
  data/truth/synthetic-tiny/faults.csv does not exist: only worlds of the generator have a ledger of their faults
  Run \`tidemark generate\`, \`tidemark load\` and \`tidemark run --tags silver\` with the same scenario first. (docs/errors.md#raw_not_found)
`,
  ]);
});
