import type { Mapping, Source } from './contract-types.ts';

/** Raw fields without which a contract cannot be met. */
export interface Requirement {
  /** The canonical column that needs them, or what else does: `a lookup`, `a condition`. */
  readonly need: string;
  /** One of these is enough. Dots lead into nested objects. */
  readonly anyOf: readonly string[];
}

/**
 * The raw fields that the rows of a source must have: those of required columns, and the keys of lookups. Fields that a lookup brings
 * are not among them. The fields that `when` asks for belong to `conditions`: in a JSON line a missing field is a fair answer to such a
 * question, in a CSV file a missing column is not.
 */
export function requirements(source: Source): { fields: Requirement[]; conditions: Requirement[] } {
  const looked = new Set(source.lookups.flatMap((lookup) => lookup.fields));
  const fields = new Map<string, Requirement>();
  const conditions = new Map<string, Requirement>();
  const add = (into: Map<string, Requirement>, need: string, anyOf: readonly string[]) => {
    if (anyOf.some((field) => looked.has(field))) return;
    const key = anyOf.join('\n');
    if (!into.has(key)) into.set(key, { need, anyOf });
  };
  for (const { when, mappings } of source.records) {
    for (const column of source.columns) {
      if (!column.required) continue;
      for (const anyOf of needs(mappings[column.name] ?? column.mapping)) add(fields, column.name, anyOf);
    }
    if (when) add(conditions, 'a condition of records', [when.field]);
  }
  for (const lookup of source.lookups) {
    for (const field of lookup.on) add(fields, `the lookup in ${lookup.reference}`, [field]);
  }
  return { fields: [...fields.values()], conditions: [...conditions.values()] };
}

function needs(mapping: Mapping): (readonly string[])[] {
  switch (mapping.kind) {
    case 'from':
      return [mapping.fields];
    case 'concat':
      return mapping.fields.map((field) => [field]);
    case 'days_after':
      return [[mapping.date], [mapping.days]];
    case 'value':
      return [];
  }
}
