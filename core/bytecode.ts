import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CHECKSUM_BYTES = 32;

/**
 * Where V8's bytecode of JavaScript that has run waits for the next process. Beside the installed packages: whoever can write there could
 * change the packages as well, and a new install clears it.
 *
 * @param root folder of the installed package.
 * @param name of what was compiled; V8's version and the processor are added, for other ones cannot run it.
 */
export const bytecodePath = (root: string, name: string): string =>
  join(root, 'node_modules', '.cache', 'tidemark', `${name}-${process.versions.v8}-${process.arch}.bin`);

/** What was kept, or undefined when there is none or it is not whole: V8 itself does not look whether bytecode is damaged. */
export function readBytecode(path: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  const data = bytes.subarray(CHECKSUM_BYTES);
  return checksum(data).equals(bytes.subarray(0, CHECKSUM_BYTES)) ? data : undefined;
}

/** Keeps bytecode; where it cannot be written, the next process takes longer, and that is all. */
export function keepBytecode(path: string, data: Buffer): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(temporary, Buffer.concat([checksum(data), data]));
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch {
    // No right to write, or no room.
  }
}

/** SHA-256, as bytes. */
export const checksum = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();
