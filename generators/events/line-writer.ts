import type { Calendar } from '../calendar.ts';
import type { Scenario } from '../scenario.ts';
import { eventTypes } from './details.ts';
import { dayOfKey, eventIds } from './ids.ts';
import {
  DURATION,
  HAPPENED,
  KEY,
  PLACE,
  PLACES,
  RECEIVED,
  SESSION,
  TYPE,
  USER,
  VARIANT,
  VARIANTS,
} from './record-table.ts';

/** Spells events as lines of JSON, byte for byte what `JSON.stringify` of their record gives. */
export interface LineWriter {
  /** Bytes that a line can take at most. */
  readonly longest: number;
  /**
   * Writes the record that begins at `start`, received on `day`, from `offset` on, and returns where it ends. Up to seven bytes behind
   * the end are overwritten.
   */
  write(view: DataView, offset: number, records: Int32Array, start: number, day: number): number;
}

/**
 * Text as 64-bit floats, because a store of one is the fastest way to write eight bytes. No UTF-8 text has the bits of a NaN, which
 * could change on the way: its highest byte would be 0x7f or 0xff and be followed by one of 0xf0 or more.
 */
interface Piece {
  readonly words: Float64Array;
  readonly bytes: number;
}

const MINUTE_MS = 60_000;

export function lineWriter(scenario: Scenario, calendar: Calendar): LineWriter {
  const ids = eventIds(scenario.seed);
  const types = eventTypes(scenario).map((type) => piece(`${json(type)},"props":{"channel":`));
  const places = scenario.appChannels.values.flatMap((channel) =>
    scenario.countries.values.map((country) => piece(`${json(channel)},"country":${json(country)},"duration_ms":`)),
  );
  const variants = scenario.drift?.uiVariant?.values ?? [];
  const ends = [piece('}}\n'), ...variants.map((variant) => piece(`,"ui_variant":${json(variant)}}}\n`))];
  const head = piece('{"event_id":"');
  const user = piece('Z","user_id":"u');
  const device = piece('","device_id":"d');
  const sessions = [0, 1, 2].map((number) => piece(`-${number}","session_id":"s`));
  const type = piece('","event_type":');
  // Filled once and for all: an array that grows on the way has the code that reads it compiled again and again.
  const days = Array.from({ length: scenario.days }, (_, day) => day);
  const happened = days.map((day) => piece(`","event_ts":"${calendar.date(day)}T`));
  const received = days.map((day) => piece(`Z","received_ts":"${calendar.date(day)}T`));
  const sessionDays = days.map((day) => piece(`-${String(day).padStart(3, '0')}-`));

  const widest = (pieces: readonly Piece[]) => Math.max(...pieces.map(({ bytes }) => bytes));
  const longest = 300 + widest(types) + widest(places) + widest(ends);

  return {
    longest,
    write(view, offset, records, start, day) {
      const key = records[start + KEY]!;
      const number = records[start + USER]!;
      const session = records[start + SESSION]!;
      const place = records[start + PLACE]!;
      ids.of(number, key);
      let p = put(view, offset, head);
      p = putHex(view, putHex(view, p, ids.high), ids.low);
      const happenedDay = dayOfKey(key);
      p = putTime(view, p, happened[happenedDay]!, records[start + HAPPENED]!);
      p = putTime(view, p, received[day]!, records[start + RECEIVED]!);
      p = put(view, p, user);
      const digits = number + 1;
      const high = Math.floor(digits / 10_000);
      const low = FOUR[digits - high * 10_000]!;
      p = putUser(view, p, high, low);
      p = putUser(view, put(view, p, device), high, low);
      p = putUser(view, put(view, p, sessions[session & 3]!), high, low);
      p = put(view, p, sessionDays[happenedDay]!);
      p = putNumber(view, p, session >>> 2);
      p = put(view, p, type);
      p = put(view, p, types[records[start + TYPE]!]!);
      p = put(view, p, places[place & PLACES]!);
      p = putNumber(view, p, records[start + DURATION]!);
      return put(view, p, ends[(place >>> VARIANT) & VARIANTS]!);
    },
  };
}

const json = (text: string): string => JSON.stringify(text);

function piece(text: string): Piece {
  const bytes = Buffer.from(text, 'utf8');
  const padded = new DataView(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8));
  for (const [index, byte] of bytes.entries()) padded.setUint8(index, byte);
  const words = Float64Array.from({ length: padded.byteLength / 8 }, (_, word) => padded.getFloat64(8 * word, true));
  return { words, bytes: bytes.length };
}

function put(view: DataView, offset: number, { words, bytes }: Piece): number {
  for (let word = 0; word < words.length; word++) view.setFloat64(offset + 8 * word, words[word]!, true);
  return offset + bytes;
}

const asWord = (text: string): number => Buffer.from(text.padEnd(4, ' '), 'latin1').readUInt32LE(0);
/** Numbers below 10,000 with leading zeros, and without. */
const FOUR = Uint32Array.from({ length: 10_000 }, (_, n) => asWord(String(n).padStart(4, '0')));
const PLAIN = Uint32Array.from({ length: 10_000 }, (_, n) => asWord(String(n)));
/** By bytes: a table of larger words would be looked for outside of the nearest cache. */
const HEX = Uint16Array.from({ length: 256 }, (_, n) => asWord(n.toString(16).padStart(2, '0')) & 0xffff);
const TWO = Uint16Array.from({ length: 100 }, (_, n) => asWord(String(n).padStart(2, '0')) & 0xffff);
/** `.123` by milliseconds of a second. */
const FRACTION = Uint32Array.from({ length: 1000 }, (_, n) => asWord(`.${String(n).padStart(3, '0')}`));
/** `HH:MM:` and two blanks by minutes of a day. */
const MINUTES = Float64Array.from(
  { length: 1440 },
  (_, n) => piece(`${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:  `).words[0]!,
);

function putHex(view: DataView, offset: number, value: number): number {
  view.setUint16(offset, HEX[value >>> 24]!, true);
  view.setUint16(offset + 2, HEX[(value >>> 16) & 0xff]!, true);
  view.setUint16(offset + 4, HEX[(value >>> 8) & 0xff]!, true);
  view.setUint16(offset + 6, HEX[value & 0xff]!, true);
  return offset + 8;
}

/** `09:30:00.123` behind the piece that ends in the date; the Z that follows belongs to the next one. */
function putTime(view: DataView, offset: number, date: Piece, ms: number): number {
  const at = put(view, offset, date);
  const minute = Math.floor(ms / MINUTE_MS);
  const rest = ms - minute * MINUTE_MS;
  const second = Math.floor(rest / 1000);
  view.setFloat64(at, MINUTES[minute]!, true);
  view.setUint16(at + 6, TWO[second]!, true);
  view.setUint32(at + 8, FRACTION[rest - second * 1000]!, true);
  return at + 12;
}

/** At least six digits; `low` is the spelling of the last four. */
function putUser(view: DataView, offset: number, high: number, low: number): number {
  let at = offset + 2;
  if (high < 100) view.setUint16(offset, TWO[high]!, true);
  else at = putNumber(view, offset, high);
  view.setUint32(at, low, true);
  return at + 4;
}

/** A whole number below 100 million. */
function putNumber(view: DataView, offset: number, value: number): number {
  if (value >= 10_000) {
    const high = Math.floor(value / 10_000);
    const at = putNumber(view, offset, high);
    view.setUint32(at, FOUR[value - high * 10_000]!, true);
    return at + 4;
  }
  view.setUint32(offset, PLAIN[value]!, true);
  return offset + (value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4);
}
