import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../core/files.ts';

const root = packageRoot();
const middle = ['server', 'site', 'monitor', 'ml', 'ingest', 'generators'];

/** What each folder may import besides itself. */
const MAY_IMPORT: Record<string, string[]> = {
  core: [],
  warehouse: ['core'],
  runner: ['core', 'warehouse'],
  ...Object.fromEntries(middle.map((folder) => [folder, ['core', 'warehouse', 'runner']])),
  cli: ['core', 'warehouse', 'runner', ...middle],
};

/** Belongs to `cli/` and to the effects; everything else gets the clock, the console and randomness passed in. */
const EFFECTS =
  /\bprocess\.(exit|env|stdout|stderr)\b|\bconsole\.(log|warn|error|info)\(|\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)/;
const MAY_HAVE_EFFECTS = ['core/effects.ts'];

/** Files below the folder whose name ends so, relative to the repository, with forward slashes. */
function filesIn(folder: string, ending: RegExp): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}

const files = Object.keys(MAY_IMPORT).flatMap((folder) => filesIn(folder, /\.ts$/));

function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(root, join(root, dirname(file), specifier)).replaceAll('\\', '/'));
}

describe('who may import whom', () => {
  test('every source file is looked at', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports only what lies below it', (folder) => {
    const wrong = files
      .filter((file) => file.startsWith(`${folder}/`))
      .flatMap((file) => imports(file).map((target) => ({ file, target })))
      .filter(({ target }) => ![folder, ...MAY_IMPORT[folder]!].includes(target.split('/')[0]!));
    expect(wrong).toEqual([]);
  });

  test('definitions and includes import no TypeScript', () => {
    const scripts = ['definitions', 'includes'].flatMap((folder) => filesIn(folder, /\.(js|sqlx)$/));
    expect(scripts.length).toBeGreaterThan(10);
    expect(
      scripts.filter((file) => /require\(['"`][^'"`]*\.ts['"`]\)/.test(readFileSync(join(root, file), 'utf8'))),
    ).toEqual([]);
  });
});

test('effects are passed in: only cli/ and core/effects.ts touch the process, the clock and chance', () => {
  const wrong = files
    .filter((file) => !file.startsWith('cli/') && !MAY_HAVE_EFFECTS.includes(file))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          EFFECTS.test(line) && !line.trimStart().startsWith('*') ? [`${file}:${i + 1} ${line.trim()}`] : [],
        ),
    );
  expect(wrong).toEqual([]);
});

test('only known modules of Node and packages of package.json are imported', () => {
  const known = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies);
  const wrong = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^import .*from '([^.'][^']*)'/gm)]
      .map((match) => match[1]!)
      .filter(
        (name) => !name.startsWith('node:') && !known.some((known) => name === known || name.startsWith(`${known}/`)),
      )
      .map((name) => `${file}: ${name}`),
  );
  expect(wrong).toEqual([]);
});

/** Files and packages that are loaded when a file is, without what it imports later on demand. */
function loadedBy(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  if (!file.endsWith('.ts')) return known;
  const text = readFileSync(join(root, file), 'utf8');
  for (const [, specifier] of text.matchAll(/^import (?!type )(?:[^;]*? from )?'([^']+)';/gm)) {
    if (specifier!.startsWith('node:')) continue;
    const target = specifier!.startsWith('.')
      ? relative(root, join(root, dirname(file), specifier!)).replaceAll('\\', '/')
      : specifier!;
    loadedBy(target, known);
  }
  return known;
}

test('a compile starts at once: it loads no other part of the house and no package but the one for flags', () => {
  const loaded = ['cli/start.ts', 'cli/main.ts', 'cli/commands/compile.ts'].flatMap((file) => [...loadedBy(file)]);
  const unwanted = [...new Set(loaded)].filter((file) => !/^(core|runner|warehouse|cli)\//.test(file));
  expect(unwanted).toEqual(['commander']);
  expect(loaded.filter((file) => file.startsWith('warehouse/')).sort()).toEqual([
    'warehouse/spelling.ts',
    'warehouse/statement-end.ts',
    'warehouse/target.ts',
  ]);
});

test('a run of tests ends with its own exit code: nothing that it loads ends the process with another one', async () => {
  const before = process.rawListeners('beforeExit');
  await import('./support/own-postgres.ts');
  expect(process.rawListeners('beforeExit')).toEqual(before);
});
