/** True in `vitest run --mode whole`: worlds at their own size, which takes minutes and is for a person, or for a night, to run. */
export const IS_WHOLE = (import.meta as unknown as { env: { MODE: string } }).env.MODE === 'whole';

/** Time for a step of a whole world; undefined leaves vitest's own. */
export const WHOLE_TIMEOUT = IS_WHOLE ? 3_600_000 : undefined;
