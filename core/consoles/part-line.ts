import { duration } from '../format.ts';
import { textWidth } from '../text-width.ts';

/** Most names fit; a longer one moves its line only. */
const NAME_COLUMNS = 52;

/** The name of a part with what came of it, in columns; names take no more than half of a terminal. */
export function partLine(name: string, note = '', milliseconds?: number, columns = Number.POSITIVE_INFINITY): string {
  const took = milliseconds === undefined ? '' : ` (${duration(milliseconds)})`;
  const width = Math.min(NAME_COLUMNS, Math.floor(columns / 2));
  const padded = name + ' '.repeat(Math.max(0, width - textWidth(name)));
  return `${padded} ${note.split('\n')[0]}${took}`.trimEnd();
}
