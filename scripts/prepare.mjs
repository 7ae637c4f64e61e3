// Makes `npm start` and `npm test` work in a fresh clone: installs what is missing, then builds what is out of date.
// It runs before anything is installed, so it uses Node alone. With `--build-only` it installs nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Tidemark needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(2);
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

// The stamp holds the lock file's hash, so an install that was cut short or is out of date is done again.
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const stamp = join(root, 'node_modules', '.tidemark-lock');
const mayInstall = !process.argv.includes('--build-only');
if (mayInstall && (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock)) {
  process.stderr.write('Installing packages (once) ...\n');
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return /\.(ts|json|mjs)$/.test(path) ? stat.mtimeMs : 0;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
};
const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
const sources = include.filter((name) => !/^(tests|bench|vitest)/.test(name) && existsSync(join(root, name)));
const built = join(root, 'dist', '.built');
const since = existsSync(built) ? statSync(built).mtimeMs : 0;
if (
  Math.max(
    ...[...sources, 'tsconfig.json', 'tsconfig.build.json', 'scripts/bundle.mjs', 'package-lock.json'].map((name) =>
      newest(join(root, name)),
    ),
  ) > since
) {
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
  run(process.execPath, [join(root, 'scripts', 'bundle.mjs')]);
  writeFileSync(built, '');
}
