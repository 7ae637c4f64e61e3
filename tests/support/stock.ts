import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RawGraph } from '../../runner/raw-graph.ts';

const require = createRequire(import.meta.url);

/**
 * What the stock CLI prints for `compile --json` of a project, in a copy that holds the compiler: it wants it in the project's own
 * node_modules, and no link. `flags` are the CLI's own.
 *
 * @throws when the project does not compile.
 */
export function compileStock(project: string, flags: readonly string[] = []): RawGraph {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-stock-'));
  cpSync(project, folder, { recursive: true, verbatimSymlinks: true });
  cpSync(dirname(require.resolve('@dataform/core')), join(folder, 'node_modules', '@dataform', 'core'), {
    recursive: true,
  });
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "@dataform/core": "*" } }');
  const cli = require.resolve('@dataform/cli/bundle.js');
  return JSON.parse(
    execFileSync(process.execPath, [cli, 'compile', '--json', ...flags, folder], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    }),
  ) as RawGraph;
}

/** The graph with `vars.engine`, which our compiler gives to every project. */
export function withEngine(graph: RawGraph, engine: string): RawGraph {
  const copy = structuredClone(graph);
  return { ...copy, projectConfig: { ...copy.projectConfig, vars: { ...copy.projectConfig.vars, engine } } };
}

/** The graph with the names that core quoted for BigQuery, in backticks and with the database, as standard SQL spells them. */
export function respelled<T>(value: T): T {
  if (Array.isArray(value)) return value.map(respelled) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, respelled(entry)])) as T;
  }
  if (typeof value !== 'string') return value;
  return value.replace(/`[^`.\s]+\.([^`.\s]+)\.([^`.\s]+)`/g, '"$1"."$2"') as T;
}
