// How fast raw events are made: ours with every kind of dirt, beside a writer of plain lines, a generator that asks faker for each field,
// and the disk. `--events <n>` sets the size (default 10 million, as many as the scenario has), `--runs <n>` the repetitions, `--memory`
// shows how much memory 1, 5, 10 and 50 million events take instead.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(import.meta.url);
const root = dirname(dirname(here));
const built = (path) => import(join(root, 'dist', 'generators', path));
const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '3' },
    memory: { type: 'boolean', default: false },
    mode: { type: 'string' },
    size: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const EVENTS_A_DAY = 100_000;
const FAKER_EVENTS = 100_000;

/** Each gives the rows and bytes that it wrote below a folder. */
const MODES = {
  'ours, 1 worker': (events, out) => world(events, out, 1),
  'ours, 2 workers': (events, out) => world(events, out, 2),
  'plain lines': plainLines,
  'faker a field': fakerLines,
  'the disk': theDisk,
};

async function world(events, out, workers) {
  const { loadScenario } = await built('scenario.js');
  const { writeWorld } = await built('writing/write-world.js');
  const days = Math.round(events / EVENTS_A_DAY);
  const early = days < 90 ? ['drift=null', 'experiments=null'] : [];
  const scenario = loadScenario(join(root, 'configs', 'scenarios', 'scale.yaml'), root, { days, set: early });
  const { rawFiles, counts } = await writeWorld(
    scenario,
    { rawDir: join(out, 'raw'), truthDir: join(out, 'truth') },
    workers,
    { signal: new AbortController().signal, onProgress() {}, interrupted: () => new Error('interrupted') },
  );
  return { rows: counts.rows.events, bytes: rawFiles.reduce((sum, file) => sum + file.bytes, 0) };
}

/** The floor of one thread: the fields of an event drawn without any world, spelt byte by byte, neither ordered nor hashed. */
function plainLines(events, out) {
  const pieces = [
    '{"event_id":"',
    '","event_ts":"2026-01-01T09:30:00.',
    'Z","received_ts":"2026-01-01T09:30:01.',
    'Z","user_id":"u',
    '","device_id":"d',
    '-0","session_id":"s',
    '-001-0","event_type":"feature_used","props":{"channel":"web","country":"US","duration_ms":',
    '}}\n',
  ].map((text) => Uint8Array.from(Buffer.from(text)));
  const digits = [16, 3, 3, 6, 6, 6, 4, 0];
  const CHUNK = 1 << 20;
  const buffer = new Uint8Array(CHUNK + 1024);
  const handle = openSync(join(out, 'events.jsonl'), 'w');
  let end = 0;
  let bytes = 0;
  let state = 1;
  for (let i = 0; i < events; i++) {
    for (let k = 0; k < pieces.length; k++) {
      const piece = pieces[k];
      for (let j = 0; j < piece.length; j++) buffer[end + j] = piece[j];
      end += piece.length;
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
      let number = state >>> 0;
      for (let j = digits[k] - 1; j >= 0; j--) {
        const rest = (number / 10) | 0;
        buffer[end + j] = 48 + number - rest * 10;
        number = rest;
      }
      end += digits[k];
    }
    if (end >= CHUNK) {
      writeSync(handle, buffer, 0, end);
      bytes += end;
      end = 0;
    }
  }
  writeSync(handle, buffer, 0, end);
  closeSync(handle);
  return { rows: events, bytes: bytes + end };
}

async function fakerLines(_events, out) {
  const { faker } = await import('@faker-js/faker/locale/en');
  faker.seed(1);
  const handle = openSync(join(out, 'events.jsonl'), 'w');
  let bytes = 0;
  for (let i = 0; i < FAKER_EVENTS; i++) {
    const at = faker.date.between({ from: '2026-01-01', to: '2026-04-01' });
    const line = `${JSON.stringify({
      event_id: faker.string.uuid(),
      event_ts: at.toISOString(),
      received_ts: new Date(at.getTime() + faker.number.int({ min: 20, max: 60_000 })).toISOString(),
      user_id: `u${faker.number.int({ min: 100_000, max: 999_999 })}`,
      device_id: `d${faker.number.int({ min: 100_000, max: 999_999 })}-${faker.number.int(2)}`,
      session_id: `s${faker.number.int({ min: 100_000, max: 999_999 })}-${faker.number.int(99)}`,
      event_type: faker.helpers.arrayElement(['page_view', 'feature_used', 'login', 'api_call']),
      props: {
        channel: faker.helpers.arrayElement(['web', 'ios', 'android', 'desktop']),
        country: faker.location.countryCode(),
        duration_ms: faker.number.int({ min: 0, max: 30_000 }),
      },
    })}\n`;
    bytes += writeSync(handle, line);
  }
  closeSync(handle);
  return { rows: FAKER_EVENTS, bytes };
}

/** As many bytes as so many events have, without a thought. */
function theDisk(events, out) {
  const chunk = Buffer.alloc(1 << 20, 'x');
  const handle = openSync(join(out, 'bytes'), 'w');
  const bytes = events * 275;
  for (let left = bytes; left > 0; left -= chunk.length) writeSync(handle, chunk, 0, Math.min(left, chunk.length));
  closeSync(handle);
  return { rows: events, bytes };
}

/** Runs a mode in a process of its own; gives rows and megabytes a second, and the peak of its memory in megabytes. */
function measure(mode, events) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [here, '--mode', mode, '--size', String(events), '--out', out],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${mode}: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
const print = (text = '') => process.stdout.write(`${text}\n`);
const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows)
    print(
      row
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
};
const round = (n) => Math.round(n).toLocaleString('en-US');

if (flags.mode) {
  mkdirSync(flags.out, { recursive: true });
  const start = performance.now();
  const { rows, bytes } = await MODES[flags.mode](Number(flags.size), flags.out);
  const seconds = (performance.now() - start) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  print(
    JSON.stringify({
      rows: rows / seconds,
      megabytes: bytes / 1e6 / seconds,
      microseconds: (userCPUTime + systemCPUTime) / rows,
      memory: maxRSS / 1024,
    }),
  );
} else {
  print(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`);
  if (flags.memory) {
    print('Peak memory of the whole process in MiB, two workers\n');
    const sizes = [1e6, 5e6, 10e6, 50e6];
    table([
      ['events', 'MiB'],
      ...sizes.map((events) => [round(events), round(measure('ours, 2 workers', events).memory)]),
    ]);
  } else {
    const runs = Number(flags.runs);
    print(
      `${round(Number(flags.events))} events, every kind of dirt, all sources, truth; median of ${runs} runs in turns\n`,
    );
    const found = Object.fromEntries(Object.keys(MODES).map((mode) => [mode, []]));
    // In turns, so that a busy minute of the machine hits all of them.
    for (let run = 0; run < runs; run++)
      for (const mode of Object.keys(MODES)) found[mode].push(measure(mode, Number(flags.events)));
    const of = (mode, what) => median(found[mode].map((one) => one[what]));
    table([
      ['', 'rows/s', 'MB/s', 'CPU microseconds a row', 'MiB', 'rows/s of plain lines'],
      ...Object.keys(MODES).map((mode) => [
        mode,
        round(of(mode, 'rows')),
        round(of(mode, 'megabytes')),
        of(mode, 'microseconds').toFixed(2),
        round(of(mode, 'memory')),
        (of(mode, 'rows') / of('plain lines', 'rows')).toFixed(2),
      ]),
    ]);
  }
}
