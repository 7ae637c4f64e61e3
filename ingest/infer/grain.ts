import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import { FIELDS } from './profile.ts';

/** A column that may tell rows from each other. */
export interface Candidate {
  readonly name: string;
  /** Its column in the table of fields. */
  readonly column: string;
  readonly distinct: number;
  /** The lower, the sooner it is tried. */
  readonly rank: number;
}

/** Columns of which sets are tried; a set has at most so many of them. */
const CANDIDATES = 12;
const LONGEST = 3;

/**
 * The shortest set of columns whose values no two records share, of equally short ones that of the lowest ranks; undefined when there is
 * none of up to three columns.
 */
export async function shortestGrain(
  candidates: readonly Candidate[],
  records: number,
  connection: Connection,
  { relation }: Statements,
): Promise<readonly string[] | undefined> {
  const tried = candidates
    .filter(({ distinct }) => distinct > 1 || records <= 1)
    .toSorted((a, b) => a.rank - b.rank || b.distinct - a.distinct)
    .slice(0, CANDIDATES);
  for (let length = 1; length <= LONGEST; length++) {
    for (const set of combinations(tried, length)) {
      // Fewer pairs of values than records cannot tell them apart.
      if (set.reduce((product, { distinct }) => product * distinct, 1) < records) continue;
      if (length === 1) return [set[0]!.name];
      const [found] = await connection.rows<{ n: number }>(
        `select count(*) as n from (select distinct ${set.map(({ column }) => column).join(', ')} from ${relation(FIELDS)}) as d`,
      );
      if (Number(found!.n) === records) return set.map(({ name }) => name);
    }
  }
  return undefined;
}

function* combinations<T>(items: readonly T[], length: number, from = 0): Generator<T[]> {
  if (length === 0) yield [];
  else
    for (let i = from; i <= items.length - length; i++)
      for (const rest of combinations(items, length - 1, i + 1)) yield [items[i]!, ...rest];
}
