import { keyed } from '../../core/keyed.ts';
import type { Cell, Rec } from '../source.ts';
import { type DirtRule, kindOf } from './rule.ts';
import type { Mark } from './source-dirt.ts';

/** What befalls one file as a whole. */
export interface FileFaults {
  /** Columns of the file, and how each of its records is changed before it is spelt; undefined when the columns are whole. */
  readonly shape?: {
    readonly columns: readonly string[];
    of(record: Rec, a: number, b: number): Rec;
    readonly marks: readonly Mark[];
  };
  /** The share of the bytes that is left of the file; undefined for most. 0 leaves the header of a CSV file. */
  readonly keep?: { readonly share: number; readonly mark: Mark };
  /** The day whose records stand in this file, when it is another one. */
  readonly order?: { readonly day: number; readonly mark: Mark };
}

/** The rules that strike whole files of a source. */
export interface FileDirt {
  /** Of the file of a day; undefined for most. */
  of(day: number): FileFaults | undefined;
}

const NONE: FileDirt = { of: () => undefined };

/** @param days of the scenario: two files that are swapped must both exist. */
export function fileDirt(rules: readonly DirtRule[], columns: readonly string[], days: number): FileDirt {
  const armed = rules
    .filter(({ kind, rate }) => rate > 0 && ['shape', 'file', 'order'].includes(kindOf(kind).level))
    .map((rule) => ({
      rule,
      level: kindOf(rule.kind).level,
      luck: keyed(rule.seed, 'dirt', rule.name),
      how: keyed(rule.seed, 'dirt', rule.name, 'how'),
    }));
  if (armed.length === 0) return NONE;
  const hit = ({ rule, luck }: (typeof armed)[number], day: number) =>
    day >= rule.from && day <= rule.until && luck.uniform(day, 0) < rule.rate;

  const swaps = new Map<number, { day: number; mark: Mark }>();
  for (const entry of armed.filter(({ level }) => level === 'order')) {
    const mark = { rule: entry.rule.name, kind: entry.rule.kind };
    for (let day = 0; day < days - 1; day++) {
      if (!hit(entry, day) || swaps.has(day) || swaps.has(day + 1)) continue;
      swaps.set(day, { day: day + 1, mark });
      swaps.set(day + 1, { day, mark });
    }
  }

  return {
    of(day) {
      const shapes = armed.filter((entry) => entry.level === 'shape' && hit(entry, day));
      const cut = armed.find((entry) => entry.level === 'file' && hit(entry, day));
      const order = swaps.get(day);
      if (shapes.length === 0 && !cut && !order) return undefined;
      return {
        ...(shapes.length > 0 ? { shape: reshape(shapes, columns) } : {}),
        ...(cut
          ? {
              keep: {
                share: cut.rule.kind === 'empty_file' ? 0 : 0.1 + 0.8 * cut.how.uniform(day, 0),
                mark: { rule: cut.rule.name, kind: cut.rule.kind },
              },
            }
          : {}),
        ...(order ? { order } : {}),
      };
    },
  };
}

/** Shapes strike top-level columns: what a writer of another version would write. */
function reshape(
  shapes: readonly { rule: DirtRule; how: { uniform(a: number, b: number): number } }[],
  columns: readonly string[],
): NonNullable<FileFaults['shape']> {
  let names = [...columns];
  const steps: ((record: Rec, a: number, b: number) => Rec)[] = [];
  for (const { rule, how } of shapes) {
    const column = rule.column!;
    if (rule.kind === 'missing_column') {
      names = names.filter((name) => name !== column);
      steps.push(({ [column]: _dropped, ...rest }) => rest);
    } else if (rule.kind === 'renamed_column') {
      names = names.map((name) => (name === column ? rule.to! : name));
      steps.push((record) =>
        Object.fromEntries(Object.entries(record).map(([name, value]) => [name === column ? rule.to! : name, value])),
      );
    } else if (rule.kind === 'new_column') {
      const { values } = rule;
      names = [...names, column];
      steps.push((record, a, b) => ({ ...record, [column]: values![Math.floor(how.uniform(a, b) * values!.length)]! }));
    } else {
      steps.push((record) =>
        record[column] === undefined ? record : { ...record, [column]: otherType(record[column]) },
      );
    }
  }
  return {
    columns: names,
    of: (record, a, b) => steps.reduce((changed, step) => step(changed, a, b), record),
    marks: shapes.map(({ rule: { name, kind, column } }) => ({ rule: name, kind, column: column! })),
  };
}

/** A number in words, a time as milliseconds since 1970, a truth value as a letter, any other text wrapped. */
function otherType(value: Cell): Cell {
  if (typeof value === 'number') return `about ${value}`;
  if (typeof value === 'boolean') return value ? 'Y' : 'N';
  if (typeof value !== 'string') return value;
  const time = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? { value } : time;
}
