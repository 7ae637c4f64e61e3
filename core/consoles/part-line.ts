import { duration } from '../format.ts';
import { textWidth } from '../text-width.ts';

/** Most names fit; a longer one moves its line only. */
const NAME_COLUMNS = 40;

/** The name of a part with what came of it, in columns. */
export function partLine(name: string, note = '', milliseconds?: number): string {
  const took = milliseconds === undefined ? '' : ` (${duration(milliseconds)})`;
  const columns = name + ' '.repeat(Math.max(0, NAME_COLUMNS - textWidth(name)));
  return `${note + took === '' ? name : columns} ${note.split('\n')[0]}${took}`.trimEnd();
}
