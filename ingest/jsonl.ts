import type { FieldWatch } from './drift.ts';
import type { LineBlock } from './lines.ts';
import { type LineProblem, type RawRecord, storable } from './raw-record.ts';
import type { Requirement } from './requirements.ts';

/** What is remembered from one block of a JSON Lines file to the next. */
export interface JsonlReader {
  /** The records of the next block. Blank lines are none. */
  read(block: LineBlock): RawRecord[];
  /** What no record had, once all blocks were read; nothing for a file without any object. */
  /** True as long as no object was seen. */
  isEmpty(): boolean;
  absent(): { readonly requirement: Requirement; readonly known: readonly string[] }[];
}

const isBlank = (line: string) => line.length === 0 || /^\s*$/.test(line);

/**
 * Reads JSON Lines: one object a line. The raw line is the record; it is parsed only to judge it.
 *
 * @param linesBefore lines of the file that are not read.
 * @param watch sees the fields of every object.
 */
export function jsonlReader(requirements: readonly Requirement[], linesBefore = 0, watch?: FieldWatch): JsonlReader {
  let lineNo = linesBefore;
  let known: Set<string> | undefined;
  let pending = [...requirements];

  const look = (value: object) => {
    known ??= new Set(paths(value));
    watch?.see(Object.keys(value));
    if (pending.length > 0) pending = pending.filter(({ anyOf }) => !anyOf.some((field) => hasField(value, field)));
  };

  return {
    read({ lines, invalid }) {
      const records: RawRecord[] = [];
      for (let i = 0; i < lines.length; i++) {
        lineNo++;
        const line = lines[i]!;
        const text = line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line;
        const isInvalid = invalid?.has(i) ?? false;
        // Bytes that are no UTF-8 are never blank, even where Latin-1 has a space for them.
        if (!isInvalid && isBlank(text)) continue;
        const problem = isInvalid ? 'invalid_utf8' : judge(text, look);
        records.push({ lineNo, raw: problem === null ? text : storable(text), parsed: null, problem });
      }
      return records;
    },
    isEmpty: () => known === undefined,
    absent: () => (known === undefined ? [] : pending.map((requirement) => ({ requirement, known: [...known!] }))),
  };
}

/** The problem of a line, or null; `look` sees the object of a line that has none. */
export function judge(line: string, look: (value: object) => void = () => undefined): LineProblem | null {
  let value: unknown;
  let escaped: string | undefined;
  try {
    value = JSON.parse(line);
    // Only an escape can smuggle these characters in: literal ones are no UTF-8 or no JSON.
    if (line.includes('\\u')) escaped = UNSTORABLE.exec(JSON.stringify(value))?.[1];
  } catch {
    return line.includes('\0') ? 'nul_character' : 'malformed_json';
  }
  if (!isObject(value)) return 'not_an_object';
  if (escaped !== undefined) return escaped === '0000' ? 'nul_character' : 'lone_surrogate';
  look(value);
  return null;
}

/** In text from JSON.stringify, which escapes a surrogate only when it is alone: an escape that no backslash takes away. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(0000|d[89a-f][0-9a-f]{2})/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function hasField(value: object, field: string): boolean {
  let current: unknown = value;
  for (const step of field.split('.')) {
    if (!isObject(current) || !Object.hasOwn(current, step)) return false;
    current = current[step];
  }
  return true;
}

/** The dotted paths of an object, five levels deep: enough for a suggestion, and no hostile nesting can exhaust the stack. */
function paths(value: object, prefix = '', depth = 5): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key;
    return isObject(inner) && depth > 1 ? [path, ...paths(inner, `${path}.`, depth - 1)] : [path];
  });
}
