import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the test run a temporary folder of its own, and takes it away with all that the tests left in it. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-tests-'));
  // The Postgres server has a folder in it, and runs as another user where this one is root.
  chmodSync(folder, 0o755);
  // Workers and child processes inherit it; Node reads the first on Linux and macOS, the others on Windows.
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
