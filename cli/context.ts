import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Console } from '../core/console.ts';
import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { type Workspace, workspace } from '../core/workspace.ts';

/** What every command gets: the effects, and the flags that all commands share. */
export interface Context {
  readonly effects: Effects;
  readonly console: Console;
  /** Current folder of the process. */
  readonly cwd: string;
  /** True with `--json`: the command's result goes to standard output. */
  readonly json: boolean;
  /** An environment variable that a configuration names; undefined when it is not set or empty. Its value may be a secret. */
  readonly environment: (name: string) => string | undefined;
  /** `DATABASE_URL`: a Postgres server, with its password; never printed. */
  readonly databaseUrl: string | undefined;
  /** `PGSSLMODE` and `PGSSLROOTCERT`, for a URL that does not say; the driver reads the other `PG*` variables itself. */
  readonly postgresTls: { readonly mode?: string; readonly rootCertificate?: string };
}

/** Gives the result of a command to a program that asked for it; a person has read the lines already. */
export function giveResult(context: Context, value: unknown): void {
  if (context.json) context.console.data(value);
}

/** Flags that name a project and a data set in it. */
export interface ProjectFlags {
  readonly projectDir?: string;
  readonly dataset?: string;
  readonly scenario?: string;
}

/** The project folder, checked for a Dataform project file. */
export function projectFolder(context: Context, flags: ProjectFlags): string {
  const folder = resolve(context.cwd, flags.projectDir ?? '.');
  if (existsSync(join(folder, 'dataform.json')) || existsSync(join(folder, 'workflow_settings.yaml'))) return folder;
  throw new TidemarkError({
    code: 'PROJECT_NOT_FOUND',
    message: `${folder} holds neither dataform.json nor workflow_settings.yaml`,
  });
}

export function projectWorkspace(context: Context, flags: ProjectFlags): Workspace {
  return workspace(projectFolder(context, flags), flags);
}
