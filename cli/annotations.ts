import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Console } from '../core/console.ts';
import { pathsOf } from './repository-paths.ts';

interface Surroundings {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly json: boolean;
  readonly environment: (name: string) => string | undefined;
  /** Takes a line for standard error. */
  readonly writeError: (line: string) => void;
}

/**
 * The console, which in GitHub Actions or with `--annotations github` also says each problem as an annotation. Not by itself with `--json`,
 * where standard error holds JSON lines.
 */
export async function withAnnotations(console: Console, surroundings: Surroundings): Promise<Console> {
  const { args, cwd, json, environment, writeError } = surroundings;
  const inGithub = environment('GITHUB_ACTIONS') === 'true' && !json;
  if ((flagValue(args, '--annotations') ?? (inGithub ? 'github' : 'none')) !== 'github') return console;
  const { annotatingConsole } = await import('../core/consoles/annotating.ts');
  const projectDir = resolve(cwd, flagValue(args, '--project-dir') ?? '.');
  const inRepository = pathsOf(projectDir, environment);
  // Some commands take files, and name them from where they are called.
  const pathOf = (file: string) =>
    inRepository(existsSync(join(projectDir, file)) ? file : relative(projectDir, resolve(cwd, file)));
  return annotatingConsole(console, json ? writeError : (line) => console.line(line), pathOf);
}

/** Of a flag that is written `--name value` or `--name=value`; what else is wrong with it, the command says. */
function flagValue(args: readonly string[], name: string): string | undefined {
  const i = args.lastIndexOf(name);
  return i >= 0 ? args[i + 1] : args.findLast((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}
