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
  let used = SIGNATURE.copy(block);
  const room = (bytes: number) => {
    if (used + bytes <= block.length) return;
    const larger = Buffer.allocUnsafe(2 * block.length + bytes);
    block.copy(larger, 0, 0, used);
    block = larger;
  };
  const sink: RowSink = {
    begin() {
      room(FIELD_BYTES);
      used = block.writeInt16BE(columns.length, used);
    },
    nothing() {
      room(FIELD_BYTES);
      used = block.writeInt32BE(-1, used);
    },
    bytes(text) {
      room(FIELD_BYTES + text.length);
      used = block.writeInt32BE(text.length, used);
      block.set(text, used);
      used += text.length;
    },
    ascii(text) {
      room(FIELD_BYTES + text.length);
      used = block.writeInt32BE(text.length, used);
      used += block.write(text, used, 'latin1');
    },
    text(text) {
      room(FIELD_BYTES + 3 * text.length);
      const length = block.write(text, used + 4);
      block.writeInt32BE(length, used);
      used += 4 + length;
    },
    integer(value) {
      room(FIELD_BYTES);
      used = block.writeInt32BE(8, used);
      used = block.writeInt32BE(Math.floor(value / TWO_32), used);
      used = block.writeUInt32BE(value - Math.floor(value / TWO_32) * TWO_32, used);
    },
    time(milliseconds) {
      sink.integer((milliseconds - EPOCH_MS) * 1000);
    },
    async flush() {
      if (used >= BLOCK_BYTES / 2) await send();
    },
  };
  const send = async () => {
    const full = block.subarray(0, used);
    block = Buffer.allocUnsafe(BLOCK_BYTES);
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
