import type { ActionStatus } from './record.ts';

/** What the Dataform CLI says of one action. */
export interface StockResult {
  /** `schema.name`. */
  readonly name: string;
  readonly status: ActionStatus;
  /** The statement that failed; empty where none is printed. */
  readonly sql: string;
  /** Why it failed or was skipped, without the CLI's `bigquery error: `. */
  readonly reason?: string;
}

/** The lines with which the CLI 3.0.69 begins what it says of an action; it has no other form of output for a run. */
const HEADS: readonly (readonly [RegExp, ActionStatus])[] = [
  [/^(?:Table created|Assertion passed|Operation completed successfully): +(\S+)(.*)$/, 'SUCCESSFUL'],
  [/^(?:Dataset creation|Assertion|Operation) failed: +(\S+)(.*)$/, 'FAILED'],
  [/^Skipping (?:dataset creation|assertion execution|operation execution): +(\S+)(.*)$/, 'SKIPPED'],
  [/^(?:Dataset creation|Assertion execution|Operation execution) disabled: +(\S+)(.*)$/, 'DISABLED'],
];
// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
const COLOUR = /\x1b\[\d+m/g;
const META = /^\s*(jobId|Bytes billed): /;

/** Reads one of the two outputs of `dataform run`; lines that belong to no action are left out. */
export function readStockOutput(text: string): StockResult[] {
  const results: StockResult[] = [];
  let sql: string[] = [];
  let reason: string[] = [];
  const close = () => {
    const last = results.at(-1);
    const said = reason.join('\n').trim();
    if (last?.status === 'FAILED')
      results[results.length - 1] = {
        ...last,
        sql: sql.join('\n').trim(),
        reason: said.replace(/^bigquery error: /, ''),
      };
    sql = [];
    reason = [];
  };
  for (const line of text.replace(COLOUR, '').split(/\r?\n/)) {
    const head = headOf(line);
    if (head) {
      close();
      results.push(head);
    } else if (/^ {2}> /.test(line)) sql.push(line.slice(4));
    else if (!META.test(line)) reason.push(line);
  }
  close();
  return results;
}

function headOf(line: string): StockResult | undefined {
  for (const [pattern, status] of HEADS) {
    const [, name, rest = ''] = pattern.exec(line) ?? [];
    if (name === undefined) continue;
    const skipped = /\((.*)\)\s*$/.exec(rest)?.[1];
    return { name, status, sql: '', ...(status === 'SKIPPED' && skipped ? { reason: skipped } : {}) };
  }
  return undefined;
}
