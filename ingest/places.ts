/** A place in a text file where a line begins. */
export interface Place {
  /** Bytes before it. */
  readonly byte: number;
  /** Lines before it. */
  readonly lines: number;
}

/** Counts the lines before a place as the bytes of a file pass. */
export interface PlaceFinder {
  /** The next bytes; chunks may end anywhere. */
  look(chunk: Buffer): void;
  /** The place after the first `at` bytes, or undefined when no line begins there. */
  place(): Place | undefined;
}

const LINE_FEED = 10;

/** @param at a number of bytes after which the reader may want to begin; zero for none. */
export function placeFinder(at: number): PlaceFinder {
  let place: Place | undefined;
  let byte = 0;
  let lines = 0;
  return {
    look(chunk) {
      if (byte >= at) return;
      for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, feed + 1)) {
        lines++;
        const next = byte + feed + 1;
        if (next === at) place = { byte: next, lines };
      }
      byte += chunk.length;
    },
    place: () => place,
  };
}
