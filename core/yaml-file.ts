import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { type Problem, TidemarkError } from './errors.ts';

/** Steps to a value: keys of maps, indices of lists. */
export type Path = readonly (string | number)[];

/** Where something stands, as far as it is known. */
export type Place = Pick<Problem, 'file' | 'line' | 'column'>;

/** A parsed YAML file that still knows where each value stands. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Where the value with this path starts, or its nearest ancestor that exists. */
  placeOf(path: Path): Place;
  /** Where the key of the last step of the path starts, or what {@link placeOf} says when there is none. */
  placeOfKey(path: Path): Place;
}

/** @throws {TidemarkError} CONFIG_SYNTAX, all problems at once. */
export function parseYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number | undefined): Place => {
    if (offset === undefined) return { file };
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  if (document.errors.length > 0) {
    throw new TidemarkError(
      document.errors.map((error) => ({ code: 'CONFIG_SYNTAX' as const, message: error.message, ...at(error.pos[0]) })),
    );
  }
  const { contents } = document;
  return {
    file,
    value: document.toJS() ?? {},
    placeOf: (path) => at(offsetOf(contents, path)),
    placeOfKey: (path) => at(keyOffset(contents, path)),
  };
}

/** Where the value with this path starts, or its nearest ancestor that exists. */
function offsetOf(node: Node | null, path: Path): number | undefined {
  let current: unknown = node;
  let offset = node?.range?.[0];
  for (const step of path) {
    const next: unknown = (current as { get?(key: unknown, keep: boolean): unknown })?.get?.(step, true);
    if (next === undefined || next === null) break;
    current = next;
    offset = (next as Node).range?.[0] ?? offset;
  }
  return offset;
}

function keyOffset(node: Node | null, path: Path): number | undefined {
  let current: unknown = node;
  for (const step of path.slice(0, -1))
    current = (current as { get?(key: unknown, keep: boolean): unknown })?.get?.(step, true);
  if (!isMap(current)) return offsetOf(node, path);
  const pair = current.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(path.at(-1)),
  );
  return (pair?.key as Node | undefined)?.range?.[0] ?? offsetOf(node, path);
}
