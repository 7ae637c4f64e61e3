import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type Config, configNames, type LoadOptions, noSuchFile } from './config.ts';
import { inOrder, problemAt, schemaProblems } from './config-schema.ts';
import { type Problem, TidemarkError } from './errors.ts';
import { nearest } from './nearest.ts';
import { applySetting, nested, type Setting } from './setting.ts';
import { type Path, type Place, parseYaml, type YamlFile } from './yaml-file.ts';

/** A configuration that one file, the files that it extends, and the command line make together. */
export interface LayeredConfig<T> extends Config<T> {
  /** What the files say, without the command line. */
  readonly written: T;
  /** The nearest layer that holds the value with this path: a file with line and column, or a flag. */
  origin(path: Path): Origin;
  /**
   * What the schema finds wrong, settings that lead nowhere, and removals of nothing. Who loads a configuration adds what its own checks
   * find and throws all of it together.
   */
  readonly problems: readonly Problem[];
  /** Where the value has not the types and keys of its schema; see `withoutMalformed`. */
  readonly malformed: readonly Path[];
  /** Problems of the checks in the order in which the layers and their lines are read. */
  inOrder(problems: readonly Problem[]): Problem[];
  /** True when a flag gives the value with this path, or a part of it. */
  isGiven(path: Path): boolean;
}

export type Origin = Place | { readonly flag: string };

/**
 * Reads a YAML file whose `extends: <name>` names another file of its folder, lays the one over the other and the settings over both,
 * and validates what comes out; the caller has to throw the {@link LayeredConfig.problems}, or to call {@link wellFormed}. Maps are merged key by key, lists and scalars replaced; null removes what the other file says.
 *
 * @throws {TidemarkError} as `loadConfig`, for all files together; CONFIG_INVALID for a cycle; USAGE for a setting that leads nowhere.
 *   A problem points at the line that holds the value, be it in an extended file, or names the flag.
 */
export function loadLayeredConfig<T>(
  path: string,
  options: LoadOptions,
  settings: readonly Setting[] = [],
): LayeredConfig<T> {
  return layer<T>(readChain(path, options.projectDir), options.schema, settings);
}

/** As {@link loadLayeredConfig}, for text that is already in memory and extends nothing. */
export function parseLayeredConfig<T>(
  text: string,
  file: string,
  schema: string,
  settings: readonly Setting[] = [],
): LayeredConfig<T> {
  return layer<T>([parseYaml(text, file)], schema, settings);
}

/**
 * The configuration, which has the shape of its schema; it may have problems nevertheless.
 *
 * @throws {TidemarkError} its problems, when it has not.
 */
export function wellFormed<T>(config: LayeredConfig<T>): LayeredConfig<T> {
  if (config.malformed.length > 0) throw new TidemarkError(config.inOrder(config.problems));
  return config;
}

/** The file, then the one that it extends, and so on. */
function readChain(path: string, projectDir: string): YamlFile[] {
  if (!existsSync(path)) throw new TidemarkError(noSuchFile(path, projectDir));
  const chain: YamlFile[] = [];
  const names: string[] = [];
  for (let next = path; ; ) {
    const yaml = parseYaml(readFileSync(next, 'utf8'), relative(projectDir, next).replaceAll('\\', '/'));
    chain.push(yaml);
    names.push(basename(next, '.yaml'));
    const parent = (yaml.value as { extends?: unknown }).extends;
    if (parent === undefined) return chain;
    const refuse = (message: string, more: Partial<Problem> = {}) =>
      new TidemarkError(problemAt(yaml, ['extends'], message, more));
    if (typeof parent !== 'string') throw refuse(`found ${JSON.stringify(parent)}, expected the name of another file`);
    if (names.includes(parent)) {
      throw refuse(`${[...names.slice(names.indexOf(parent)), parent].join(' extends ')}: a cycle`);
    }
    next = join(dirname(path), `${parent}.yaml`);
    if (!/^[\w-]+$/.test(parent) || !existsSync(next)) {
      const known = configNames(dirname(path)).filter((name) => !names.includes(name));
      const near = nearest(parent, known);
      throw refuse(
        `found ${JSON.stringify(parent)}, expected one of ${known.join(', ')}.`,
        near === undefined ? {} : { nearest: near },
      );
    }
  }
}

