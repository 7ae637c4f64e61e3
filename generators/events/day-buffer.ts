/** Numbers of one event; a record is a run of {@link STRIDE} 32-bit integers, one cache line for two. */
export const STRIDE = 8;
/** Milliseconds of receipt since the start of the day on which it is received. */
export const RECEIVED = 0;
/** Milliseconds of the event since the start of its own day, which the key tells. */
export const HAPPENED = 1;
/** Number of the user; below zero, -1 - the place of a text in `texts`, and nothing else stands in the record. */
export const USER = 2;
/** See `eventKey`; unsigned. */
export const KEY = 3;
/** Four times the number of the session on its day, plus the number of the device. */
export const SESSION = 4;
/** Index of the event type. */
export const TYPE = 5;
/**
 * In the low 16 bits the index of the pair of channel and country; from {@link VARIANT} on, in eight bits, one more than the variant, or 0
 * without one; and {@link LATE} for an event to which nothing but lateness has befallen.
 */
export const PLACE = 6;
export const PLACES = 0xffff;
export const VARIANT = 16;
export const VARIANTS = 0xff;
export const LATE = 1 << 24;
export const DURATION = 7;

/** What is received on one day. */
export interface DayBuffer {
  /** Grows by doubling; read it anew after adding. */
  records: Int32Array;
  length: number;
  /** Lines that a fault has struck, already spelt. */
  readonly texts: string[];
  /** Makes room for one more record and returns where it begins. */
  add(): number;
  addText(receivedMs: number, text: string): void;
  /** Takes over what another one holds, which is empty afterwards; this one must be empty. */
  take(other: DayBuffer): void;
  /** The beginnings of the records by time of receipt, then in the order of adding. Valid until the next call. */
  order(): Uint32Array;
  clear(): void;
}

const FIRST = 1024;
/** A day has 86.4 million milliseconds, 27 bits: two passes of 14. */
const DIGIT = 14;
const BUCKETS = 1 << DIGIT;

export function dayBuffer(): DayBuffer {
  let scratch = new Uint32Array(0);
  let sorted = new Uint32Array(0);
  const counts = new Uint32Array(BUCKETS);

  /** One pass of a stable counting sort by a digit of the time of receipt. */
  const pass = (from: Uint32Array, to: Uint32Array, shift: number) => {
    const { records, length } = buffer;
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

  const buffer: DayBuffer = {
    records: new Int32Array(FIRST * STRIDE),
    length: 0,
    texts: [],
    add() {
      const start = buffer.length++ * STRIDE;
      if (start === buffer.records.length) {
        const larger = new Int32Array(2 * start);
        larger.set(buffer.records);
        buffer.records = larger;
      }
      return start;
    },
    addText(receivedMs, text) {
      const start = buffer.add();
      buffer.records[start + RECEIVED] = receivedMs;
      buffer.records[start + USER] = -1 - (buffer.texts.push(text) - 1);
    },
    take(other) {
      buffer.length = other.length;
      while (buffer.records.length < other.records.length) buffer.records = new Int32Array(2 * buffer.records.length);
      buffer.records.set(other.records.subarray(0, other.length * STRIDE));
      buffer.texts.push(...other.texts);
      other.clear();
    },
    order() {
      const { length } = buffer;
      if (sorted.length < length) {
        sorted = new Uint32Array(buffer.records.length / STRIDE);
        scratch = new Uint32Array(sorted.length);
      }
      for (let i = 0; i < length; i++) sorted[i] = i * STRIDE;
      pass(sorted, scratch, 0);
      pass(scratch, sorted, DIGIT);
      return sorted.subarray(0, length);
    },
    clear() {
      buffer.length = 0;
      buffer.texts.length = 0;
    },
  };
  return buffer;
}
