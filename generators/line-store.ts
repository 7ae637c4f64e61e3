/**
 * Lines that wait to be put in order and written.
 *
 * The text goes into one growing buffer at once: as strings, the lines of a day would outlive several collections of the garbage
 * collector and be copied by each, which takes longer than making them.
 */
export interface LineStore {
  /** Adds an ASCII line without its line feed; returns its index in the order of adding. */
  add(at: number, text: string): number;
  readonly lines: number;
  /** All lines by `at`, then in the order of adding, each with a line feed; `places[index]` is the 0-based line number. */
  inOrder(): { readonly bytes: Buffer; readonly places: Uint32Array };
}

export function lineStore(bytes = 1 << 12): LineStore {
  let buffer = Buffer.allocUnsafeSlow(bytes);
  let used = 0;
  const times: number[] = [];
  /** Line i is the bytes from ends[i - 1] to ends[i]. */
  const ends: number[] = [];
  const startOf = (index: number) => (index === 0 ? 0 : ends[index - 1]!);
  return {
    add(at, text) {
      if (used + text.length + 1 > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, used + text.length + 1));
        buffer.copy(larger, 0, 0, used);
        buffer = larger;
      }
      used += buffer.write(text, used, 'latin1');
      buffer[used++] = 10;
      times.push(at);
      return ends.push(used) - 1;
    },
    get lines() {
      return times.length;
    },
    inOrder() {
      const order = Uint32Array.from(times, (_, index) => index).sort((a, b) => times[a]! - times[b]! || a - b);
      const places = new Uint32Array(order.length);
      const ordered = Buffer.allocUnsafeSlow(used);
      let offset = 0;
      order.forEach((index, place) => {
        places[index] = place;
        offset += buffer.copy(ordered, offset, startOf(index), ends[index]!);
      });
      return { bytes: ordered, places };
    },
  };
}
