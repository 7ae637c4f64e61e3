import type { Source } from './contract-types.ts';
import { csvReader } from './csv.ts';
import { type Drift, fieldWatch, NO_DRIFT, refusal } from './drift.ts';
import { jsonlReader } from './jsonl.ts';
import { readLines } from './lines.ts';
import type { RawFile } from './raw-files.ts';
import { RejectedFile } from './raw-record.ts';
import { requirements } from './requirements.ts';
import type { LineShape } from './stage.ts';

/** Records that are looked at for the fields that a contract needs, and for others. */
const LOOK_AT = 1000;

/**
 * How an engine can read a plain file, or undefined when we have to: the first records lack a field that the contract reads, so that the
 * whole file must be searched for it; or every record must be looked at, as a new field refuses the file; or the header is not on the
 * first line, or not what the contract asks for.
 */
export async function lineShape(
  source: Source,
  file: RawFile,
): Promise<{ readonly shape: LineShape; readonly drift: Drift } | undefined> {
  const { files } = source;
  const { fields, conditions } = requirements(source);
  const watch = fieldWatch(source);
  if (files.format === 'jsonl' && source.drift.newColumns === 'refuse') return undefined;
  for await (const { lines } of readLines(file.fullPath, files.encoding)) {
    if (files.format === 'jsonl') {
      const reader = jsonlReader(fields, 0, watch);
      reader.read({ lines: lines.slice(0, LOOK_AT), invalid: undefined });
      const drift = watch?.drift() ?? NO_DRIFT;
      return reader.absent().length === 0 && drift.missing.length === 0
        ? { shape: { format: 'jsonl' }, drift }
        : undefined;
    }
    let header: readonly string[] | undefined;
    try {
      csvReader(files, (names) => {
        header = names;
      }).read({ lines: lines.slice(0, 1), invalid: undefined });
    } catch (error) {
      if (!(error instanceof RejectedFile)) throw error;
    }
    const known = header;
    if (!known || [...fields, ...conditions].some(({ anyOf }) => !anyOf.some((field) => known.includes(field))))
      return undefined;
    watch?.see(known);
    const drift = watch?.drift() ?? NO_DRIFT;
    if (refusal(drift, source)) return undefined;
    return { shape: { format: 'csv', delimiter: files.delimiter, header: known }, drift };
  }
  return undefined;
}
