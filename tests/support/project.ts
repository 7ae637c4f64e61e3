import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import type { Row } from '../../warehouse/warehouse.ts';

const PROJECT = ['configs', 'definitions', 'includes', 'examples', 'dataform.json', 'package.json'];

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of this project in a folder of its own, with the command run as a user runs it: as a process. */
export interface Project {
  readonly dir: string;
  tidemark(...args: string[]): Promise<Result>;
  /** The same folder, the command with more in its environment. */
  withEnv(env: NodeJS.ProcessEnv): Project;
  path(...parts: string[]): string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Replaces a text that must be there; throws when it is not, so that a test cannot edit nothing. */
  edit(path: string, from: string | RegExp, to: string): void;
  query<T extends Row = Row>(sql: string, name?: string): Promise<T[]>;
}

/** Removed when the test, or the hook that asked for it, is over, unless `keep` hands that to the caller. */
export function makeProject(options: { keep?: boolean } = {}): Project {
  const root = packageRoot();
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-project-'));
  for (const name of PROJECT) cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'), 'junction');
  if (!options.keep) onTestFinished(() => removeProject({ dir }));
  return projectIn(dir);
}

/** An empty folder with the command run in it; removed when the test is over. */
export function emptyProject(): Project {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-project-'));
  onTestFinished(() => removeProject({ dir }));
  return projectIn(dir);
}

function projectIn(dir: string, env: NodeJS.ProcessEnv = {}): Project {
  const root = packageRoot();
  const path = (...parts: string[]) => join(dir, ...parts);
  return {
    dir,
    withEnv: (more) => projectIn(dir, { ...env, ...more }),
    path,
    tidemark: (...args) => run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], dir, env),
    read: (file) => readFileSync(path(file), 'utf8'),
    write(file, text) {
      mkdirSync(dirname(path(file)), { recursive: true });
      writeFileSync(path(file), text);
    },
    edit(file, from, to) {
      const before = readFileSync(path(file), 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} holds no ${from}`);
      writeFileSync(path(file), after);
    },
    async query<T extends Row>(sql: string, name = 'synthetic') {
      const warehouse = await openDuckdb({ file: path('data', `${name}.duckdb`), readOnly: true });
      try {
        const connection = await warehouse.connect();
        const rows = await connection.rows<T>(sql);
        await connection.close();
        return rows;
      } finally {
        await warehouse.close();
      }
    },
  };
}

export function removeProject({ dir }: Pick<Project, 'dir'>): void {
  if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
}

/** Runs a process to its end, without a terminal. `DATABASE_URL` has to be given in `env`: the one of the tests' own server is no wish. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, DATABASE_URL: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
