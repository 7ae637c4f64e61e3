import type { Dataset, Mapping, Source } from '../ingest/contract-types.ts';
import type { JudgedSource } from '../monitor/quality/report.ts';

/** What reports and the list of rejects have to know of the contracts of a data set. */
export const judgedSources = ({ sources }: Dataset): JudgedSource[] =>
  sources.map((source) => ({
    name: source.name,
    owner: source.owner,
    criticality: source.criticality,
    personalFields: personalFields(source),
  }));

/** The raw fields from which personal columns come. */
export function personalFields({ columns, records }: Source): string[] {
  const personal = columns.filter((column) => column.personal !== 'keep');
  const mappings = personal.flatMap(({ name, mapping }) => [
    mapping,
    ...records.flatMap((record) => record.mappings[name] ?? []),
  ]);
  return [...new Set(mappings.flatMap(fieldsOf))];
}

function fieldsOf(mapping: Mapping): readonly string[] {
  switch (mapping.kind) {
    case 'from':
    case 'concat':
      return mapping.fields;
    case 'days_after':
      return [mapping.date];
    case 'value':
      return [];
  }
}
