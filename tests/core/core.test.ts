import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonConsole } from '../../core/consoles/json.ts';
import { plainConsole } from '../../core/consoles/plain.ts';
import { fixedClock } from '../../core/effects.ts';
import { TidemarkError } from '../../core/errors.ts';
import { resolveInside, writeFileAtomic } from '../../core/files.ts';
import { duration, plural } from '../../core/format.ts';
import { nearest, nearestFew } from '../../core/nearest.ts';
import { random } from '../../core/random.ts';
import { workspace } from '../../core/workspace.ts';

describe('random', () => {
  test('the same names give the same numbers, pinned so that a change is seen', () => {
    const draw = () =>
      Array.from(
        { length: 3 },
        (
          (r) => () =>
            r.next()
        )(random(42, 'events', 7)),
      );
    expect(draw()).toEqual(draw());
    expect(draw()).toMatchInlineSnapshot(`
      [
        0.01569665572606027,
        0.3507192814722657,
        0.3177548903040588,
      ]
    `);
  });

  test('labels are kept apart', () => {
    expect(random(1, 'ab', 'c').next()).not.toBe(random(1, 'a', 'bc').next());
    expect(random(1, 'a').next()).not.toBe(random(2, 'a').next());
  });

  test.each([0.3, 4, 29, 80])('Poisson of mean %d has that mean and variance', (mean) => {
    const r = random(7, 'poisson', mean);
    const n = 40_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const k = r.poisson(mean);
      sum += k;
      squares += k * k;
    }
    const average = sum / n;
    // Five standard errors of the mean; the variance of a Poisson's sample variance is about (mean + 2 mean^2) / n.
    expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(mean / n));
    expect(Math.abs(squares / n - average ** 2 - mean)).toBeLessThan(5 * Math.sqrt((mean + 2 * mean ** 2) / n) + 0.1);
  });

  test('the normal has mean 0 and variance 1, a weighted pick its weights', () => {
    const r = random(3, 'normal');
    const n = 40_000;
    const values = Array.from({ length: n }, () => r.normal());
    expect(Math.abs(values.reduce((a, b) => a + b) / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(values.reduce((a, b) => a + b * b, 0) / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    const share = Array.from({ length: n }, () => r.pick(['a', 'b'], [1, 3])).filter((x) => x === 'b').length / n;
    expect(Math.abs(share - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / n));
  });
});

describe('files', () => {
  test('a path that leads out of its folder is refused', () => {
    expect(resolveInside('/a/b', 'c/../d')).toBe('/a/b/d');
    for (const path of ['../x', '/etc/passwd', 'c/../../x'])
      expect(() => resolveInside('/a/b', path)).toThrow(TidemarkError);
  });

  test('an atomic write leaves no temporary file, not even when it fails', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
    writeFileAtomic(join(folder, 'deep', 'a.txt'), 'one');
    expect(readFileSync(join(folder, 'deep', 'a.txt'), 'utf8')).toBe('one');
    expect(() => writeFileAtomic(join(folder, 'deep'), 'a folder stands there')).toThrow();
    expect(readdirSync(folder)).toEqual(['deep']);
    expect(existsSync(join(folder, 'deep', 'a.txt'))).toBe(true);
  });
});

describe('workspace', () => {
  test('a scenario other than the default one has files of its own', () => {
    expect(workspace('/p').databaseFile).toBe(join('/p', 'data', 'synthetic.duckdb'));
    expect(workspace('/p', { scenario: 'janus' }).rawDir).toBe(join('/p', 'data', 'raw', 'synthetic-janus'));
    expect(workspace('/p', { dataset: 'oulad' }).scenario).toBeUndefined();
  });

  test('names that would leave the folder are refused', () => {
    for (const dataset of ['../x', 'a/b', '', '.'])
      expect(() => workspace('/p', { dataset })).toThrow(/is no dataset name/);
    expect(() => workspace('/p', { dataset: 'oulad', scenario: 'janus' })).toThrow(
      /makes sense with --dataset synthetic only/,
    );
  });
});

describe('words', () => {
  test('nearest finds a misspelling and keeps silent about anything else', () => {
    expect(nearest('late_rat', ['late_rate', 'null_rate'])).toBe('late_rate');
    expect(nearest('zzz', ['late_rate'])).toBeUndefined();
    expect(nearestFew('events', ['silver_events', 'fct_events_daily', 'dim_plan'])).toEqual([
      'silver_events',
      'fct_events_daily',
    ]);
  });

  test('durations and counts', () => {
    expect([84, 3210, 125_400].map(duration)).toEqual(['84 ms', '3.2 s', '2 min 05 s']);
    expect([plural(1, 'row'), plural(1200, 'row'), plural(2, 'entry', 'entries')]).toEqual([
      '1 row',
      '1,200 rows',
      '2 entries',
    ]);
  });
});

describe('consoles', () => {
  const streams = () => {
    const out: string[] = [];
    const err: string[] = [];
    return {
      out,
      err,
      streams: { out: { write: (t: string) => out.push(t) }, err: { write: (t: string) => err.push(t) } },
    };
  };

  test('plain: people on standard error, data on standard output, no colour', () => {
    const { out, err, streams: both } = streams();
    const console = plainConsole(both, fixedClock('2026-01-01T00:00:00Z'));
    console.step('load').succeed('3 rows');
    console.data({ rows: 3 });
    expect(err).toEqual(['ok   load      3 rows (0 ms)\n']);
    expect(out).toEqual(['{\n  "rows": 3\n}\n']);
  });

  test('json: one event a line, one document as the result', () => {
    const { out, err, streams: both } = streams();
    const console = jsonConsole(both, fixedClock('2026-01-01T00:00:00Z'));
    console.step('load').fail('disk full');
    console.data({ rows: 3 });
    expect(err.map((line) => JSON.parse(line))).toEqual([
      { at: '2026-01-01T00:00:00.000Z', event: 'step', step: 'load', state: 'running' },
      {
        at: '2026-01-01T00:00:00.000Z',
        event: 'step',
        step: 'load',
        state: 'failed',
        summary: 'disk full',
        milliseconds: 0,
      },
    ]);
    expect(out).toEqual(['{"rows":3}\n']);
  });
});
