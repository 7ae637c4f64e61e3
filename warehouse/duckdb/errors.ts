import { readFileSync } from 'node:fs';
import { TidemarkError } from '../../core/errors.ts';

/** What a person can do about errors whose text does not say it, or says it in settings that are flags here. */
const WAYS_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /^Out of Memory Error/,
    'Raise --memory-limit, lower --concurrency, or name a folder with room for what does not fit: --temp-directory.',
  ],
  [
    /No space left on device|File too large|Disk quota exceeded/,
    'The disk is full, or the file may not grow. The old table is whole; free space, or move the file and name it with --database.',
  ],
];

/** Turns what the engine threw into our error; the engine's own text stays whole, for it often points at the line. */
export function warehouseError(thrown: unknown): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const wayOut = WAYS_OUT.find(([pattern]) => pattern.test(text))?.[1];
  // DuckDB's own proposals are statements that a user of this command has no place for.
  const message = wayOut === undefined ? text : `${text.split('\n\nPossible solutions')[0]!.trimEnd()}\n${wayOut}`;
  return new TidemarkError({ code: 'WAREHOUSE_FAILED', message }, { cause: thrown });
}

/** As {@link warehouseError}, for a file that could not be opened: a lock is told apart and its holder is named. */
export function openError(thrown: unknown, file: string): TidemarkError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const holder = /Conflicting lock is held in (.+?) \(PID (\d+)\)/.exec(message);
  if (holder) {
    return new TidemarkError(
      {
        code: 'WAREHOUSE_LOCKED',
        message: `${file} is held by ${commandOf(holder[2]!) ?? holder[1]} (process ${holder[2]})`,
        hint: `Wait for process ${holder[2]} or end it; a DuckDB file has one writer at a time.`,
      },
      { cause: thrown },
    );
  }
  if (/lock/i.test(message))
    return new TidemarkError({ code: 'WAREHOUSE_LOCKED', message: `${file}: ${message}` }, { cause: thrown });
  return new TidemarkError({ code: 'WAREHOUSE_FAILED', message: `${file}: ${message}` }, { cause: thrown });
}

/**
 * With its first words, where the system shows them; DuckDB names the program only, and every one of ours is `node`. Flags are left out, and
 * what stands after them: there may be a password.
 */
function commandOf(pid: string): string | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const end = words.findIndex((word) => word === '' || word.startsWith('-') || /\s|:\/\//.test(word));
    return words.slice(0, end).join(' ') || undefined;
  } catch {
    return undefined;
  }
}
