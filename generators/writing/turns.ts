/** Some days whose event files one worker writes. Both ends belong to it. */
export interface Chunk {
  readonly first: number;
  readonly last: number;
}

/** A chunk that this worker has. */
export interface Turn extends Chunk {
  readonly index: number;
  /** True when the chunk before it was this worker's too, so that all that is under way is at hand. */
  readonly continues: boolean;
}

/** What one of several workers has to write, found out on the way. Days must be asked for in order. */
export interface Turns {
  /** The turn for which the events of the day are needed: those of its days, and of the days before it from which events still arrive. */
  at(day: number): Turn | undefined;
  /** True when there is nothing left for this worker, as of the last day that was asked for. */
  isOver(): boolean;
}

/**
 * Whoever comes first takes a chunk, so a worker that has other things to do gets fewer of them.
 *
 * @param reach days that an event can be under way; no chunk is shorter, so that a worker who finds a chunk taken is in time for the next.
 * @param claims one number a chunk, 0 while nobody has it; in memory that the workers share.
 */
export function turns(chunks: readonly Chunk[], reach: number, claims: Int32Array): Turns {
  let next = 0;
  let turn: Turn | undefined;
  let lastTaken = -1;
  let asked = -1;
  return {
    at(day) {
      asked = day;
      if (turn && day > turn.last) turn = undefined;
      while (!turn && next < chunks.length) {
        const chunk = chunks[next]!;
        const continues = lastTaken >= 0 && lastTaken === next - 1;
        if (day < (continues ? chunk.first : chunk.first - reach)) return undefined;
        if (Atomics.compareExchange(claims, next, 0, 1) === 0) {
          turn = { ...chunk, index: next, continues };
          lastTaken = next;
        }
        next++;
      }
      return turn;
    },
    isOver: () => next >= chunks.length && (turn === undefined || turn.last <= asked),
  };
}

/** Cuts days into some four chunks a worker, none shorter than `reach`. */
export function chunksOf(days: number, reach: number, workers: number): Chunk[] {
  const length = Math.max(reach, Math.ceil(days / (workers === 1 ? 1 : 4 * workers)));
  const count = Math.max(1, Math.floor(days / length));
  // The last one takes what is left over.
  return Array.from({ length: count }, (_, index) => ({
    first: index * length,
    last: index === count - 1 ? days - 1 : (index + 1) * length - 1,
  }));
}
