const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a date or timestamp that begins with YYYY-MM-DD. */
export const dayNumber = (iso: string): number => Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY_MS;

/** The inverse of {@link dayNumber}. */
export const isoDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
