import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot, sha256 } from '../../core/files.ts';

/** The repository as somebody finds it who has cloned, installed and built it; without what runs have left behind. */
export function makeClone(): { dir: string; remove(): void } {
  const root = packageRoot();
  // The clone shares the packages by a link; were they of another lock file, `npm start` there would install through the link.
  const stamp = join(root, 'node_modules', '.tidemark-lock');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sha256(readFileSync(join(root, 'package-lock.json')))) {
    throw new Error('node_modules is not of this package-lock.json; run "node scripts/prepare.mjs" first');
  }
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-clone-'));
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of [...tracked.split('\0').filter(Boolean), 'dist']) {
    // Build stamps compare times, so times are kept.
    cpSync(join(root, file), join(dir, file), { recursive: true, preserveTimestamps: true });
  }
  linkPackages(join(root, 'node_modules'), join(dir, 'node_modules'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Links every package; the compiler itself is copied, as the stock CLI's sandbox loads nothing from outside of the project. */
function linkPackages(from: string, to: string): void {
  mkdirSync(join(to, '@dataform'), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== '@dataform') symlinkSync(join(from, name), join(to, name), 'junction');
  }
  symlinkSync(join(from, '@dataform', 'cli'), join(to, '@dataform', 'cli'), 'junction');
  cpSync(join(from, '@dataform', 'core'), join(to, '@dataform', 'core'), { recursive: true });
}
