import type { Mapping, Source } from './contract-types.ts';
import { requirements } from './requirements.ts';

/** How the top-level fields of a file differ from those of its contract. What JSON nests is free. */
export interface Drift {
  /** Fields of which the contract says nothing, at most {@link MOST_NEW} of them. */
  readonly added: readonly string[];
  /** Fields that the contract reads and does not require, and that no record has. Required ones are reported on their own. */
  readonly missing: readonly string[];
}

export const NO_DRIFT: Drift = { added: [], missing: [] };

/** A file of which every record has other fields must not fill the memory. */
export const MOST_NEW = 50;

/** Notes the fields of a file as its records pass. */
export interface FieldWatch {
  see(fields: Iterable<string>): void;
  drift(): Drift;
}

/** @returns undefined when the contract lets fields come and go. */
export function fieldWatch(source: Source): FieldWatch | undefined {
  const { newColumns, missingColumns, ignored } = source.drift;
  if (newColumns === 'keep' && missingColumns === 'keep') return undefined;
  const read = fieldsRead(source);
  const known = new Set([...read, ...ignored]);
  const required = requirements(source);
  const demanded = new Set(
    [...required.fields, ...required.conditions].flatMap(({ anyOf }) => anyOf.map((field) => topOf(field))),
  );
  const missing = new Set(missingColumns === 'keep' ? [] : [...read].filter((field) => !demanded.has(field)));
  const added = new Set<string>();
  return {
    see(fields) {
      for (const field of fields) {
        if (!known.has(field)) {
          if (newColumns !== 'keep' && added.size < MOST_NEW) added.add(field);
        } else if (missing.size > 0) missing.delete(field);
      }
    },
    drift: () => ({ added: [...added], missing: [...missing] }),
  };
}

/** Top-level fields that mappings, conditions, lookups and searches read, without what a lookup brings. */
function fieldsRead(source: Source): Set<string> {
  const mappings = [
    ...source.columns.map(({ mapping }) => mapping),
    ...source.records.flatMap((record) => Object.values(record.mappings)),
  ];
  const fields = new Set([
    ...mappings.flatMap(fieldsOf),
    ...source.records.flatMap(({ when }) => (when ? [when.field] : [])),
    ...source.lookups.flatMap(({ on }) => on),
    ...source.personalData.search,
  ]);
  for (const field of source.lookups.flatMap((lookup) => lookup.fields)) fields.delete(field);
  return new Set([...fields].map(topOf));
}

const topOf = (field: string): string => field.split('.')[0]!;

function fieldsOf(mapping: Mapping): readonly string[] {
  switch (mapping.kind) {
    case 'from':
    case 'concat':
      return mapping.fields;
    case 'days_after':
      return [mapping.date, mapping.days];
    case 'value':
      return [];
  }
}

/** What refuses the file by the policy of its contract; undefined when it may be loaded. */
export function refusal(
  drift: Drift,
  { drift: policy }: Source,
): { code: 'RAW_COLUMN_NEW' | 'RAW_COLUMN_MISSING'; message: string } | undefined {
  const list = (fields: readonly string[]) => fields.map((field) => `"${field}"`).join(', ');
  if (policy.newColumns === 'refuse' && drift.added.length > 0) {
    return {
      code: 'RAW_COLUMN_NEW',
      message: `the contract knows no ${list(drift.added)}, and refuses files with new columns`,
    };
  }
  if (policy.missingColumns === 'refuse' && drift.missing.length > 0) {
    return {
      code: 'RAW_COLUMN_MISSING',
      message: `no record has ${list(drift.missing)}, and the contract refuses files with missing columns`,
    };
  }
  return undefined;
}
