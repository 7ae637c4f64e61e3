import { parse } from 'yaml';
import { type Problem, TidemarkError } from './errors.ts';

/** A value of the command line that stands above the files. */
export interface Setting {
  /** As it was typed, `--set events.per_day=100` or `--days 30`: messages begin with it. */
  readonly flag: string;
  readonly path: readonly string[];
  /** null removes what stands there. */
  readonly value: unknown;
}

/**
 * Reads the texts of `--set path=value`; the value is YAML, so that numbers, lists and maps need no further syntax.
 *
 * @throws {TidemarkError} USAGE, all problems at once.
 */
export function parseSettings(texts: readonly string[]): Setting[] {
  const problems: Problem[] = [];
  const hint = 'Write it as in `--set path.to.value=5`.';
  const settings = texts.flatMap((text) => {
    const flag = `--set ${text}`;
    const at = text.indexOf('=');
    const path = text.slice(0, Math.max(0, at)).trim().split('.');
    if (at < 1 || path.some((step) => step === '')) {
      problems.push({ code: 'USAGE', message: `${flag}: found no path=value`, hint });
      return [];
    }
    try {
      return [{ flag, path, value: parse(text.slice(at + 1)) as unknown }];
    } catch (error) {
      const [first] = (error as Error).message.split('\n');
      problems.push({ code: 'USAGE', message: `${flag}: the value is no YAML: ${first}`, hint });
      return [];
    }
  });
  if (problems.length > 0) throw new TidemarkError(problems);
  return settings;
}

/** `value` with the setting applied, or the problem that prevents it. A step into a list is an index. */
export function applySetting(
  value: unknown,
  { flag, path, value: wanted }: Setting,
): { readonly value: unknown } | { readonly problem: Problem } {
  const root = structuredClone(value) as Container;
  const refuse = (why: string) => ({ problem: { code: 'USAGE' as const, message: `${flag}: ${why}` } });
  if (path[0] === 'extends') return refuse('the extended file is part of the file; name another file instead');
  let node = root;
  for (const [index, step] of path.slice(0, -1).entries()) {
    if (node[step] === undefined && !Array.isArray(node)) node[step] = {};
    const next = node[step];
    if (typeof next !== 'object' || next === null) {
      const what = next === undefined ? 'does not exist' : `is ${JSON.stringify(next)}`;
      return refuse(`${path.slice(0, index + 1).join('.')} ${what}, so nothing can stand below it`);
    }
    node = next as Container;
  }
  const last = path.at(-1)!;
  if (Array.isArray(node) && !(Number(last) in node)) {
    return refuse(`${path.slice(0, -1).join('.')} is a list; expected an index from 0 to ${node.length - 1}`);
  }
  if (wanted === null && !Array.isArray(node)) delete node[last];
  else node[last] = wanted;
  return { value: root };
}

type Container = Record<string, unknown>;

/** The setting as a map of maps, which is what a file with this one value would hold. */
export const nested = ({ path, value }: Pick<Setting, 'path' | 'value'>): unknown =>
  path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);
