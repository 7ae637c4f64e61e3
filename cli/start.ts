#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { bytecodePath, checksum, keepBytecode, readBytecode } from '../core/bytecode.ts';

/** Of each file that a command has loaded: the checksum of its JavaScript, and where its bytecode lies. */
interface Contents {
  [file: string]: readonly [checksum: string, start: number, end: number];
}

interface Kept {
  readonly contents: Contents;
  readonly bytecode: Buffer;
}

/**
 * Starts the command line with the bytecode that the last process of the same command kept: to read a hundred kilobytes of JavaScript anew is
 * a sixth of the time of a small command. Files that have changed since are compiled as ever, and all is kept anew.
 */
const folder = dirname(fileURLToPath(import.meta.url));
const path = bytecodePath(dirname(dirname(folder)), `command-${/^[a-z]+$/.exec(process.argv[2] ?? '')?.[0] ?? 'none'}`);
const kept = unpack(readBytecode(path));
const loaded: { file: string; hash: string; script: Script }[] = [];
let complete = true;

const { extensions } = createRequire(import.meta.url);
const compile = extensions['.js'];
extensions['.cjs'] = (module, file) => {
  if (!file.startsWith(folder)) return compile(module, file);
  const code = readFileSync(file, 'utf8');
  const hash = checksum(code).toString('base64');
  const [keptHash, start, end] = kept.contents[file] ?? [];
  const cachedData = keptHash === hash ? kept.bytecode.subarray(start, end) : undefined;
  const script = new Script(`(function (exports, require, module, __filename) { ${code}\n})`, {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  loaded.push({ file, hash, script });
  if (script.cachedDataRejected !== false) complete = false;
  script.runInThisContext().call(module.exports, module.exports, (id: string) => module.require(id), module, file);
};

process.on('exit', (code) => {
  // A command that failed has not run all that one that succeeds will need.
  if (!complete && code === 0) keepBytecode(path, pack());
});

void import('./main.ts');

/** What has run now, and what other flags of the command had loaded. */
function pack(): Buffer {
  const now = new Set(loaded.map(({ file }) => file));
  const others = Object.entries(kept.contents)
    .filter(([file]) => !now.has(file) && existsSync(file))
    .map(([file, [hash, start, end]]) => ({ file, hash, bytecode: kept.bytecode.subarray(start, end) }));
  const all = [...others, ...loaded.map(({ script, ...rest }) => ({ ...rest, bytecode: script.createCachedData() }))];
  const contents: Contents = {};
  let at = 0;
  for (const { file, hash, bytecode } of all) {
    contents[file] = [hash, at, at + bytecode.length];
    at += bytecode.length;
  }
  const head = Buffer.from(JSON.stringify(contents));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...all.map(({ bytecode }) => bytecode)]);
}

function unpack(data: Buffer | undefined): Kept {
  if (!data) return { contents: {}, bytecode: Buffer.alloc(0) };
  const end = 4 + data.readUInt32LE(0);
  return { contents: JSON.parse(data.toString('utf8', 4, end)) as Contents, bytecode: data.subarray(end) };
}
