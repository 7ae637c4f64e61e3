import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { emptyProject, type Project, type Result } from './project.ts';

const require = createRequire(import.meta.url);

/** Gives a project the compiler itself in the place of a link to it: the sandbox of the stock CLI loads nothing from outside of the project. */
export function withCompiler<P extends Pick<Project, 'dir'>>(project: P): P {
  const packages = join(project.dir, 'node_modules');
  rmSync(packages, { force: true });
  mkdirSync(join(packages, '@dataform'), { recursive: true });
  cpSync(dirname(require.resolve('@dataform/core')), join(packages, '@dataform', 'core'), { recursive: true });
  return project;
}

/** A copy of a folder with a Dataform project, for the stock CLI; removed when the test is over. */
export function stockProject(folder: string): Project {
  const project = withCompiler(emptyProject());
  cpSync(folder, project.dir, { recursive: true });
  return project;
}

/** What the CLI wrote, without colours and without what differs from run to run. */
export const plain = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of the terminal
    .replace(/\x1b\[\d+m/g, '')
    .replace(/^[ \t]*(jobId|Bytes billed): .*\n/gm, '');

const SAID: readonly (readonly [RegExp, string])[] = [
  [/^(?:Table created|Assertion passed|Operation completed successfully): +(\S+)/gm, 'SUCCESSFUL'],
  [/^(?:Dataset creation|Assertion|Operation) failed: +(\S+)/gm, 'FAILED'],
  [/^Skipping (?:dataset creation|assertion execution|operation execution): +(\S+)/gm, 'SKIPPED'],
  [/^(?:Dataset creation|Assertion execution|Operation execution) disabled: +(\S+)/gm, 'DISABLED'],
];

/** What the CLI says of each action, by the names of our record's statuses. */
export function statuses({ stdout, stderr }: Result): Record<string, string> {
  const text = plain(`${stdout}\n${stderr}`);
  return Object.fromEntries(
    SAID.flatMap(([pattern, status]) => [...text.matchAll(pattern)].map(([, name]) => [name!, status])),
  );
}

/** Runs the command, which has to end well. */
export async function must(project: Project, ...args: string[]): Promise<Result> {
  const result = await project.tidemark(...args);
  if (result.code !== 0)
    throw new Error(`tidemark ${args.join(' ')} ended with ${result.code}\n${result.stdout}${result.stderr}`);
  return result;
}
