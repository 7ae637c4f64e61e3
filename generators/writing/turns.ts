/** Some days whose event files one worker writes. Both ends belong to it. */
export interface Chunk {
  readonly first: number;
  readonly last: number;
}

/** A chunk that this worker has. */
export interface Turn extends Chunk {
  readonly index: number;
}

/** What one of several workers has to write, found out on the way. Days must be asked for in order. */
export interface Turns {
  /** The turn to which the day belongs, if it is this worker's. The first worker to ask for a day of a chunk has all of it. */
  at(day: number): Turn | undefined;
  /** True when a day that begins at most `reach` days after this one is, or can still become, this worker's. */
  isNear(day: number, reach: number): boolean;
  /** True when there is nothing left for this worker after the day. */
  isOver(day: number): boolean;
}

const FREE = 0;
const TAKEN = 1;
const LONGEST = 8;

/**
 * Whoever comes first takes a chunk, so a worker that has other things to do gets fewer of them, and all are done at nearly the same time.
 *
 * @param claims one number a chunk, 0 while nobody has it; in memory that the workers share.
 */
export function turns(chunks: readonly Chunk[], claims: Int32Array): Turns {
  const mine = new Set<number>();
  /** The first chunk that is not over, as of the day that was asked for last. */
  let next = 0;
  const isOpen = (index: number) => mine.has(index) || Atomics.load(claims, index) === FREE;
  const openAfter = (day: number): number => {
    while (next < chunks.length && (chunks[next]!.last <= day || !isOpen(next))) next++;
    return next;
  };
  return {
    at(day) {
      const index = openAfter(day - 1);
      const chunk = chunks[index];
      if (!chunk || day < chunk.first) return undefined;
      if (!mine.has(index) && Atomics.compareExchange(claims, index, FREE, TAKEN) !== FREE) return undefined;
      mine.add(index);
      return { ...chunk, index };
    },
    isNear(day, reach) {
      const chunk = chunks[openAfter(day)];
      return chunk !== undefined && chunk.first <= day + reach;
    },
    isOver: (day) => openAfter(day) === chunks.length,
  };
}

/**
 * Cuts days into chunks that become shorter to the end, so that no worker waits long for the last one (guided self-scheduling: Polychronopoulos
 * and Kuck 1987). Each chunk of another worker costs the draws of the day before it once more, so most are not the shortest.
 */
export function chunksOf(days: number, workers: number): Chunk[] {
  if (workers === 1) return [{ first: 0, last: days - 1 }];
  const chunks: Chunk[] = [];
  for (let first = 0; first < days; first = chunks.at(-1)!.last + 1) {
    const share = Math.ceil((days - first) / (4 * workers));
    chunks.push({ first, last: Math.min(days, first + Math.min(LONGEST, share)) - 1 });
  }
  return chunks;
}
