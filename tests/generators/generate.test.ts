import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workspace } from '../../core/workspace.ts';
import { contents, NO_DIRT, type Sandbox, SOURCE_NAMES, sandbox } from './worlds.ts';

/** Everything that a generation leaves behind: raw files and truth. */
const all = ({ workspace: { rawDir, truthDir } }: Sandbox) => ({ raw: contents(rawDir), truth: contents(truthDir) });

/** Folders beside the world's own: there should be none. */
const leftovers = ({ workspace: { rawDir, truthDir, name } }: Sandbox) =>
  [rawDir, truthDir]
    .flatMap((dir) => (existsSync(dirname(dir)) ? readdirSync(dirname(dir)) : []))
    .filter((entry) => entry !== name);

/** Of the tiny scenario, each with a file a day. */
const SOURCES = SOURCE_NAMES.length;

const short = { overrides: { days: 20, users: 60 } };

test('the same scenario and seed give the same bytes, another seed gives others', async () => {
  const one = sandbox();
  const two = sandbox();
  const other = sandbox();
  expect(await one.generate(short)).toMatchObject({
    status: 'created',
    scenario: 'tiny',
    days: 20,
    endDate: '2026-01-20',
    files: 20 * SOURCES,
  });
  await two.generate(short);
  await other.generate({ overrides: { ...short.overrides, seed: 1 } });
  expect(all(two)).toEqual(all(one));
  expect(all(other).raw).not.toEqual(all(one).raw);
  expect(leftovers(one)).toEqual([]);
});

test('there is a file a day and source, also for a day without rows', async () => {
  const world = sandbox({
    'population.opening_users': 1,
    'population.opening_days': 1,
    'population.daily_signup_rate': 0,
  });
  await world.generate({ overrides: { days: 5, eventsPerDay: 1 } });
  const raw = contents(world.workspace.rawDir);
  const days = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'];
  for (const source of SOURCE_NAMES)
    expect(Object.keys(raw).filter((path) => path.startsWith(`${source}/`))).toEqual(
      days.map(
        (day) =>
          `${source}/${day}.${/^(events|users|accounts|support_tickets|exposures)$/.test(source) ? 'jsonl' : 'csv'}`,
      ),
    );
  expect(Object.keys(raw)).toHaveLength(days.length * SOURCES);
  expect(raw['billing/2026-01-04.csv']).toBe('billing_date,user_id,event,plan_id\n');
  expect(raw['users/2026-01-04.jsonl']).toBe('');
});

test('the number of events meets the scenario, dirt or none', async () => {
  const world = sandbox();
  const { counts, rates } = await world.generate();
  expect(Math.abs(rates.eventsPerDay - 400)).toBeLessThan(0.02 * 400);
  expect(counts.events / 90).toBe(rates.eventsPerDay);
  // 800 events from 60 users lie far from what the rates of the file would give.
  const dense = await sandbox().generate({ overrides: { days: 30, users: 60, eventsPerDay: 800 } });
  expect(Math.abs(dense.rates.eventsPerDay - 800)).toBeLessThan(0.02 * 800);
});

test('progress counts days and events', async () => {
  const seen: string[] = [];
  const summary = await sandbox().generate({
    overrides: { days: 3 },
    onProgress: ({ done, total }) => void seen.push(`${done}/${total}`),
  });
  expect(seen).toEqual(['1/3', '2/3', '3/3']);
  expect(summary.counts.rows.users).toBeGreaterThan(0);
});

describe('a second run', () => {
  test('leaves a whole world alone', async () => {
    const world = sandbox();
    const first = await world.generate(short);
    const before = all(world);
    expect(await world.generate(short)).toEqual({ ...first, status: 'unchanged' });
    expect(all(world)).toEqual(before);
  });

  test('mends files that were changed, cut or removed', async () => {
    const world = sandbox();
    await world.generate(short);
    const before = all(world);
    const { rawDir, truthDir } = world.workspace;
    writeFileSync(join(rawDir, 'events', '2026-01-03.jsonl'), 'cut');
    expect(await world.generate(short)).toMatchObject({ status: 'repaired' });
    expect(all(world)).toEqual(before);
    rmSync(join(rawDir, 'billing', '2026-01-09.csv'));
    expect(await world.generate(short)).toMatchObject({ status: 'repaired' });
    rmSync(join(truthDir, 'faults.csv'));
    expect(await world.generate(short)).toMatchObject({ status: 'repaired' });
    expect(all(world)).toEqual(before);
  });

  test('of a changed scenario replaces the world and removes its files', async () => {
    const world = sandbox();
    await world.generate(short);
    world.patch(NO_DIRT);
    const shorter = { overrides: { days: 10, users: 60 } };
    expect(await world.generate(shorter)).toMatchObject({ status: 'replaced', files: 10 * SOURCES });
    const fresh = sandbox(NO_DIRT);
    await fresh.generate(shorter);
    expect(all(world)).toEqual(all(fresh));
    expect(leftovers(world)).toEqual([]);
  });
});

