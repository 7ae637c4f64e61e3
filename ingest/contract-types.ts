/** The type of a canonical column after parsing. */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'timestamp';

export type Constant = string | number | boolean;

/** How a value comes out of a raw row, as the YAML says it: at most one of the four ways. */
export interface MappingSpec {
  readonly from?: string | readonly string[];
  readonly concat?: { readonly fields: readonly string[]; readonly separator: string };
  readonly days_after?: { readonly date: string; readonly days: string; readonly at_least?: number };
  readonly value?: Constant;
  /** Canonical values by raw value; others pass. Goes with `from`. */
  readonly map?: { readonly [raw: string]: Constant };
}

/** `error` rejects the row, `warn` flags it and keeps it. */
export type Severity = 'error' | 'warn';

/** The checks of a column whose severity can be chosen, by the key that asks for them. */
export type ColumnCheck = 'required' | 'type' | 'allowed' | 'min' | 'max' | 'pattern';

/** How numbers and times are written; see the schema. */
export type Format =
  | 'standard'
  | 'D/M/YYYY'
  | 'M/D/YYYY'
  | 'YYYY/M/D'
  | 'D.M.YYYY'
  | 'YYYY.M.D'
  | 'D-M-YYYY'
  | 'M-D-YYYY'
  | 'epoch_seconds'
  | 'epoch_milliseconds'
  | 'decimal_comma'
  | 'thousands_comma';

/** A column compared with another one, with a constant, with several, or with nothing. */
export interface Comparison {
  readonly left: string;
  readonly op: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is present' | 'is missing';
  readonly right?: string;
  readonly value?: Constant;
  readonly values?: readonly (string | number)[];
  /** Added to `right`: seconds for times, days for dates. */
  readonly plus?: number;
}

/** What must hold between the columns of a row. */
export interface RuleSpec {
  readonly name: string;
  readonly when?: readonly Comparison[];
  readonly check: readonly Comparison[];
  readonly severity?: Severity;
  readonly message: string;
}

/** What happens when the fields of a file are not those of the contract. */
export type DriftPolicy = 'keep' | 'warn' | 'refuse';

export interface ColumnSpec extends MappingSpec {
  readonly type: ColumnType;
  readonly required?: boolean;
  readonly description: string;
  readonly allowed?: readonly (string | number)[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly plausible?: readonly [number, number];
  readonly format?: Format;
  readonly accept_formats?: readonly Format[];
  readonly severity?: { readonly [check in ColumnCheck]?: Severity };
  readonly personal?: 'drop' | 'hash' | 'mask' | 'keep';
  readonly feature?: 'count' | 'numeric' | 'rate' | 'flag' | 'categorical';
}

/** How text in files is written. */
export type Encoding = 'utf-8' | 'utf-16' | 'latin1' | 'windows-1252';

/** Where the raw files of a source lie and how they are written. All but pattern and format goes with text. */
export interface FilesSpec {
  readonly folder?: string;
  readonly pattern: string;
  readonly format: 'jsonl' | 'csv' | 'parquet';
  readonly encoding?: Encoding;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  readonly comment?: string;
  readonly skip_lines?: number;
}

/** The same with its defaults. */
export interface Files {
  /** Relative to the project; undefined: the raw folder of the data set. */
  readonly folder: string | undefined;
  readonly pattern: string;
  readonly format: FilesSpec['format'];
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** Empty: no field is quoted. */
  readonly quote: string;
  /** What stands before a quote inside of a quoted field. */
  readonly escape: string;
  /** Lines of CSV that begin with it are none; undefined: all are. */
  readonly comment: string | undefined;
  /** Lines before the header. */
  readonly skipLines: number;
}

export interface WhenSpec {
  readonly field: string;
  readonly is?: 'present' | 'missing';
  readonly equals?: string;
  readonly not_equals?: string;
}

/** One `<source>.yaml` as it stands on disk after its schema has accepted it. */
export interface SourceSpec {
  readonly version: 1;
  readonly source: string;
  readonly role?: 'source' | 'reference';
  readonly description: string;
  readonly owner: string;
  readonly files: FilesSpec;
  readonly columns: { readonly [name: string]: ColumnSpec };
  readonly grain: readonly string[];
  readonly event_time?: string;
  readonly received_time?: string;
  readonly lateness?: { readonly late_after_seconds: number };
  readonly freshness?: {
    readonly warn_after_hours?: number;
    readonly error_after_hours?: number;
    readonly measured_from?: 'newest' | 'now';
  };
  readonly criticality?: { readonly [level in 'low' | 'medium' | 'high']?: number };
  readonly drift?: {
    readonly new_columns?: DriftPolicy;
    readonly missing_columns?: DriftPolicy;
    readonly ignored?: readonly string[];
  };
  readonly personal_data?: { readonly search: readonly string[]; readonly severity?: Severity };
  readonly rules?: readonly RuleSpec[];
  readonly lookups?: readonly {
    readonly reference: string;
    readonly on: readonly string[];
    readonly fields: readonly string[];
  }[];
  readonly records?: readonly {
    readonly when?: WhenSpec;
    readonly columns?: { readonly [name: string]: MappingSpec };
  }[];
}

export interface Plan {
  readonly plan_id: string;
  readonly plan_name: string;
  /** US dollars a month; null when the data set knows no price. */
  readonly monthly_price_usd: number | null;
}

/** `dataset.yaml` as it stands on disk after its schema has accepted it. */
export interface DatasetSpec {
  readonly version: 1;
  readonly title: string;
  readonly description: string;
  readonly raw?: string;
  readonly sources: readonly string[];
  readonly optional_sources?: readonly string[];
  readonly references?: readonly string[];
  readonly model: string;
  readonly snapshot_every_days?: number;
  readonly event_groups?: { readonly [group: string]: readonly string[] };
  readonly late_rate_threshold?: number;
  readonly order_tolerance_usd?: number;
  readonly unreconciled_rate_threshold?: number;
  readonly severities?: { readonly [assertion: string]: 'error' | 'warn' };
  readonly plans?: readonly Plan[];
  readonly attribution?: string;
}

/** One way to a value; `from` names fields of which the first that is present counts. */
export type Mapping =
  | { readonly kind: 'from'; readonly fields: readonly string[]; readonly map: { readonly [raw: string]: Constant } }
  | { readonly kind: 'concat'; readonly fields: readonly string[]; readonly separator: string }
  | { readonly kind: 'days_after'; readonly date: string; readonly days: string; readonly at_least?: number }
  | { readonly kind: 'value'; readonly value: Constant };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  readonly description: string;
  readonly mapping: Mapping;
  readonly allowed: readonly (string | number)[] | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly pattern: string | undefined;
  readonly plausible: readonly [number, number] | undefined;
  readonly format: Format;
  /** Empty: no other format is read. */
  readonly acceptFormats: readonly Format[];
  readonly severity: { readonly [check in ColumnCheck]?: Severity };
  /** `keep` also for a column that is not personal. */
  readonly personal: 'drop' | 'hash' | 'mask' | 'keep';
  readonly feature: ColumnSpec['feature'];
}

