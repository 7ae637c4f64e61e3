import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/files.ts';
import { processLives } from '../../core/process.ts';

const PREFIX = 'tidemark-spill-';

/**
 * Where DuckDB puts what does not fit into memory. Its own default is the folder beside a file, which stays so; a database in memory would
 * use the current folder, so that it gets one of the system's, or of the one that is named, by process.
 */
export function spillFolder(file: string, tempDirectory: string | undefined): string {
  if (file === ':memory:') return join(tempDirectory ?? tmpdir(), `${PREFIX}${process.pid}`);
  return tempDirectory === undefined ? `${file}.tmp` : join(tempDirectory, `${PREFIX}of-${sha256(file).slice(0, 12)}`);
}

/**
 * Removes what killed processes left there, which can be as large as what they worked on. Only for one who has the file to himself: DuckDB
 * lets nobody else have it open besides a writer.
 */
export function sweepSpill(file: string, tempDirectory: string | undefined): void {
  const folder = spillFolder(file, tempDirectory);
  if (file !== ':memory:') {
    for (const name of namesIn(folder))
      if (name.startsWith('duckdb_temp_')) rmSync(join(folder, name), { force: true });
    if (existsSync(folder) && namesIn(folder).length === 0) rmSync(folder, { recursive: true, force: true });
    return;
  }
  const parent = tempDirectory ?? tmpdir();
  for (const name of namesIn(parent)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN;
    if (Number.isInteger(pid) && !processLives(pid)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
