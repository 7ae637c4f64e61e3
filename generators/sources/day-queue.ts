/** Things that wait for a day to come. Days are taken in order; what is put on a day that is over waits for the next one. */
export interface DayQueue<T> {
  put(day: number, thing: T): void;
  /** All that waited for the day, in the order in which it was put. */
  take(day: number): T[];
}

export function dayQueue<T>(): DayQueue<T> {
  const waiting = new Map<number, T[]>();
  let next = 0;
  return {
    put(day, thing) {
      const at = Math.max(day, next);
      const others = waiting.get(at);
      if (others) others.push(thing);
      else waiting.set(at, [thing]);
    },
    take(day) {
      const things = waiting.get(day) ?? [];
      waiting.delete(day);
      next = day + 1;
      return things;
    },
  };
}
