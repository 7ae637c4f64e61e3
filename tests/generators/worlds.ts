import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { captureConsole } from '../../core/consoles/capture.ts';
import { type Effects, fixedClock } from '../../core/effects.ts';
import { packageRoot } from '../../core/files.ts';
import { parseLayeredConfig } from '../../core/layered-config.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { type GenerateOptions, type GenerateSummary, generate } from '../../generators/generate.ts';
import { type Overrides, settingsOf } from '../../generators/scenario/overrides.ts';
import { resolveScenario, type Scenario, type ScenarioSpec } from '../../generators/scenario.ts';
import { sourceNames } from '../../generators/sources/columns.ts';

const shipped = join(packageRoot(), 'configs', 'scenarios');

export const tinyText = (): string => readFileSync(join(shipped, 'tiny.yaml'), 'utf8');

/** Values by dotted path; undefined removes. */
export type Patch = Readonly<Record<string, unknown>>;

export function patched(patch: Patch): string {
  const spec = parse(tinyText());
  for (const [path, value] of Object.entries(patch)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    const parent = steps.reduce((node, step) => node[step], spec);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return stringify(spec);
}

/** The tiny scenario with changes, resolved without any file. */
export const tiny = (patch: Patch = {}, overrides: Overrides = {}): Scenario =>
  resolveText(patched(patch), 'tiny.yaml', overrides);

export const resolveText = (text: string, file: string, overrides: Overrides = {}): Scenario =>
  resolveScenario(parseLayeredConfig<ScenarioSpec>(text, file, 'scenario', settingsOf(overrides)));

/** Sources of the tiny scenario. */
export const SOURCE_NAMES = sourceNames(parse(tinyText()));

export const NO_DIRT: Patch = { dirt: undefined, drift: undefined };

export function effects(signal: AbortSignal = new AbortController().signal): Effects {
  return { console: captureConsole(), clock: fixedClock('2026-07-01T00:00:00Z'), signal };
}

export interface Sandbox {
  readonly dir: string;
  readonly workspace: Workspace;
  readonly scenarioDir: string;
  /** Rewrites the scenario of the sandbox. */
  patch(patch: Patch): void;
  generate(options?: Partial<GenerateOptions>, signal?: AbortSignal): Promise<GenerateSummary>;
  /** Removes the folder; by itself at the end of a test unless `keep`. */
  remove(): void;
}

/** A project folder with one scenario, `tiny`. */
export function sandbox(patch: Patch = {}, { keep = false } = {}): Sandbox {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-generators-'));
  const scenarioDir = join(dir, 'configs', 'scenarios');
  mkdirSync(scenarioDir, { recursive: true });
  const remove = () => rmSync(dir, { recursive: true, force: true });
  if (!keep) onTestFinished(remove);
  const made = workspace(dir, { scenario: 'tiny' });
  const write = (values: Patch) => writeFileSync(join(scenarioDir, 'tiny.yaml'), patched(values));
  if (Object.keys(patch).length > 0) write(patch);
  else cpSync(join(shipped, 'tiny.yaml'), join(scenarioDir, 'tiny.yaml'));
  return {
    dir,
    workspace: made,
    scenarioDir,
    patch: write,
    generate: (options = {}, signal) => generate({ workspace: made, scenarioDir, ...options }, effects(signal)),
    remove,
  };
}

/** All files below a folder with their content, by relative path. */
export function contents(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
  );
}

export interface EventRow {
  readonly event_id: string;
  readonly event_ts: string;
  readonly received_ts: string;
  readonly user_id: string | null;
  readonly device_id: string;
  readonly session_id: string;
  readonly event_type: string;
  readonly props: {
    readonly channel: string;
    readonly country: string;
    readonly duration_ms: number;
    readonly ui_variant?: string;
  };
}

export interface UserRow {
  readonly user_id: string;
  readonly email: string;
  readonly created_ts: string;
  readonly updated_ts: string;
  readonly role: string;
}

export interface BillingRow {
  readonly date: string;
  readonly user: string;
  readonly event: string;
  readonly plan: string;
}

/** Lines by file name without folder and extension, in order. */
export function lines(rawDir: string, source: string): Map<string, string[]> {
  const folder = join(rawDir, source);
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => {
        const text = readFileSync(join(folder, name), 'utf8');
        return [name.slice(0, 10), text === '' ? [] : text.trimEnd().split('\n')];
      }),
  );
}

/** A line that was cut short is no JSON. */
export function tryParse(line: string): EventRow | undefined {
  try {
    return JSON.parse(line) as EventRow;
  } catch {
    return undefined;
  }
}

export function events(rawDir: string): EventRow[] {
  return [...lines(rawDir, 'events').values()].flat().flatMap((line) => tryParse(line) ?? []);
}

export function users(rawDir: string): (UserRow & { readonly file: string })[] {
  return [...lines(rawDir, 'users')].flatMap(([file, rows]) => rows.map((row) => ({ ...JSON.parse(row), file })));
}

export function billing(rawDir: string): BillingRow[] {
  return [...lines(rawDir, 'billing')].flatMap(([file, [header, ...rows]]) => {
    if (header !== 'billing_date,user_id,event,plan_id') throw new Error(`header of ${file}: ${header}`);
    return rows.map((row) => {
      const [date, user, event, plan] = row.split(',');
      if (date !== file) throw new Error(`${row} in ${file}`);
      return { date: date!, user: user!, event: event!, plan: plan! };
    });
  });
}

/** Rows of a truth file as objects of text. */
export function truthRows(truthDir: string, name: string): Record<string, string>[] {
  const [header, ...rows] = readFileSync(join(truthDir, name), 'utf8').trimEnd().split('\n');
  const names = header!.split(',');
  return rows.map((row) => {
    const values = row.split(',');
    return Object.fromEntries(names.map((column, index) => [column, values[index]!]));
  });
}

export function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
