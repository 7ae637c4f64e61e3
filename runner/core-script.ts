import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { packageRoot, sha256, writeFileAtomic } from '../core/files.ts';

/** The compiler's bundle, ready to run. */
export interface CoreScript {
  readonly script: vm.Script;
  /** The JavaScript that `script` was made of. */
  readonly code: string;
  /** Leaves V8's bytecode of all that has run by now for the next process; does nothing when it came from there. */
  keep(): void;
}

/** Beside the installed packages: whoever can write there could change the packages as well, and a new install clears it. */
const cacheFolder = (): string => join(packageRoot(), 'node_modules', '.cache', 'tidemark');

const scripts = new Map<string, { hash: string; made: CoreScript }>();

/**
 * Loads a bundle of `@dataform/core`, three quarters of a megabyte, with the bytecode that an earlier process kept: that saves half of
 * the time of a small compile.
 *
 * The bytecode is found by a hash over the bundle, V8's version and the processor, V8 refuses that of other flags, and it holds a checksum
 * of its own, so that what is stale, foreign or torn is never run. Without it, or where it cannot be written, everything works and takes longer.
 */
export function loadCoreScript(file: string, folder: string = cacheFolder()): CoreScript {
  const bytes = readFileSync(file);
  const hash = sha256(bytes);
  const known = scripts.get(file);
  if (known?.hash === hash) return known.made;
  const path = join(folder, `core-${hash.slice(0, 32)}-${process.versions.v8}-${process.arch}.bin`);
  const code = bytes.toString('utf8');
  const cachedData = readChecked(path);
  const script = new vm.Script(wrapped(code), { filename: file, ...(cachedData ? { cachedData } : {}) });
  let kept = cachedData !== undefined && script.cachedDataRejected === false;
  const keep = () => {
    if (kept) return;
    kept = true;
    const data = script.createCachedData();
    try {
      mkdirSync(folder, { recursive: true });
      writeFileAtomic(path, Buffer.concat([Buffer.from(sha256(data), 'hex'), data]));
    } catch {
      // A folder that cannot be written costs time only.
    }
  };
  const made = { script, code, keep };
  scripts.set(file, { hash, made });
  return made;
}

/** What a module of CommonJS is run as: in strict mode, as in the stock CLI, so that what compiles here compiles there. */
export const wrapped = (code: string): string =>
  `(function (exports, require, module, __filename, __dirname) { "use strict"; ${code}\n})`;

const CHECKSUM_BYTES = 32;

/** The content behind the checksum, or undefined when there is none that holds. */
function readChecked(path: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  const data = bytes.subarray(CHECKSUM_BYTES);
  return sha256(data) === bytes.subarray(0, CHECKSUM_BYTES).toString('hex') ? data : undefined;
}
