import type { ColumnSpec, Files, FilesSpec, Mapping, MappingSpec, Source, SourceSpec } from './contract-types.ts';

/** Fills in the defaults of a source. Each choice that the YAML leaves open is made here and nowhere else. */
export function normalizeSource(spec: SourceSpec, file: string): Source {
  return {
    name: spec.source,
    role: spec.role ?? 'source',
    description: spec.description,
    owner: spec.owner,
    files: normalizeFiles(spec.files),
    columns: Object.entries(spec.columns).map(([name, column]) => normalizeColumn(name, column)),
    grain: spec.grain,
    eventTime: spec.event_time,
    receivedTime: spec.received_time,
    lateAfterSeconds: spec.lateness?.late_after_seconds,
    warnAfterHours: spec.freshness?.warn_after_hours,
    errorAfterHours: spec.freshness?.error_after_hours,
    criticality: normalizeCriticality(spec.criticality),
    drift: {
      newColumns: spec.drift?.new_columns ?? 'keep',
      missingColumns: spec.drift?.missing_columns ?? 'keep',
      ignored: spec.drift?.ignored ?? [],
    },
    personalData: { search: spec.personal_data?.search ?? [], severity: spec.personal_data?.severity ?? 'warn' },
    rules: (spec.rules ?? []).map((rule) => ({ ...rule, severity: rule.severity ?? 'error' })),
    lookups: spec.lookups ?? [],
    records: (spec.records ?? [{}]).map(({ when, columns = {} }) => ({
      when,
      mappings: Object.fromEntries(Object.entries(columns).map(([name, by]) => [name, normalizeMapping(name, by)])),
    })),
    file,
  };
}

export const normalizeCriticality = ({ low = 0, medium = 0.01, high = 0.05 }: SourceSpec['criticality'] = {}) => ({
  low,
  medium,
  high,
});

export function normalizeFiles(spec: FilesSpec): Files {
  const quote = spec.quote ?? '"';
  return {
    folder: spec.folder,
    pattern: spec.pattern,
    format: spec.format,
    encoding: spec.encoding ?? 'utf-8',
    delimiter: spec.delimiter ?? ',',
    quote,
    escape: spec.escape ?? quote,
    comment: spec.comment,
    skipLines: spec.skip_lines ?? 0,
  };
}

function normalizeColumn(name: string, spec: ColumnSpec) {
  return {
    name,
    type: spec.type,
    required: spec.required ?? false,
    description: spec.description,
    mapping: normalizeMapping(name, spec),
    allowed: spec.allowed,
    min: spec.min,
    max: spec.max,
    pattern: spec.pattern,
    plausible: spec.plausible,
    format: spec.format ?? 'standard',
    acceptFormats: spec.accept_formats ?? [],
    severity: spec.severity ?? {},
    personal: spec.personal ?? 'keep',
    feature: spec.feature,
  };
}

function normalizeMapping(name: string, spec: MappingSpec): Mapping {
  if (spec.value !== undefined) return { kind: 'value', value: spec.value };
  if (spec.concat) return { kind: 'concat', ...spec.concat };
  if (spec.days_after) return { kind: 'days_after', ...spec.days_after };
  return { kind: 'from', fields: [spec.from ?? name].flat(), map: spec.map ?? {} };
}