describe('files of others', () => {
  test('are not touched without force', async () => {
    const world = sandbox();
    const { rawDir } = world.workspace;
    mkdirSync(join(rawDir, 'events'), { recursive: true });
    writeFileSync(join(rawDir, 'events', '2026-01-02.jsonl'), 'mine');
    await expect(world.generate(short)).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: RAW_FOREIGN
        data/raw/synthetic-tiny holds 1 file that the generator did not make: events/2026-01-02.jsonl. Nothing was changed.
        Move the files elsewhere, or pass \`--force\` to delete them. (docs/errors.md#raw_foreign)]
    `);
    expect(contents(rawDir)).toEqual({ 'events/2026-01-02.jsonl': 'mine' });
    expect(existsSync(world.workspace.truthDir)).toBe(false);

    expect(await world.generate({ ...short, force: true })).toMatchObject({ status: 'created' });
    const fresh = sandbox();
    await fresh.generate(short);
    expect(all(world)).toEqual(all(fresh));
  });

  test('are seen beside a world, too', async () => {
    const world = sandbox();
    await world.generate(short);
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(world.workspace.rawDir, `${name}.txt`), '');
    await expect(world.generate(short)).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: RAW_FOREIGN
        data/raw/synthetic-tiny holds 4 files that the generator did not make: a.txt, b.txt, c.txt and 1 more. Nothing was changed.
        Move the files elsewhere, or pass \`--force\` to delete them. (docs/errors.md#raw_foreign)]
    `);
  });

  test('a data set with real files is never generated', async () => {
    const world = sandbox();
    await expect(
      world.generate({ workspace: workspace(world.dir, { dataset: 'oulad' }) }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: USAGE
        the data set oulad has real files; only synthetic is generated
        Leave out \`--dataset oulad\`, or load its files with \`tidemark load\`. (docs/errors.md#usage)]
    `);
  });
});

describe('an interruption', () => {
  test('leaves the old world whole and nothing beside it', async () => {
    const world = sandbox();
    await world.generate(short);
    const before = all(world);
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 7) controller.abort();
    };
    const again = world.generate({ overrides: { ...short.overrides, seed: 3 }, onProgress }, controller.signal);
    await expect(again).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: RUN_CANCELLED
        generation was interrupted after day 7 of 20; the files that were there before are untouched
        Run \`tidemark generate\` again. (docs/errors.md#run_cancelled)]
    `);
    expect(all(world)).toEqual(before);
    expect(leftovers(world)).toEqual([]);
  });

  test('of the first run leaves nothing that could be loaded', async () => {
    const world = sandbox();
    await expect(world.generate(short, AbortSignal.abort())).rejects.toThrow('RUN_CANCELLED');
    expect(existsSync(world.workspace.rawDir)).toBe(false);
    expect(leftovers(world)).toEqual([]);
  });

  test('by a kill: the next run removes what the dead process left, and keeps what a living one writes', async () => {
    const world = sandbox();
    const parent = dirname(world.workspace.rawDir);
    const dead = join(parent, `.${world.workspace.name}.${2 ** 22 + 1}.new`);
    const living = join(parent, `.${world.workspace.name}.${process.ppid}.new`);
    mkdirSync(dead, { recursive: true });
    mkdirSync(living);
    await world.generate(short);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(living)).toBe(true);
  });

  test('by a kill between the two swaps: the next run takes the old raw files for its own', async () => {
    const world = sandbox();
    await world.generate({ overrides: { days: 12, users: 60 } });
    const old = join(world.dir, 'old');
    cpSync(world.workspace.rawDir, old, { recursive: true });
    await world.generate({ overrides: { days: 8, users: 60 } });
    const wanted = all(world);
    // The truth is new and says what it replaces; the raw files are still those of the longer world.
    rmSync(world.workspace.rawDir, { recursive: true });
    cpSync(old, world.workspace.rawDir, { recursive: true });
    const record = JSON.parse(wanted.truth['world.json']!);
    const replaces = Object.keys(contents(old)).filter((path) => !(path in wanted.raw));
    expect(replaces).toHaveLength(4 * SOURCES);
    writeFileSync(join(world.workspace.truthDir, 'world.json'), JSON.stringify({ ...record, replaces }));
    expect(await world.generate({ overrides: { days: 8, users: 60 } })).toMatchObject({ status: 'repaired' });
    expect(all(world)).toEqual(wanted);
  });
});
