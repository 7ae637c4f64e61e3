import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Project } from './project.ts';

const require = createRequire(import.meta.url);

/** Gives a project the compiler itself in the place of a link to it: the sandbox of the stock CLI loads nothing from outside of the project. */
export function withCompiler<P extends Pick<Project, 'dir'>>(project: P): P {
  const packages = join(project.dir, 'node_modules');
  rmSync(packages, { force: true });
  mkdirSync(join(packages, '@dataform'), { recursive: true });
  cpSync(dirname(require.resolve('@dataform/core')), join(packages, '@dataform', 'core'), { recursive: true });
  return project;
}
