import { TidemarkError } from '../../core/errors.ts';

/** Turns what the engine threw into our error; the engine's own text stays whole, for it often points at the line. */
export function warehouseError(thrown: unknown): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
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
        message: `${file} is held by ${holder[1]} (process ${holder[2]})`,
        hint: `Wait for process ${holder[2]} or end it; a DuckDB file has one writer at a time.`,
      },
      { cause: thrown },
    );
  }
  if (/lock/i.test(message))
    return new TidemarkError({ code: 'WAREHOUSE_LOCKED', message: `${file}: ${message}` }, { cause: thrown });
  return new TidemarkError({ code: 'WAREHOUSE_FAILED', message: `${file}: ${message}` }, { cause: thrown });
}
