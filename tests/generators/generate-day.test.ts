import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type GenerateDayOptions, generateDay } from '../../generators/generate-day.ts';
import { contents, effects, type Sandbox, SOURCE_NAMES, sandbox } from './worlds.ts';

const short = { overrides: { days: 20, users: 60 } };
const SOURCES = SOURCE_NAMES.length;
const DATE = '2026-01-12';

const oneDay = ({ workspace, scenarioDir }: Sandbox, options: Partial<GenerateDayOptions> = {}, signal?: AbortSignal) =>
  generateDay({ workspace, scenarioDir, date: DATE, ...short, ...options }, effects(signal));

const raw = ({ workspace: { rawDir } }: Sandbox) => (existsSync(rawDir) ? contents(rawDir) : {});

test('a day has the bytes of that day of the whole world, and only its files', async () => {
  const whole = sandbox();
  await whole.generate(short);
  const wanted = Object.entries(raw(whole)).filter(([path]) => path.includes(DATE));
  expect(wanted).toHaveLength(SOURCES);

  const world = sandbox();
  expect(await oneDay(world)).toMatchObject({ status: 'created', scenario: 'tiny', date: DATE, files: SOURCES });
  expect(raw(world)).toEqual(Object.fromEntries(wanted));
  expect(readdirSync(world.workspace.truthDir)).toEqual(['world.json']);
  expect(readdirSync(dirname(world.workspace.rawDir))).toEqual([world.workspace.name]);
});

test('days gather, a day again is unchanged, a damaged one is repaired, and the whole world completes them', async () => {
  const world = sandbox();
  await oneDay(world);
  expect(await oneDay(world, { date: '2026-01-20' })).toMatchObject({ status: 'created' });
  const before = raw(world);
  expect(Object.keys(before)).toHaveLength(2 * SOURCES);
  expect(await oneDay(world)).toMatchObject({ status: 'unchanged', files: SOURCES });
  rmSync(join(world.workspace.rawDir, 'users', `${DATE}.jsonl`));
  writeFileSync(join(world.workspace.rawDir, 'events', `${DATE}.jsonl`), 'cut');
  expect(await oneDay(world)).toMatchObject({ status: 'repaired' });
  expect(raw(world)).toEqual(before);

  expect(await world.generate(short)).toMatchObject({ status: 'completed', files: 20 * SOURCES });
  expect(raw(world)).toMatchObject(before);
  const record = readFileSync(join(world.workspace.truthDir, 'world.json'), 'utf8');
  expect(await oneDay(world)).toMatchObject({ status: 'unchanged' });
  writeFileSync(join(world.workspace.rawDir, 'billing', `${DATE}.csv`), '');
  expect(await oneDay(world)).toMatchObject({ status: 'repaired' });
  expect(readFileSync(join(world.workspace.truthDir, 'world.json'), 'utf8')).toBe(record);
  expect(await world.generate(short)).toMatchObject({ status: 'unchanged' });
});

describe('is refused, and nothing changes,', () => {
  test('outside of the days of the scenario', async () => {
    const world = sandbox();
    await expect(oneDay(world, { date: '2026-01-21' })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: USAGE
        --day 2026-01-21: the days of tiny are 2026-01-01 to 2026-01-20
        Pass a day of the scenario as YYYY-MM-DD. (docs/errors.md#usage)]
    `);
    await expect(oneDay(world, { date: 'today' })).rejects.toThrow('--day today: the days of tiny are');
    expect(raw(world)).toEqual({});
  });

  test('beside another world', async () => {
    const world = sandbox();
    await world.generate(short);
    const before = raw(world);
    await expect(
      oneDay(world, { overrides: { ...short.overrides, seed: 2 } }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: RAW_OTHER_WORLD
        data/raw/synthetic-tiny holds days of another world: another scenario, seed, value of a flag, or format. Nothing was changed.
        Run \`tidemark generate\` without \`--day\`, which replaces the world as a whole, or \`tidemark clean\` first. (docs/errors.md#raw_other_world)]
    `);
    await expect(oneDay(world, { format: 'csv' })).rejects.toThrow('RAW_OTHER_WORLD');
    expect(raw(world)).toEqual(before);
  });

  test('where a file of others stands in the way, unless it is forced; other files of others stay', async () => {
    const world = sandbox();
    const mine = join(world.workspace.rawDir, 'events', `${DATE}.jsonl`);
    const other = join(world.workspace.rawDir, 'events', '2026-01-13.jsonl');
    mkdirSync(dirname(mine), { recursive: true });
    for (const path of [mine, other]) writeFileSync(path, 'mine');
    await expect(oneDay(world)).rejects.toThrowErrorMatchingInlineSnapshot(`
      [TidemarkError: RAW_FOREIGN
        data/raw/synthetic-tiny holds 1 file that the generator did not make: events/2026-01-12.jsonl. Nothing was changed.
        Move the files elsewhere, or pass \`--force\` to delete them. (docs/errors.md#raw_foreign)]
    `);
    expect(Object.values(raw(world))).toEqual(['mine', 'mine']);
    expect(existsSync(world.workspace.truthDir)).toBe(false);
    await oneDay(world, { force: true });
    expect(readFileSync(mine, 'utf8')).not.toBe('mine');
    expect(readFileSync(other, 'utf8')).toBe('mine');
  });

  test('when it is interrupted', async () => {
    const world = sandbox();
    await expect(oneDay(world, {}, AbortSignal.abort())).rejects.toThrow('RUN_CANCELLED');
    expect(raw(world)).toEqual({});
    expect(readdirSync(dirname(world.workspace.rawDir))).toEqual([]);
  });
});
