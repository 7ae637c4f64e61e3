/** Words that cannot be a name without backquotes. Source: "Lexical structure and syntax", reserved keywords, of BigQuery's reference. */
export const RESERVED: ReadonlySet<string> = new Set(
  `all and any array as asc assert_rows_modified at between by case cast collate contains create cross cube current default define desc
  distinct else end enum escape except exclude exists extract false fetch following for from full group grouping groups hash having if
  ignore in inner intersect interval into is join lateral left like limit lookup merge natural new no not null nulls of on or order outer
  over partition preceding proto qualify range recursive respect right rollup rows select set some struct tablesample then to treat true
  unbounded union unnest using when where window with within`.split(/\s+/),
);

/** Types of other engines, and what BigQuery calls them. */
export const FOREIGN_TYPES: Readonly<Record<string, string>> = {
  varchar: 'string',
  char: 'string',
  text: 'string',
  citext: 'string',
  uuid: 'string',
  double: 'float64',
  real: 'float64',
  float: 'float64',
  float4: 'float64',
  float8: 'float64',
  int2: 'int64',
  int4: 'int64',
  int8: 'int64',
  hugeint: 'bignumeric',
  ubigint: 'numeric',
  uinteger: 'int64',
  timestamptz: 'timestamp',
  blob: 'bytes',
  bytea: 'bytes',
  jsonb: 'json',
};

/** Functions of other engines, and what to write on BigQuery. */
export const FOREIGN_FUNCTIONS: Readonly<Record<string, string>> = {
  age: 'timestamp_diff()',
  arg_max: 'max_by()',
  arg_min: 'min_by()',
  bool_and: 'logical_and()',
  bool_or: 'logical_or()',
  btrim: 'trim()',
  concat_ws: 'array_to_string()',
  date_part: 'extract()',
  dateadd: 'date_add()',
  datediff: 'date_diff()',
  dayofweek: 'extract(dayofweek from ...)',
  dayofyear: 'extract(dayofyear from ...)',
  epoch: 'unix_seconds()',
  epoch_ms: 'unix_millis()',
  epoch_us: 'unix_micros()',
  every: 'logical_and()',
  generate_series: 'generate_array() or generate_date_array() in unnest()',
  group_concat: 'string_agg()',
  hash_record_extended: 'farm_fingerprint()',
  isodow: 'extract(dayofweek from ...)',
  json_extract_path_text: 'json_value()',
  json_extract_string: 'json_value()',
  json_to_record: 'json_value()',
  json_typeof: 'json_type()',
  jsonb_typeof: 'json_type()',
  len: 'length()',
  list_aggregate: 'array_agg()',
  list_value: 'array literals',
  listagg: 'string_agg()',
  make_date: 'date()',
  make_timestamp: 'timestamp_micros()',
  make_timestamptz: 'timestamp_micros()',
  median: 'percentile_cont() over ()',
  monthname: "format_date('%B', ...)",
  now: 'current_timestamp()',
  pg_input_is_valid: 'safe_cast()',
  position: 'strpos()',
  quantile_cont: 'percentile_cont() over () or approx_quantiles()',
  quantile_disc: 'percentile_disc() over () or approx_quantiles()',
  random: 'rand()',
  regexp_full_match: 'regexp_contains()',
  regexp_matches: 'regexp_contains()',
  regexp_split_to_array: 'split()',
  row_to_json: 'to_json_string()',
  split_part: 'split()[safe_offset()]',
  strftime: 'format_date() or format_timestamp()',
  string_split: 'split()',
  string_to_array: 'split()',
  strptime: 'parse_date() or parse_timestamp()',
  timezone: 'datetime(ts, zone)',
  to_char: 'format_date() or format_timestamp()',
  to_date: 'parse_date()',
  to_timestamp: 'timestamp_seconds()',
  today: 'current_date()',
  try_cast: 'safe_cast()',
  weekofyear: 'extract(isoweek from ...)',
};

/** What `extract()` knows elsewhere, and what to write on BigQuery. */
export const FOREIGN_PARTS: Readonly<Record<string, string>> = {
  epoch: 'unix_seconds()',
  dow: 'extract(dayofweek from ...)',
  isodow: 'extract(dayofweek from ...)',
  doy: 'extract(dayofyear from ...)',
};

/** Date functions whose part stands last on BigQuery, and first, as a text, elsewhere. */
export const PART_LAST: ReadonlySet<string> = new Set(['date_trunc', 'date_diff', 'timestamp_trunc', 'timestamp_diff']);

/** Letters that may follow a backslash in a literal. */
export const ESCAPES = /^[abfnrtv\\?"'`0-7xXuU]/;
