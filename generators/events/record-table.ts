/** Numbers of one event; a record is a run of {@link STRIDE} 32-bit integers, one cache line for two. */
export const STRIDE = 8;
/** Milliseconds of receipt since the start of the day on which it is received; of a copy, that of the copy. */
export const RECEIVED = 0;
/** Milliseconds of the event since the start of its own day, which the key tells. */
export const HAPPENED = 1;
/** Number of the user; below zero, -1 - the beginning of an original of which this is a copy, see {@link PART}. */
export const USER = 2;
/** See `eventKey`; unsigned. */
export const KEY = 3;
/** Of a copy, in place of the key: which line of the original it is. Nothing else stands in its record but the receipt. */
export const PART = 3;
/** Four times the number of the session on its day, plus the number of the device. */
export const SESSION = 4;
/** Index of the event type. */
export const TYPE = 5;
/**
 * In the low 16 bits the index of the pair of channel and country; from {@link VARIANT} on, in eight bits, one more than the variant, or 0
 * without one; and {@link STRUCK} for an event that rules of dirt strike, which they tell again when they are asked.
 */
export const PLACE = 6;
export const PLACES = 0xffff;
export const VARIANT = 16;
export const VARIANTS = 0xff;
export const STRUCK = 1 << 24;
export const DURATION = 7;

/** Records one after the other, in memory that is kept. */
export interface RecordTable {
  /** Grows by doubling; read it anew after adding. */
  records: Int32Array;
  length: number;
  /** Makes room for one more record and returns where it begins. */
  add(): number;
  /** Takes over what another one holds, which is empty afterwards; this one must be empty. */
  take(other: RecordTable): void;
  clear(): void;
}

const FIRST = 256;

export function recordTable(): RecordTable {
  const table: RecordTable = {
    records: new Int32Array(FIRST * STRIDE),
    length: 0,
    add() {
      const start = table.length++ * STRIDE;
      if (start === table.records.length) {
        const larger = new Int32Array(2 * start);
        larger.set(table.records);
        table.records = larger;
      }
      return start;
    },
    take(other) {
      table.length = other.length;
      while (table.records.length < other.records.length) table.records = new Int32Array(2 * table.records.length);
      table.records.set(other.records.subarray(0, other.length * STRIDE));
      other.clear();
    },
    clear() {
      table.length = 0;
    },
  };
  return table;
}

/** A day has 86.4 million milliseconds, 27 bits: two passes of 14. */
const DIGIT = 14;
const BUCKETS = 1 << DIGIT;

/** Gives the beginnings of the records of a table by time of receipt, then in the order of adding; valid until the next call. */
export function receiptOrder(): (table: RecordTable) => Uint32Array {
  let scratch = new Uint32Array(0);
  let sorted = new Uint32Array(0);
  const counts = new Uint32Array(BUCKETS);

  /** One pass of a stable counting sort by a digit of the time of receipt. */
  const pass = ({ records, length }: RecordTable, from: Uint32Array, to: Uint32Array, shift: number) => {
    counts.fill(0);
    for (let i = 0; i < length; i++) counts[(records[i * STRIDE]! >>> shift) & (BUCKETS - 1)]!++;
    let sum = 0;
    for (let digit = 0; digit < BUCKETS; digit++) {
      const count = counts[digit]!;
      counts[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < length; i++) {
      const start = from[i]!;
      const digit = (records[start]! >>> shift) & (BUCKETS - 1);
      to[counts[digit]!++] = start;
    }
  };

  return (table) => {
    const { records, length } = table;
    if (sorted.length < length) {
      sorted = new Uint32Array(records.length / STRIDE);
      scratch = new Uint32Array(sorted.length);
    }
    for (let i = 0; i < length; i++) sorted[i] = i * STRIDE;
    pass(table, sorted, scratch, 0);
    pass(table, scratch, sorted, DIGIT);
    return sorted.subarray(0, length);
  };
}
