import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../core/errors.ts';
import { readJson, resolveInside } from '../core/files.ts';
import type { Engine } from '../warehouse/warehouse.ts';

export const MANIFEST = 'manifest.json';
export const MANIFEST_VERSION = 1;

/** One file of a table. */
export interface ExportedFile {
  /** Relative to the manifest. */
  readonly path: string;
  readonly format: 'csv' | 'parquet';
  readonly bytes: number;
  /** SHA-256 in lower-case hex. */
  readonly sha256: string;
}

/** What one table was when it was written. */
export interface ExportedMart {
  readonly name: string;
  /** `schema.name` in the warehouse. */
  readonly table: string;
  readonly description: string;
  readonly rows: number;
  /** In their order; `type` as Parquet knows it: BIGINT, DOUBLE, VARCHAR, BOOLEAN, DATE, TIMESTAMP WITH TIME ZONE. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly description: string }[];
  readonly files: readonly ExportedFile[];
  /** The run that made the table; null when no record of one is there. */
  readonly runId: string | null;
  /** ISO, UTC. */
  readonly exportedAt: string;
}

/** What lies in a folder of exported tables. */
export interface Manifest {
  readonly version: typeof MANIFEST_VERSION;
  readonly dataset: string;
  readonly engine: Engine;
  readonly marts: readonly ExportedMart[];
}

/**
 * The manifest of a folder that is about to be replaced; undefined when there is none.
 *
 * @throws {TidemarkError} USAGE when the folder holds something that is no export: it would be lost.
 */
export function formerManifest(folder: string, shown: string): Manifest | undefined {
  if (!existsSync(folder)) return undefined;
  const manifest = readJson<Manifest>(join(folder, MANIFEST));
  if (manifest?.version === MANIFEST_VERSION) return manifest;
  if (readdirSync(folder).length === 0) return undefined;
  throw new TidemarkError({
    code: 'USAGE',
    message: `${shown} holds files and no ${MANIFEST} of an export, and an export replaces the folder`,
    hint: 'Name a new or empty folder with --out.',
  });
}

/** Copies the files of marts that are not written anew, and gives those of which all files are still there. */
export function carryOver(former: readonly ExportedMart[], from: string, to: string): ExportedMart[] {
  const whole = former.filter(({ files }) => files.every(({ path }) => existsSync(resolveInside(from, path))));
  for (const { path } of whole.flatMap(({ files }) => files))
    copyFileSync(resolveInside(from, path), resolveInside(to, path));
  return whole;
}
