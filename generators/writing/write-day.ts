import type { WrittenFile } from '../day-files.ts';
import { arrivalOf } from '../events/feed.ts';
import { fitting } from '../formats.ts';
import type { Scenario } from '../scenario.ts';
import { asFormat, merge, type Writing, write } from './write.ts';
import type { Place } from './write-world.ts';

/**
 * Writes the files of one day only, byte for byte those of the whole world. Lives the world up to that day, which takes a small part of
 * the time of writing it.
 */
export async function writeDay(
  scenario: Scenario,
  day: number,
  usageScale: number,
  place: Omit<Place, 'truthDir'>,
  writing: Writing,
): Promise<{ rawFiles: WrittenFile[]; rows: Record<string, number>; faults: Record<string, number> }> {
  const { format, rawDir } = place;
  const fit = fitting(scenario, format);
  // The records of this file arrive on this day, or on another one when the days are out of order.
  const arrival = arrivalOf(fit, day);
  const job = { scenario: fit, usageScale, ...place, chunks: [{ first: arrival, last: arrival }], only: day };
  const { done, progress } = await write(job, 1, writing);
  const { files, faults } = merge(done);
  return {
    rawFiles: await asFormat(rawDir, files, format, progress, writing),
    rows: Object.fromEntries(files.map(({ source, rows }) => [source, rows])),
    faults,
  };
}
