import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { bytecodePath, keepBytecode, readBytecode } from '../core/bytecode.ts';
import { packageRoot, sha256 } from '../core/files.ts';

/** The compiler's bundle, ready to run. */
export interface CoreScript {
  readonly script: vm.Script;
  /** The JavaScript that `script` was made of. */
  readonly code: string;
  /** Leaves V8's bytecode of all that has run by now for the next process; does nothing when it came from there. */
  keep(): void;
}

const scripts = new Map<string, { hash: string; made: CoreScript }>();

/**
 * Loads a bundle of `@dataform/core`, three quarters of a megabyte, with the bytecode that an earlier process kept: that saves half of
 * the time of a small compile.
 *
 * The bytecode is found by a hash over the bundle, V8's version and the processor, V8 refuses that of other flags, and it holds a checksum
 * of its own, so that what is stale, foreign or torn is never run. Without it, or where it cannot be written, everything works and takes longer.
 */
export function loadCoreScript(file: string, root: string = packageRoot()): CoreScript {
  const bytes = readFileSync(file);
  const hash = sha256(bytes);
  const known = scripts.get(file);
  if (known?.hash === hash) return known.made;
  const path = bytecodePath(root, `core-${hash.slice(0, 32)}`);
  const code = bytes.toString('utf8');
  const cachedData = readBytecode(path);
  const script = new vm.Script(wrapped(code), { filename: file, ...(cachedData ? { cachedData } : {}) });
  let kept = cachedData !== undefined && script.cachedDataRejected === false;
  const keep = () => {
    if (kept) return;
    kept = true;
    keepBytecode(path, script.createCachedData());
  };
  const made = { script, code, keep };
  scripts.set(file, { hash, made });
  return made;
}

/** What a module of CommonJS is run as: in strict mode, as in the stock CLI, so that what compiles here compiles there. */
export const wrapped = (code: string): string =>
  `(function (exports, require, module, __filename, __dirname) { "use strict"; ${code}\n})`;
