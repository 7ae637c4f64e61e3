import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../core/files.ts';

/** Vitest's global setup: tests that start the command need what it runs from. */
export function setup(): void {
  execFileSync(process.execPath, [join(packageRoot(), 'scripts', 'prepare.mjs'), '--build-only'], { stdio: 'inherit' });
}