function layer<T>(chain: readonly YamlFile[], schema: string, settings: readonly Setting[]): LayeredConfig<T> {
  const problems = chain.slice(0, -1).flatMap((file, index) => needlessRemovals(file, chain.slice(index + 1)));
  const written = merged(chain);
  let value = written;
  for (const setting of settings) {
    const next = applySetting(value, setting);
    if ('problem' in next) problems.push(next.problem);
    else value = next.value;
  }
  const flags: Layer[] = settings.map((setting) => ({ flag: setting.flag, value: nested(setting) })).reverse();
  const files: Layer[] = chain.map((file) => ({ file, value: file.value }));
  const holder = (path: Path) => nearestLayer([...flags, ...files], path);
  // What is missing in a map is no fault of a flag that changes another part of the map.
  const owner = (path: Path) => {
    const inFiles = nearestLayer(files, path);
    const anywhere = holder(path);
    return anywhere.steps > inFiles.steps || settings.some((setting) => isPrefix(setting.path, path))
      ? anywhere
      : inFiles;
  };
  const problem: Config<T>['problem'] = (path, message, more = {}) => flagged(holder(path).layer, path, message, more);
  const found = schemaProblems(value, schema, (path, message, more, isKey) =>
    flagged(owner(path).layer, path, message, more, isKey),
  );
  problems.push(...found.problems);
  return {
    value: value as T,
    written: written as T,
    file: chain[0]!.file,
    problems,
    malformed: found.malformed,
    problem,
    inOrder: (found) => byFile(found, chain),
    origin: (path) => {
      const { layer } = holder(path);
      return 'flag' in layer ? { flag: layer.flag } : layer.file.placeOf(path);
    },
    isGiven: (path) => settings.some((setting) => isPrefix(setting.path, path) || isPrefix(path, setting.path)),
  };
}

type Layer = { readonly value: unknown } & ({ readonly flag: string } | { readonly file: YamlFile });

/** The first of the layers that holds the longest part of the path. */
function nearestLayer(layers: readonly Layer[], path: Path): { readonly layer: Layer; readonly steps: number } {
  let best = { layer: layers.at(-1)!, steps: -1 };
  for (const layer of layers) {
    const { steps, isOpen } = reach(layer.value, path);
    if (steps > best.steps) best = { layer, steps };
    if (!isOpen || steps === path.length) break;
  }
  return best;
}

function flagged(layer: Layer, path: Path, message: string, more: Partial<Problem> = {}, isKey = false): Problem {
  if ('file' in layer) return problemAt(layer.file, path, message, more, isKey);
  const found = problemAt(undefined, path, message, more);
  return { ...found, message: `${layer.flag}: ${found.message}` };
}

const isPrefix = (start: Path, path: Path): boolean =>
  start.length <= path.length && start.every((step, i) => String(step) === String(path[i]));

/** Flags first, then file by file, each in the order of its lines. */
function byFile(problems: readonly Problem[], chain: readonly YamlFile[]): Problem[] {
  const rank = (problem: Problem) => chain.findIndex(({ file }) => file === problem.file);
  return inOrder(problems).sort((a, b) => rank(a) - rank(b));
}

function merged(chain: readonly YamlFile[]): unknown {
  const [first, ...others] = chain.toReversed();
  const value = others.reduce<unknown>((base, { value: over }) => merge(base, over), first!.value);
  if (!isMap(value)) return value;
  const { extends: _, ...rest } = value;
  return rest;
}

function merge(base: unknown, over: unknown): unknown {
  if (!isMap(over)) return over;
  const result: Record<string, unknown> = isMap(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

/** A null that removes nothing is most often a misspelling. */
function needlessRemovals(file: YamlFile, parents: readonly YamlFile[]): Problem[] {
  const search = (over: unknown, base: unknown, path: Path): Problem[] => {
    if (!isMap(over)) return [];
    const known = isMap(base) ? Object.keys(base) : [];
    return Object.entries(over).flatMap(([key, value]) => {
      const here = [...path, key];
      if (value !== null) return search(value, isMap(base) ? base[key] : undefined, here);
      if (known.includes(key)) return [];
      const near = nearest(key, known);
      const message = `null removes what the extended file says, and it says nothing here; known there: ${known.join(', ') || 'none'}.`;
      return [problemAt(file, here, message, near === undefined ? {} : { nearest: near }, true)];
    });
  };
  return search(file.value, merged(parents), []);
}

/** How many steps of the path a layer holds. It is open where a layer below it may hold the next one. */
function reach(value: unknown, path: Path): { steps: number; isOpen: boolean } {
  let node = value;
  for (const [steps, step] of path.entries()) {
    if (typeof node !== 'object' || node === null) return { steps, isOpen: false };
    if (!Object.hasOwn(node, step)) return { steps, isOpen: !Array.isArray(node) };
    node = (node as Record<string | number, unknown>)[step];
  }
  return { steps: path.length, isOpen: true };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
