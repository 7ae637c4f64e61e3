import type { Person } from './people.ts';
import type { BillingRow, User, UserDay } from './world.ts';

/** A value of a raw record. */
export type Cell = string | number | boolean | null | { readonly [key: string]: Cell };

/** One raw record; keys in the order of the file. */
export type Rec = { readonly [column: string]: Cell };

/** What happened in the world on one day, as the sources look at it. */
export interface WorldDay {
  /** Counted from 0, the start date. */
  readonly day: number;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** All users so far, by number. */
  readonly users: readonly User[];
  readonly signups: readonly User[];
  /** Users with a subscription on this day, by number. */
  readonly userDays: readonly UserDay[];
  /** By user number; at most one row a user. */
  readonly billing: readonly BillingRow[];
  /** Profile of a user as of this day. */
  person(user: User): Person;
}

/** A system whose records we get: one file a day, `<name>/<date>.<format>`. */
export interface Source {
  readonly name: string;
  readonly format: 'jsonl' | 'csv';
  /** In the order of the file; the header of a CSV file. */
  readonly columns: readonly string[];
  /** Names a record in the ledger of faults, and keys its luck. */
  id(record: Rec): string;
  /**
   * The clean records that arrive on the next day, in the order of the file. Called once a day from day 0, so a source may remember what
   * is under way; whether a day is written makes no difference to it.
   */
  next(today: WorldDay): readonly Rec[];
  /** What only the truth knows of the records. */
  readonly truth?: SourceTruth;
}

/** A table of the truth about a source: `data/truth/<name>/<file>`, a CSV file that nothing loads. */
export interface SourceTruth {
  readonly file: string;
  readonly columns: readonly string[];
  /** About the records that the last call of `next` gave, in their order. */
  rows(): readonly Rec[];
}