export interface RecordKind {
  /** Undefined: every raw row makes this record. */
  readonly when: WhenSpec | undefined;
  /** By column: the mapping that replaces the column's own. */
  readonly mappings: { readonly [column: string]: Mapping };
}

/** The contract of one source with every default filled in. */
export interface Source {
  readonly name: string;
  readonly role: 'source' | 'reference';
  readonly description: string;
  readonly owner: string;
  readonly files: Files;
  readonly columns: readonly Column[];
  readonly grain: readonly string[];
  readonly eventTime: string | undefined;
  readonly receivedTime: string | undefined;
  readonly lateAfterSeconds: number | undefined;
  readonly warnAfterHours: number | undefined;
  readonly errorAfterHours: number | undefined;
  /** Shares of rejected rows from which a file counts as of that criticality. */
  readonly criticality: { readonly low: number; readonly medium: number; readonly high: number };
  readonly drift: {
    readonly newColumns: DriftPolicy;
    readonly missingColumns: DriftPolicy;
    readonly ignored: readonly string[];
  };
  /** Raw fields in which personal data are searched, and what that does to the row. */
  readonly personalData: { readonly search: readonly string[]; readonly severity: Severity };
  readonly rules: readonly (RuleSpec & { readonly severity: Severity })[];
  readonly lookups: NonNullable<SourceSpec['lookups']>;
  /** At least one: without `records` in the YAML a raw row makes one record by the columns' own mappings. */
  readonly records: readonly RecordKind[];
  /** The YAML file, relative to the project folder. */
  readonly file: string;
}

/** A data set: what its folder in `configs/datasets/` says. */
export interface Dataset {
  /** The name of its folder. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Folder of the raw files relative to the project; undefined: the folder of the workspace. */
  readonly raw: string | undefined;
  /** Those that it has. */
  readonly sources: readonly Source[];
  /** Names of the optional sources that it lacks. */
  readonly absent: readonly string[];
  readonly references: readonly Source[];
  readonly model: string;
  /** Days from one snapshot of the users in gold to the next. */
  readonly snapshotEveryDays: number;
  readonly eventGroups: { readonly [group: string]: readonly string[] };
  readonly lateRateThreshold: number | undefined;
  readonly plans: readonly Plan[];
  readonly attribution: string | undefined;
}
