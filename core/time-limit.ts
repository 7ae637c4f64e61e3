/** A signal with a time limit. */
export interface Limited {
  readonly signal: AbortSignal;
  /** To be called when the work is over. */
  clear(): void;
}

/**
 * Aborted with `signal`, or after so many milliseconds. `AbortSignal.any` with `AbortSignal.timeout` would say the same, but in Node 20 both
 * can be collected as garbage before the time is over, and then nothing is ever aborted.
 */
export function withTimeLimit(signal: AbortSignal, milliseconds: number | undefined): Limited {
  if (milliseconds === undefined) return { signal, clear: () => {} };
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
