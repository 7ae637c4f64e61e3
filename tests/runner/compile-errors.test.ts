import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TidemarkError } from '../../core/errors.ts';
import { compileProject } from '../../runner/compile.ts';
import { CASES } from './helpers.ts';

const folders = [join(CASES, 'compile-errors'), join(import.meta.dirname, 'upstream', 'compile-errors')];
const cases = folders.flatMap((folder) => readdirSync(folder).map((name) => ({ name, folder: join(folder, name) })));

/** `problems.txt` is the whole message, as a user sees it; `<project>` stands for the folder. */
test.each(cases)('$name', async ({ folder }) => {
  const projectDir = join(folder, 'project');
  const expected = readFileSync(join(folder, 'problems.txt'), 'utf8');

  const error: unknown = await compileProject({ projectDir, engine: 'duckdb' }).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(TidemarkError);
  expect(`${(error as TidemarkError).message.replaceAll(projectDir, '<project>')}\n`).toBe(expected);
});
