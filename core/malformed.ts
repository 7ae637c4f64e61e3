import type { Path } from './yaml-file.ts';

/** What is thrown by whoever looks into a malformed value. */
class Malformed extends Error {}

const refuse = (): never => {
  throw new Malformed('looked into a malformed value');
};

/**
 * Stands for a value without the shape of its schema, or for one that is missing. It can be passed on, asked whether it is undefined, and taken
 * apart; whoever needs to know what it is ends there, in the next {@link whereWellFormed}.
 */
const MALFORMED: object = new Proxy(() => undefined, {
  get: (_target, key) => (typeof key === 'symbol' ? refuse : MALFORMED),
  has: refuse,
  ownKeys: refuse,
  getOwnPropertyDescriptor: refuse,
  apply: refuse,
});

/**
 * A copy in which something that cannot be looked into stands at the paths of malformed values, so that checks can be made of all others: none
 * of them can find a fault that is only the consequence of another.
 */
export function withoutMalformed<T>(value: T, paths: readonly Path[]): T {
  return paths.reduce<unknown>(replaced, value) as T;
}

function replaced(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (step === undefined || value === MALFORMED) return MALFORMED;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  Object.assign(copy, { [step]: replaced((value as Record<string | number, unknown>)[step], rest) });
  return copy;
}

/** Does the work, up to the first place that needs a malformed value; gives undefined when there was one. */
export function whereWellFormed<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
