import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { captureConsole } from '../../core/consoles/capture.ts';
import { type Effects, systemClock } from '../../core/effects.ts';

export const CASES = join(import.meta.dirname, 'projects');

export const effects = (signal: AbortSignal = new AbortController().signal): Effects => ({
  console: captureConsole(),
  clock: systemClock,
  signal,
});

/** A folder in the system's temporary one. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'tidemark-'));

/** Writes a project of small files into a temporary folder; `dataform.json` is added when it is not given. */
export function writeProject(files: Record<string, string>): string {
  const folder = temporaryFolder();
  const project = { 'dataform.json': '{ "defaultSchema": "d", "assertionSchema": "checks" }', ...files };
  for (const [path, content] of Object.entries(project)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
