import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeProject, type Project, removeProject } from '../support/project.ts';

/** The small scenario with enough users and days to learn from. */
const PIPELINE = ['pipeline', '--scenario', 'tiny', '--users', '800', '--days', '110'];
const NAME = 'synthetic-tiny';
const MODEL = 'churn_tiny_v1';

interface Seen {
  readonly raw: string;
  readonly lateRate: number;
  readonly tickets: number;
  readonly card: string;
  readonly headline: { readonly rocAuc: { readonly value: number } };
  readonly site: string;
}

/** Runs the whole line and reads what a person would look at. */
async function look(project: Project): Promise<Seen> {
  const { code, stderr } = await project.tidemark(...PIPELINE);
  if (code !== 0) throw new Error(stderr);
  const [facts] = await project.query(
    'select sum(late_events) / sum(events) as late_rate from analytics.fct_events_daily',
    NAME,
  );
  const latest = `reports/model_cards/${MODEL}/latest`;
  const coefficients = project
    .read(`${latest}/coefficients.csv`)
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const [head, ...rows] = coefficients;
  const tickets = rows.find((row) => row[0] === 'tickets_14d')!;
  return {
    raw: project.read(`data/raw/${NAME}/events/2026-03-01.jsonl`),
    lateRate: Number(facts!.late_rate),
    tickets: Number(tickets[head!.indexOf('standardised')]),
    card: project.read(`${latest}/card.html`),
    headline: JSON.parse(project.read(`${latest}/card.json`)).headline,
    site: project.read(`reports/site/${NAME}/index.html`),
  };
}

const SCENARIO = 'configs/scenarios/tiny.yaml';

/** The card's numbers are others, and card and site print the new one. */
function showsOther(after: Seen, than: Seen): void {
  expect(after.headline).not.toEqual(than.headline);
  const rocAuc = after.headline.rocAuc.value.toFixed(3);
  expect(after.card).toContain(rocAuc);
  expect(after.site).toContain(rocAuc);
}

let project: Project;
let original: string;
let before: Seen;
beforeAll(async () => {
  project = makeProject({ keep: true });
  // What no model reads only takes time here.
  original = project
    .read(SCENARIO)
    .replaceAll(/^(accounts|payments|support_tickets|marketplace|transactions|candidates): .*\n/gm, '');
  project.write(SCENARIO, original);
  before = await look(project);
}, 300_000);
afterAll(() => removeProject(project));
beforeEach(() => project.write(SCENARIO, original));

describe('one number in the scenario', () => {
  test('the late rate: data and facts follow it, and so do card and site', { timeout: 300_000 }, async () => {
    project.edit(SCENARIO, /(kind: late\n {4}source: events\n {4}rate:) 0\.04/, '$1 0.06');
    const after = await look(project);
    expect(after.raw).not.toBe(before.raw);
    expect(after.lateRate / before.lateRate).toBeGreaterThan(1.35);
    expect(after.lateRate / before.lateRate).toBeLessThan(1.65);
    showsOther(after, before);
  });

  test('the effect of tickets on churn: the coefficient falls with it, and the same scenario again gives the same numbers', {
    timeout: 300_000,
  }, async () => {
    project.edit(SCENARIO, /tickets_14d: \{ coefficient: [-0-9.]+/, 'tickets_14d: { coefficient: 0.0');
    const none = await look(project);
    expect(none.tickets).toBeLessThan(before.tickets);
    showsOther(none, before);

    project.write(SCENARIO, original);
    const again = await look(project);
    expect(again.raw).toBe(before.raw);
    expect(again.tickets).toBe(before.tickets);
    expect(again.headline).toEqual(before.headline);
  });
});
