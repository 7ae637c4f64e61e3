import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GenerateSummary } from '../../generators/generate.ts';
import { events, lines, type Patch, type Sandbox, sandbox, truthRows, tryParse } from './worlds.ts';

/** The tiny world as it is in the repository; no test changes it. */
let dirty: Sandbox;
let summary: GenerateSummary;
beforeAll(async () => {
  dirty = sandbox({}, { keep: true });
  summary = await dirty.generate();
});
afterAll(() => dirty.remove());

interface Fault {
  readonly kind: string;
  readonly source: string;
  readonly file: string;
  readonly line: string;
  readonly id: string;
}

const ledgerOf = ({ workspace: { truthDir } }: Sandbox) => truthRows(truthDir, 'faults.csv') as unknown as Fault[];

const allLines = ({ workspace: { rawDir } }: Sandbox) => [...lines(rawDir, 'events').values()].flat();

/** True when `hits` of `n` lie within four standard errors of the rate. */
const agrees = (hits: number, n: number, rate: number) =>
  Math.abs(hits - n * rate) < 4 * Math.sqrt(n * rate * (1 - rate));

const LATE_MS = 3_600_000;

test('each kind is in the files at its rate', () => {
  const rows = events(dirty.workspace.rawDir);
  const n = rows.length;
  const copies = n - new Set(rows.map((row) => row.event_id)).size;
  expect(agrees(copies, n - copies, 0.02)).toBe(true);
  expect(agrees(rows.filter((row) => row.user_id === null).length, n, 0.01)).toBe(true);
  const all = allLines(dirty);
  expect(agrees(all.filter((line) => tryParse(line) === undefined).length, all.length, 0.005)).toBe(true);
  // Late events of the last days arrive after the end, so the rate is measured on those that had the time.
  const settled = rows.filter((row) => row.event_ts < '2026-02-20');
  const delays = settled.map((row) => Date.parse(row.received_ts) - Date.parse(row.event_ts));
  const late = delays.filter((delay) => delay > LATE_MS);
  expect(agrees(late.length, settled.length, 0.04)).toBe(true);
  // On time is a minute at most, late an hour and a half at least, so that a threshold of an hour cuts cleanly.
  expect(Math.max(...delays.filter((delay) => delay <= LATE_MS))).toBeLessThanOrEqual(60_000);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(1.5 * LATE_MS);
  expect(Math.max(...late)).toBeLessThanOrEqual(120 * LATE_MS);
  expect(agrees(late.filter((delay) => delay >= 30 * LATE_MS).length, late.length, 0.3 * Math.exp(-6 / 36))).toBe(true);
});

test('the ledger names every fault in the files, and no other', () => {
  const ledger = ledgerOf(dirty);
  const [newField, ...others] = [...ledger].sort(
    (a, b) => Number(b.kind === 'new_field') - Number(a.kind === 'new_field'),
  );
  expect(newField).toEqual({
    rule: 'drift',
    kind: 'new_field',
    source: 'events',
    file: 'events/2026-01-31.jsonl',
    line: '',
    id: '',
    column: 'ui_variant',
  });

  const said = new Set(others.map(({ kind, file, line }) => `${kind} ${file}:${line}`));
  expect(said.size).toBe(others.length);
  const found = new Set<string>();
  const hidden = new Set<string>();
  for (const [day, texts] of lines(dirty.workspace.rawDir, 'events')) {
    const before = new Set<string>();
    for (const [index, text] of texts.entries()) {
      const place = `events/${day}.jsonl:${index + 1}`;
      const row = tryParse(text);
      if (before.has(text)) found.add(`duplicate ${place}`);
      before.add(text);
      if (!row) {
        found.add(`malformed ${place}`);
        // What else befell a line that is cut short may be cut away with the rest.
        for (const kind of ['late', 'null_user']) hidden.add(`${kind} ${place}`);
        continue;
      }
      if (row.user_id === null) found.add(`null_user ${place}`);
      if (Date.parse(row.received_ts) - Date.parse(row.event_ts) > LATE_MS) found.add(`late ${place}`);
    }
  }
  expect([...said].filter((fault) => !found.has(fault) && !hidden.has(fault))).toEqual([]);
  expect([...found].filter((fault) => !said.has(fault))).toEqual([]);
  // The id is that of the event in the line.
  const texts = lines(dirty.workspace.rawDir, 'events');
  const strangers = others.filter(({ file, line, id }) => {
    const text = texts.get(file.slice('events/'.length, -'.jsonl'.length))![Number(line) - 1]!;
    return !text.startsWith(`{"event_id":"${id}"`.slice(0, text.length));
  });
  expect(strangers).toEqual([]);
});

test('the summary counts the faults of the ledger and the lines of the files', () => {
  const { counts } = summary;
  const byKind: Record<string, number> = {};
  for (const { kind } of ledgerOf(dirty)) byKind[kind] = (byKind[kind] ?? 0) + 1;
  expect(counts.faults).toEqual(byKind);
  expect(counts.rows.events).toBe(allLines(dirty).length);
});

describe('a rule that is switched off moves its own rows only', () => {
  test.each([
    ['late', { 'dirt.late_events': undefined }],
    ['duplicate', { 'dirt.duplicate_events': undefined }],
    ['null_user', { 'dirt.null_users': undefined }],
    ['malformed', { 'dirt.malformed_lines': undefined }],
  ] as [string, Patch][])('%s', async (kind, off) => {
    const clean = sandbox(off);
    await clean.generate();
    const mine = new Set(
      ledgerOf(dirty)
        .filter((fault) => fault.kind === kind)
        .map((fault) => fault.id),
    );
    expect(mine.size).toBeGreaterThan(50);
    const count = (texts: string[]) => {
      const counts = new Map<string, number>();
      for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
      return counts;
    };
    const before = count(allLines(dirty));
    const after = count(allLines(clean));
    const moved = [...new Set([...before.keys(), ...after.keys()])].filter(
      (text) => before.get(text) !== after.get(text),
    );
    expect(moved.length).toBeGreaterThan(50);
    // A late event that never arrived has no line in the ledger, so it appears from nowhere once nothing is late.
    const arrived = new Set(allLines(dirty).map((text) => text.slice(13, 29)));
    const strangers = moved.filter((text) => !mine.has(text.slice(13, 29)) && arrived.has(text.slice(13, 29)));
    expect(strangers).toEqual([]);
    expect(ledgerOf(clean).some((fault) => fault.kind === kind)).toBe(false);
  });

  test('the drift: rows before its day stay, and so do users and billing', async () => {
    const clean = sandbox({ drift: undefined });
    await clean.generate();
    const [before, after] = [dirty.workspace.rawDir, clean.workspace.rawDir];
    const early = (rawDir: string) => events(rawDir).filter((row) => row.event_ts < '2026-01-31');
    expect(early(after)).toEqual(early(before));
    expect(events(after).some((row) => row.props.ui_variant !== undefined)).toBe(false);
    for (const source of ['users', 'billing']) expect(lines(after, source)).toEqual(lines(before, source));
  });
});
