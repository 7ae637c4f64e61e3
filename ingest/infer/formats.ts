import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import type { ColumnType, Format } from '../contract-types.ts';
import { FIELDS } from './profile.ts';

/** How the values of a field are written where that is not the standard way. */
export interface FoundFormat {
  readonly type: ColumnType;
  readonly format: Format;
}

/** The parts of a date in their order, and what stands between them: see includes/formats.js, whose `DATES` these are. */
const DATES: readonly (readonly [format: Format, separator: string, order: string])[] = [
  ['D/M/YYYY', '/', 'DMY'],
  ['M/D/YYYY', '/', 'MDY'],
  ['YYYY/M/D', '/', 'YMD'],
  ['D.M.YYYY', '.', 'DMY'],
  ['YYYY.M.D', '.', 'YMD'],
  ['D-M-YYYY', '-', 'DMY'],
  ['M-D-YYYY', '-', 'MDY'],
];

const NUMBERS: readonly (readonly [format: Format, pattern: string])[] = [
  ['decimal_comma', '^[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$'],
  ['thousands_comma', '^[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?$'],
];

/**
 * The formats in which every value of a text column can be read; more than one where the values do not tell, as 01/02/2026 does not.
 *
 * @param column of the table of fields.
 */
export async function formatsOf(
  column: string,
  connection: Connection,
  { relation }: Statements,
): Promise<readonly FoundFormat[]> {
  const ways = [
    ...DATES.map(([format, separator, order]) => ({
      type: 'date' as const,
      format,
      reads: readsAsDate(column, separator, order),
    })),
    ...NUMBERS.map(([format, pattern]) => ({
      type: 'number' as const,
      format,
      reads: `regexp_matches(${column}, '${pattern}')`,
    })),
  ];
  const counts = ways.map(({ reads }, i) => `count(case when not coalesce(${reads}, false) then 1 end) as w${i}`);
  const [row] = await connection.rows(
    `select ${counts.join(', ')} from ${relation(FIELDS)} where ${column} is not null`,
  );
  return ways.filter((_, i) => Number(row![`w${i}`]) === 0).map(({ type, format }) => ({ type, format }));
}

function readsAsDate(x: string, separator: string, order: string): string {
  const digits = [...order].map((letter) => (letter === 'Y' ? '[0-9]{4}' : '[0-9]{1,2}'));
  const part = (letter: string) => `split_part(${x}, '${separator}', ${order.indexOf(letter) + 1})`;
  const iso = `${part('Y')} || '-' || lpad(${part('M')}, 2, '0') || '-' || lpad(${part('D')}, 2, '0')`;
  return `regexp_matches(${x}, '^${digits.join(`[${separator}]`)}$') and try_cast(${iso} as date) is not null`;
}
