// What a whole Node process costs: wall seconds, and CPU, which a busy machine hardly distorts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const METER = fileURLToPath(new URL('meter.cjs', import.meta.url));

/**
 * Runs Node and waits for it.
 *
 * @returns wall and CPU seconds (user and system, of the process, its threads and every Node process below it) and the largest resident
 *   memory of one of them in MiB.
 * @throws {Error} with what the process wrote, where it fails.
 */
export function processCost(args, { cwd, env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-meter-'));
  try {
    const seconds = processSeconds(args, {
      cwd,
      env: { ...env, NODE_OPTIONS: `--require=${METER}`, TIDEMARK_BENCH_METER: folder },
    });
    const used = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
    return {
      seconds,
      cpu: used.reduce((sum, { cpu }) => sum + cpu, 0),
      megabytes: Math.max(...used.map(({ megabytes }) => megabytes)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Wall seconds alone, without the meter, which takes some milliseconds itself: for processes of tenths of a second. */
export function processSeconds(args, { cwd, env = {} } = {}) {
  const start = performance.now();
  const { status, stderr, error } = spawnSync(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  });
  if (error || status !== 0) throw new Error(`node ${args.join(' ')}: ${error ?? stderr}`);
  return (performance.now() - start) / 1000;
}
