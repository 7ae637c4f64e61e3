import type { Answer, Verdict } from './answers.ts';
import type { Fault } from './faults.ts';
import { type JudgedRow, type JudgedSource, placeOf } from './judged-rows.ts';

/** What became of a fault. */
export interface Outcome {
  readonly verdict: Verdict;
  /** True when the contract dealt with it: as it says, or because the row was rejected for another reason, or refused with its file. */
  readonly isCaught: boolean;
}

/** How a fault shows in a row, as one text: a code of its reasons and flags, or one of the two other ways. */
export type Sign = string;
const LATE: Sign = 'late';
const TWICE: Sign = 'twice';

/** The signs of a fault with this answer. */
export const signsOf = ({ codes, verdict }: Answer): readonly Sign[] =>
  verdict === 'late' ? [LATE] : verdict === 'deduplicated' ? [TWICE] : codes;

/** The signs that a row has. */
export const signsOn = ({ codes, isLate, verdict }: JudgedRow): readonly Sign[] => [
  ...codes,
  ...(isLate ? [LATE] : []),
  ...(verdict === 'duplicate' ? [TWICE] : []),
];

export function outcome({ kind, file, line, column }: Fault, answer: Answer, judged: JudgedSource): Outcome {
  const known = judged.files.get(file);
  if (!known) {
    // Or a copy of another file, as one header is that of another day: only lines and refusals can tell.
    const isRefused = line !== undefined || answer.verdict === 'refused';
    return { verdict: isRefused ? 'refused' : 'passes', isCaught: isRefused };
  }
  if (line === undefined) {
    if (answer.codes.length > 0) {
      const isCaught = answer.codes.some((code) => judged.filesOf.get(code)?.has(file));
      return { verdict: isCaught ? answer.verdict : 'passes', isCaught };
    }
    const { added = [], missing = [] } = known.drift ?? {};
    const isSeen = (kind === 'new_column' ? added : missing).includes(column);
    return { verdict: isSeen ? 'warned' : 'passes', isCaught: isSeen && answer.verdict === 'warned' };
  }
  const row = judged.rows.get(placeOf(file, line));
  // The same record was loaded before, from another place, and judged there.
  if (!row) return { verdict: 'deduplicated', isCaught: true };
  if (row.verdict === 'rejected') return { verdict: 'rejected', isCaught: true };
  const signs = signsOn(row);
  if (signsOf(answer).some((sign) => signs.includes(sign))) return { verdict: answer.verdict, isCaught: true };
  // Of near duplicates one row stays, and it need not be the first.
  if (kind === 'near_duplicate' && judged.settledKeys.has(row.key)) return { verdict: 'deduplicated', isCaught: true };
  return { verdict: row.verdict === 'duplicate' ? 'deduplicated' : 'passes', isCaught: false };
}
