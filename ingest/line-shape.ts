import type { Source } from './contract-types.ts';
import { csvReader } from './csv.ts';
import { jsonlReader } from './jsonl.ts';
import { readLines } from './lines.ts';
import type { RawFile } from './raw-files.ts';
import { RejectedFile } from './raw-record.ts';
import { requirements } from './requirements.ts';
import type { LineShape } from './stage.ts';

/** Records that are looked at for the fields that a contract needs. */
const LOOK_AT = 1000;

/**
 * How an engine can read a plain file, or undefined when we have to: the first records lack a field that the contract needs, so that the
 * whole file must be searched for it, or the header is not on the first line, or not what the contract asks for.
 */
export async function lineShape({ files, ...source }: Source, file: RawFile): Promise<LineShape | undefined> {
  const { fields, conditions } = requirements({ files, ...source });
  for await (const { lines } of readLines(file.fullPath, files.encoding)) {
    if (files.format === 'jsonl') {
      const reader = jsonlReader(fields);
      reader.read({ lines: lines.slice(0, LOOK_AT), invalid: undefined });
      return reader.absent().length === 0 ? { format: 'jsonl' } : undefined;
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
    return { format: 'csv', delimiter: files.delimiter, header: known };
  }
  return undefined;
}
