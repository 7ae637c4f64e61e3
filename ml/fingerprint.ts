import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LearningRows } from './learning-rows.ts';

/** SHA-256 over everything that was read: users, days, labels and all columns with their names, in order. */
export function dataHash(data: LearningRows): string {
  const hash = createHash('sha256');
  const bytes = (array: Int32Array | Uint8Array | Float64Array) =>
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  hash.update(JSON.stringify(data.users));
  bytes(data.user);
  bytes(data.day);
  bytes(data.label);
  for (const [name, column] of data.columns) {
    hash.update(JSON.stringify([name, column.kind]));
    if (column.kind === 'number') bytes(column.values);
    else hash.update(JSON.stringify(column.values));
  }
  return hash.digest('hex');
}

/** The commit that is checked out in a folder, or an empty text when it is no git work tree. */
export function currentCommit(projectDir: string): string {
  const git = join(projectDir, '.git');
  const read = (path: string) => (existsSync(join(git, path)) ? readFileSync(join(git, path), 'utf8').trim() : '');
  const head = read('HEAD');
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return head;
  const packed = read('packed-refs')
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`));
  return read(ref) || (packed?.split(' ')[0] ?? '');
}
