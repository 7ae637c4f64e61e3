import type { Statements } from '../../warehouse/statements.ts';
import type { Connection } from '../../warehouse/warehouse.ts';
import type { Source } from '../contract-types.ts';
import { type Answer, answerOf, type Verdict } from './answers.ts';
import type { Fault } from './faults.ts';
import { type JudgedSource, judgedSource, placeOf } from './judged-rows.ts';
import { type Outcome, outcome, type Sign, signsOf, signsOn } from './outcome.ts';

/** How well a contract answers one kind of fault in one column. */
export interface Score {
  readonly kind: string;
  readonly source: string;
  /** The raw column; empty where the whole record or file is struck. */
  readonly column: string;
  /** What the contract says to it. */
  readonly answer: Verdict;
  /** Lines, or files where the fault is that of a whole file. */
  readonly faults: number;
  /** What became of them. A record that stands in two places is `deduplicated` in the second: it was judged in the first. */
  readonly became: { readonly [verdict in Verdict]?: number };
  /** Share of the faults that the contract dealt with; null where it lets them pass. */
  readonly recall: number | null;
  /** Of the rows that bear the answer, the share that the ledger explains; null where no row bears it. */
  readonly precision: number | null;
}

/** Faults of one kind in one column, with the answer to them. */
interface Group {
  readonly kind: string;
  readonly column: string;
  readonly answer: Answer;
  readonly faults: Fault[];
}

/** Holds what became of the rows of a source against its part of the ledger of faults. */
export async function scoreSource(
  connection: Connection,
  statements: Statements,
  source: Source,
  faults: readonly Fault[],
): Promise<Score[]> {
  const places = faults.flatMap(({ file, line }) => (line === undefined ? [] : [{ file, line }]));
  const judged = await judgedSource(connection, statements, source, places);
  const groups = groupsOf(faults, source);
  const explained = explanations(groups, judged);
  return groups.map(({ kind, column, answer, faults: same }) => {
    const outcomes = same.map((fault) => outcome(fault, answer, judged));
    const caught = outcomes.filter(({ isCaught }) => isCaught).length;
    return {
      kind,
      source: source.name,
      column,
      answer: answer.verdict,
      faults: same.length,
      became: tally(outcomes),
      recall: answer.verdict === 'passes' ? null : caught / same.length,
      precision: precisionOf(kind, answer, same, judged, explained),
    };
  });
}

function groupsOf(faults: readonly Fault[], source: Source): Group[] {
  const groups = new Map<string, Group>();
  for (const fault of faults) {
    const { kind, column } = fault;
    const name = `${kind} ${column}`;
    const group = groups.get(name);
    if (group) group.faults.push(fault);
    else groups.set(name, { kind, column, answer: answerOf(kind, column, source), faults: [fault] });
  }
  return [...groups.values()].sort((a, b) => (`${a.kind} ${a.column}` < `${b.kind} ${b.column}` ? -1 : 1));
}

function tally(outcomes: readonly Outcome[]): Score['became'] {
  const became: { [verdict in Verdict]?: number } = {};
  for (const { verdict } of outcomes) became[verdict] = (became[verdict] ?? 0) + 1;
  return became;
}

/** Where the faults are that lead to a sign. */
interface Explanation {
  readonly places: Set<string>;
  readonly files: Set<string>;
  /** Grains of those rows: a near duplicate has the faults of the row that it copies. */
  readonly keys: Set<string>;
}

function explanations(groups: readonly Group[], { rows }: JudgedSource): Map<Sign, Explanation> {
  const all = new Map<Sign, Explanation>();
  for (const { answer, faults } of groups) {
    for (const sign of signsOf(answer)) {
      const one = all.get(sign) ?? { places: new Set(), files: new Set(), keys: new Set() };
      all.set(sign, one);
      for (const { file, line } of faults) {
        if (line === undefined) one.files.add(file);
        else {
          const place = placeOf(file, line);
          one.places.add(place);
          const row = rows.get(place);
          if (row) one.keys.add(row.key);
        }
      }
    }
  }
  return all;
}

function precisionOf(
  kind: string,
  answer: Answer,
  faults: readonly Fault[],
  { rows, files }: JudgedSource,
  explained: ReadonlyMap<Sign, Explanation>,
): number | null {
  const share = (good: number, all: number) => (all === 0 ? null : good / all);
  if (kind === 'duplicate') {
    const absent = faults.filter(({ file, line }) => line !== undefined && !rows.has(placeOf(file, line)));
    const found = [...files.values()].reduce((sum, { duplicates }) => sum + duplicates, 0);
    return share(Math.min(absent.length, found), found);
  }
  if (answer.verdict === 'warned') {
    const { column } = faults[0]!;
    const drifting = [...files].filter(([, { drift }]) =>
      (kind === 'new_column' ? drift?.added : drift?.missing)?.includes(column),
    );
    const struck = new Set(faults.map(({ file }) => file));
    return share(drifting.filter(([file]) => struck.has(file)).length, drifting.length);
  }
  const wanted = signsOf(answer);
  let found = 0;
  let good = 0;
  for (const [place, row] of rows) {
    const signs = signsOn(row).filter((sign) => wanted.includes(sign));
    if (signs.length === 0) continue;
    found++;
    const file = place.slice(place.indexOf(' ') + 1);
    const isExplained = signs.some((sign) => {
      const one = explained.get(sign);
      return one && (one.places.has(place) || one.files.has(file) || one.keys.has(row.key));
    });
    if (isExplained) good++;
  }
  return share(good, found);
}
