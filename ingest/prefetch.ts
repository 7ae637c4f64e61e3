/**
 * The same values, where the next one is already being made while the current one is used. What the source throws arrives in its place in
 * the order; leaving the loop early ends the source too.
 */
export async function* prefetch<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const ask = () => {
    const next = source.next();
    // It is awaited later; until then a rejection is nobody's.
    next.catch(() => undefined);
    return next;
  };
  let next = ask();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = ask();
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await source.return(undefined);
  }
}
