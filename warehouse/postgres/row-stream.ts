import type { Client } from 'pg';
import type { Statements } from '../statements.ts';
import type { Target } from '../target.ts';
import type { RowSink } from '../warehouse.ts';
import { copyInto } from './copy.ts';

/** Sent at once. */
const BLOCK_BYTES = 1 << 20;
/** Of a row but for its texts: its header, and the length and the number of a field. */
const FIELD_BYTES = 16;
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const TWO_32 = 2 ** 32;
/** 2000-01-01, from which Postgres counts microseconds. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
/** Two hexadecimal digits a byte, as the two bytes of a number. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, i) => Buffer.from(i.toString(16).padStart(2, '0')).readUInt16BE());

const viewOf = (block: Buffer) => new DataView(block.buffer, block.byteOffset, block.length);

/**
 * Copies rows in the server's binary format: texts are neither escaped nor searched, and what is not text is not written as such. All rows
 * arrive or none does.
 */
export async function streamRows(
  client: Client,
  { relation, identifier }: Statements,
  target: Target,
  columns: readonly string[],
  work: (rows: RowSink) => Promise<void>,
): Promise<void> {
  const list = columns.map(identifier).join(', ');
  const copy = copyInto(client, `copy ${relation(target)} (${list}) from stdin (format binary)`);
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let numbers = viewOf(block);
  let used = SIGNATURE.copy(block);
  const room = (bytes: number) => {
    if (used + bytes <= block.length) return;
    const larger = Buffer.allocUnsafe(2 * block.length + bytes);
    block.copy(larger, 0, 0, used);
    block = larger;
    numbers = viewOf(block);
  };
  /** The length of a field, and room for it. */
  const field = (length: number) => {
    room(FIELD_BYTES + length);
    numbers.setInt32(used, length);
    used += 4;
  };
  const put = (bytes: Uint8Array) => {
    block.set(bytes, used);
    used += bytes.length;
  };
  const integer = (value: number) => {
    field(8);
    const high = Math.floor(value / TWO_32);
    numbers.setInt32(used, high);
    numbers.setUint32(used + 4, value - high * TWO_32);
    used += 8;
  };
  const sink: RowSink = {
    begin() {
      room(FIELD_BYTES);
      numbers.setInt16(used, columns.length);
      used += 2;
    },
    nothing() {
      room(FIELD_BYTES);
      numbers.setInt32(used, -1);
      used += 4;
    },
    bytes(text) {
      field(text.length);
      put(text);
    },
    text(text) {
      room(FIELD_BYTES + 3 * text.length);
      const length = block.write(text, used + 4);
      field(length);
      used += length;
    },
    hex(bytes) {
      field(2 * bytes.length);
      for (let i = 0; i < bytes.length; i++, used += 2) numbers.setUint16(used, DIGITS[bytes.charCodeAt(i)]!);
    },
    integer,
    time: (milliseconds) => integer((milliseconds - EPOCH_MS) * 1000),
    kept(write) {
      const before = used;
      write();
      const kept = block.slice(before, used);
      used = before;
      return new Uint8Array(kept);
    },
    again(kept) {
      room(kept.length);
      put(kept);
    },
    async flush() {
      if (used >= BLOCK_BYTES / 2) await send();
    },
  };
  const send = async () => {
    const full = block.subarray(0, used);
    block = Buffer.allocUnsafe(BLOCK_BYTES);
    numbers = viewOf(block);
    used = 0;
    await copy.write(full);
  };
  try {
    await work(sink);
    await send();
    await copy.end(TRAILER);
  } catch (error) {
    await copy.fail(error);
    throw error;
  }
}
