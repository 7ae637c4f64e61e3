import type { Statements } from '../../warehouse/statements.ts';
import type { Connection, Row } from '../../warehouse/warehouse.ts';
import type { Source } from '../contract-types.ts';
import type { Drift } from '../drift.ts';
import { LOAD_FILES } from '../tables.ts';

/** What became of a raw row: of its records the worst. */
export interface JudgedRow {
  readonly verdict: 'accepted' | 'duplicate' | 'rejected';
  /** Of reasons and flags; `line` for all that say why a line is no record. */
  readonly codes: ReadonlySet<string>;
  readonly isLate: boolean;
  /** The grain of its records as text. */
  readonly key: string;
}

/** What became of the rows of a source of which anything is to be said, and of its files. */
export interface JudgedSource {
  /** By {@link placeOf}. */
  readonly rows: ReadonlyMap<string, JudgedRow>;
  /** Grains of which a row is a duplicate, or rejected. */
  readonly settledKeys: ReadonlySet<string>;
  /** By code: files with a row that has it. */
  readonly filesOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** By path; a file that was refused is not there. */
  readonly files: ReadonlyMap<string, { readonly drift: Drift | null; readonly duplicates: number }>;
}

export const placeOf = (file: string, line: number): string => `${line} ${file}`;

/** Places that one question asks about. */
const CHUNK = 10_000;
const RANK = { accepted: 0, duplicate: 1, rejected: 2 } as const;

/**
 * Reads staging: every row that is not simply accepted, and those at `places` whatever they are. A place without a row there is that of a
 * row that was loaded before.
 */
export async function judgedSource(
  connection: Connection,
  { relation, identifier, literal }: Statements,
  source: Source,
  places: readonly { readonly file: string; readonly line: number }[],
): Promise<JudgedSource> {
  const staging = relation({ schema: 'silver', name: `stg_${source.name}` });
  const columns = ['source_file', 'line_no', 'verdict', 'reasons', 'flags', 'is_late', ...source.grain];
  const select = `select ${columns.map((name) => `s.${identifier(name)}`).join(', ')} from ${staging} as s`;
  const rows = new Map<string, JudgedRow>();
  const filesOf = new Map<string, Set<string>>();
  const take = (found: readonly Row[]) => {
    for (const row of found) {
      const file = String(row.source_file);
      const place = placeOf(file, Number(row.line_no));
      const before = rows.get(place);
      const verdict = row.verdict as JudgedRow['verdict'];
      const codes = [...codesOf(row.reasons), ...codesOf(row.flags)];
      for (const code of codes) {
        const having = filesOf.get(code);
        if (having) having.add(file);
        else filesOf.set(code, new Set([file]));
      }
      rows.set(place, {
        verdict: before && RANK[before.verdict] > RANK[verdict] ? before.verdict : verdict,
        codes: new Set([...(before?.codes ?? []), ...codes]),
        isLate: row.is_late === true || (before?.isLate ?? false),
        key: JSON.stringify(source.grain.map((name) => String(row[name]))),
      });
    }
  };
  take(await connection.rows(`${select} where s.verdict <> 'accepted' or s.flags <> '' or s.is_late`));
  const unseen = places.filter(({ file, line }) => !rows.has(placeOf(file, line)));
  for (let i = 0; i < unseen.length; i += CHUNK) {
    const list = unseen.slice(i, i + CHUNK).map(({ file, line }) => `(${literal(file)}, ${line})`);
    take(
      await connection.rows(
        `${select} inner join (values ${list.join(', ')}) as p (source_file, line_no)
         on p.source_file = s.source_file and p.line_no = s.line_no`,
      ),
    );
  }
  const files = await connection.rows<{ source_file: string; drift: string | null; duplicates: number }>(
    `select source_file, drift, duplicates from ${relation(LOAD_FILES)} where source = $1`,
    [source.name],
  );
  const settled = [...rows.values()].filter(({ verdict }) => verdict !== 'accepted');
  return {
    rows,
    filesOf,
    settledKeys: new Set(settled.map(({ key }) => key)),
    files: new Map(
      files.map(({ source_file: file, drift, duplicates }) => [
        file,
        { drift: drift === null ? null : (JSON.parse(drift) as Drift), duplicates: Number(duplicates) },
      ]),
    ),
  };
}

const codesOf = (text: Row[string] | undefined): string[] =>
  String(text ?? '')
    .split(';')
    .filter(Boolean)
    .map((code) => (code.startsWith('line:') ? 'line' : code));
