import { expect, test } from 'vitest';
import { generateDay } from '../../../generators/generate-day.ts';
import { sourceNames } from '../../../generators/sources/columns.ts';
import { contents, effects, sandbox } from '../worlds.ts';
import { ALL } from './sections.ts';

const short = { overrides: { days: 20, users: 60 } };

test('each source has a file a day, and a day alone has the bytes of that day of the whole', async () => {
  const whole = sandbox(ALL);
  const { counts } = await whole.generate(short);
  const files = contents(whole.workspace.rawDir);
  expect(Object.keys(files).length).toBe(20 * sourceNames(ALL).length);
  expect(Object.keys(counts.rows).sort()).toEqual(sourceNames(ALL).sort());
  for (const date of ['2026-01-01', '2026-01-13', '2026-01-20']) {
    const world = sandbox(ALL);
    const { workspace, scenarioDir } = world;
    await generateDay({ workspace, scenarioDir, date, ...short }, effects());
    const wanted = Object.entries(files).filter(([path]) => path.includes(date));
    expect(contents(workspace.rawDir)).toEqual(Object.fromEntries(wanted));
  }
});

test('the truth has the tables of the sources', async () => {
  const world = sandbox(ALL);
  await world.generate(short);
  const truth = contents(world.workspace.truthDir);
  expect(truth['candidate_probability.csv']).toMatch(/^enrollee_id,p_target\n1,0\.\d+\n/);
  expect(truth['anomalies.csv']).toMatch(
    /^kind,transaction_id,account_id,ts\n(?:\w+,c\w+-\w+-\d+,a\d{6},2026-01-\S+Z\n)+$/,
  );
  expect(truth['order_mismatches.csv']).toMatch(/^kind,order_id,expected,found\n/);
  const enrolled = contents(world.workspace.rawDir)['candidates/2026-01-01.csv']!;
  expect(enrolled).toMatch(/^enrollee_id,city,.*,target\n1,city_/);
});
