// biome-ignore lint/suspicious/noExplicitAny: macros take what their cases give them.
export type Macros = Record<string, any>;

export interface Case {
  /** What the macro gives, as one SQL expression with a text, a number, true, false or null. */
  readonly sql: (macros: Macros) => string;
  /** The value, worked out by hand. */
  readonly is: string | number | boolean | null;
}

/** An engine's text of what a macro gives: numbers and dates as people write them. */
export const shown = ({ types }: Macros, x: string) => `cast(${x} as ${types.string})`;
export const utc = (m: Macros, ts: string) =>
  m.by({
    duckdb: `strftime(timezone('UTC', ${ts}), '%Y-%m-%d %H:%M:%S.%f')`,
    postgres: `to_char(timezone('UTC', ${ts}), 'YYYY-MM-DD HH24:MI:SS.US')`,
  });
export const text = (value: string | null) =>
  value === null ? 'cast(null as varchar)' : `'${value.replaceAll("'", "''")}'`;
export const ts = (value: string | null) =>
  value === null ? 'cast(null as timestamptz)' : `cast('${value}' as timestamptz)`;
export const date = (value: string | null) => (value === null ? 'cast(null as date)' : `date '${value}'`);
export const int = (value: number | null) => `cast(${value} as bigint)`;
export const double = (value: string | number | null) =>
  `cast(${typeof value === 'string' ? `'${value}'` : value} as double precision)`;
/** Rows of one column `x`, and of a second one `y`. */
export const rows = (values: readonly (string | readonly [string, string])[]) =>
  `(${values.map((value) => (typeof value === 'string' ? `select ${value} as x` : `select ${value[0]} as x, ${value[1]} as y`)).join(' union all ')}) as rows_of_the_case`;
export const json = (value: string) => `cast(${text(value)} as json)`;

/** One macro over values: what it is given, and at the end of each row what it must give. */
export const over = (
  // biome-ignore lint/suspicious/noExplicitAny: macros take what their cases give them.
  sql: (macros: Macros, ...given: any[]) => string,
  values: readonly (readonly unknown[])[],
): Case[] => values.map((row) => ({ sql: (m) => sql(m, ...row.slice(0, -1)), is: row.at(-1) as Case['is'] }));

export const parsed = (type: string, show: (m: Macros, x: string) => string, values: readonly (readonly unknown[])[]) =>
  // Of a constant Postgres works out both sides of a case.
  over(
    (m, value) =>
      `(with given as materialized (select ${text(value)} as x) select ${show(m, m.parse[type]('x'))} from given)`,
    values,
  );
export const plain = (_: Macros, x: string) => x;

export const LONG_NUMBER = '9'.repeat(400);
