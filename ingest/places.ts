/** A place in a text file where a line begins. */
export interface Place {
  /** Bytes before it. */
  readonly byte: number;
  /** Lines before it. */
  readonly lines: number;
}

/** Counts lines as the bytes of a file pass. */
export interface PlaceFinder {
  /** The next bytes; chunks may end anywhere. */
  look(chunk: Buffer): void;
  /** Where lines begin, one about every `every` bytes, from the second one on. */
  places(): readonly Place[];
  /** The place after the first `at` bytes, or undefined when no line begins there. */
  start(): Place | undefined;
}

const LINE_FEED = 10;

/**
 * @param at a number of bytes after which the reader may want to begin; zero for none.
 * @param every bytes from one place to the next.
 */
export function placeFinder(at: number, every: number): PlaceFinder {
  const places: Place[] = [];
  let start: Place | undefined;
  let byte = 0;
  let lines = 0;
  return {
    look(chunk) {
      const ends = byte + chunk.length;
      for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, feed + 1)) {
        lines++;
        const next = byte + feed + 1;
        if (next === at) start = { byte: next, lines };
        if (next - (places.at(-1)?.byte ?? 0) >= every) places.push({ byte: next, lines });
      }
      byte = ends;
    },
    places: () => places,
    start: () => start,
  };
}
