import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { isFile } from '../core/files.ts';

/** The `@dataform/core` that a project is compiled with. */
export interface CoreChoice {
  /** Its bundle. */
  readonly file: string;
  readonly version: string;
  /** True when it lies in the project's own `node_modules`. */
  readonly own: boolean;
}

/** What the sandbox knows to drive: one entry point, `session`, and the spelling of names in one place. */
const MAJOR = '3';
const EXACT = /^v?\d+\.\d+\.\d+/;

/**
 * The compiler that the project has installed when it is a 3.x, else ours. Nothing is downloaded: what a project pins and does not have is
 * told to `warn`.
 *
 * @throws {TidemarkError} COMPILE_FAILED for a project of a later major version.
 */
export function chooseCore(projectDir: string, warn: (problem: Problem) => void): CoreChoice {
  const ourFile = createRequire(import.meta.url).resolve('@dataform/core');
  const ours = { file: ourFile, version: versionIn(dirname(ourFile)) ?? MAJOR, own: false };
  const folder = join(projectDir, 'node_modules', '@dataform', 'core');
  const installed = versionIn(folder);
  if (installed !== undefined) {
    const file = join(folder, 'bundle.js');
    if (majorOf(installed) === MAJOR && isFile(file)) return { file, version: installed, own: true };
    checkPin(installed, ours, 'node_modules/@dataform/core/package.json', warn);
    return ours;
  }
  const { dependencies, devDependencies } = readJsonObject(join(projectDir, 'package.json'));
  const pin = { ...devDependencies, ...dependencies }['@dataform/core'];
  if (pin !== undefined) checkPin(pin, ours, 'package.json', warn);
  return ours;
}

/**
 * Says what it means that a project asks for another version than it gets. A range, a tag or an address of the same major version is taken
 * as served.
 *
 * @throws {TidemarkError} COMPILE_FAILED for a later major version.
 */
export function checkPin(pin: string, got: CoreChoice, file: string, warn: (problem: Problem) => void): void {
  const major = majorOf(pin);
  if (pin === got.version || major === undefined || (major === MAJOR && !EXACT.test(pin))) return;
  const wanted = `The project asks for @dataform/core ${pin}`;
  if (Number(major) > Number(MAJOR)) {
    throw new TidemarkError({
      code: 'COMPILE_FAILED',
      message: `${wanted}; this compiler drives ${MAJOR}.x and comes with ${got.version}.`,
      file,
      hint: `Ask for a ${MAJOR}.x, or compile the project with the Dataform CLI of that version.`,
    });
  }
  warn({
    code: 'COMPILE_FAILED',
    message: `${wanted}; it is compiled with ${got.version}, for ${major === MAJOR ? 'that one is not installed here' : `only ${MAJOR}.x can be driven`}.`,
    file,
    hint:
      major === MAJOR ? 'Install the packages of the project to have its own compiler used.' : `Ask for a ${MAJOR}.x.`,
  });
}

/** The first number of a version or a range; undefined for a tag or an address. */
const majorOf = (version: string): string | undefined => /^[\^~>=v\s]*(\d+)/.exec(version)?.[1];

const versionIn = (folder: string): string | undefined => readJsonObject(join(folder, 'package.json')).version;

interface PackageJson {
  readonly version?: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

/** Empty when the file is not there or says nothing that can be read: whether a `package.json` is well formed is npm's business. */
function readJsonObject(path: string): PackageJson {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PackageJson;
  } catch {
    return {};
  }
}
