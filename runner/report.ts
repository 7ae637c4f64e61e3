import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { targetName } from '../warehouse/target.ts';
import type { CompiledGraph } from './graph.ts';
import type { ActionResult, RunRecord } from './record.ts';
import { sourceLine } from './source-line.ts';

export interface RunProblems {
  /** Why the run failed or did not end; empty when it succeeded. */
  readonly errors: readonly Problem[];
  /** Assertions of severity `warn` that found rows. */
  readonly warnings: readonly Problem[];
}

/** What a person has to know about a run that did not go well, with the file and, where the engine points at it, the line. */
export function runProblems(record: RunRecord, graph: CompiledGraph, projectDir: string): RunProblems {
  const descriptions = new Map(graph.actions.map(({ target, description }) => [targetName(target), description]));
  const explain = (result: ActionResult): Problem => {
    const sent = result.tasks.find(({ status }) => status === 'FAILED')?.sql ?? '';
    const file = result.fileName === '' ? {} : { file: result.fileName };
    if (result.kind === 'assertion' && (result.rows ?? 0) > 0) {
      return {
        code: 'ASSERTION_FAILED',
        message: assertionMessage(result, descriptions.get(result.name) ?? ''),
        ...file,
      };
    }
    return {
      code: 'ACTION_FAILED',
      message: `${result.name}: ${result.reason}`,
      ...file,
      ...engineLine(result.fileName, result.reason ?? '', sent, projectDir),
    };
  };
  const errors = record.actions.filter(({ status }) => status === 'FAILED').map(explain);
  const open = record.actions.filter(({ status }) => status === 'CANCELLED').length;
  if (record.status === 'CANCELLED') {
    errors.push({ code: 'RUN_CANCELLED', message: `The run was interrupted; ${plural(open, 'action')} did not end.` });
  }
  return { errors, warnings: record.actions.filter(({ status }) => status === 'WARNED').map(explain) };
}

function assertionMessage({ name, rows = 0, samples = [], tasks }: ActionResult, description: string): string {
  const query = tasks.at(-1)?.sql.replace('select count(*) as n', 'select *');
  return [
    `${name} found ${plural(rows, 'row')} that should not exist.${description && ` ${description}`}`,
    ...samples.map(
      (row) =>
        `  ${Object.entries(row)
          .map(([column, value]) => `${column} = ${shorten(value)}`)
          .join(', ')}`,
    ),
    ...(rows > samples.length ? [`  and ${plural(rows - samples.length, 'more', 'more')}`] : []),
    `${query};`,
  ].join('\n');
}

function shorten(value: string | number | boolean | null): string {
  const text = value === null ? 'null' : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** DuckDB and Postgres write `LINE 3: <the line>`, counted in the statement that was sent; the SQLX file has the line elsewhere. */
export function engineLine(
  fileName: string,
  reason: string,
  sent: string,
  projectDir: string,
): { readonly line?: number } {
  const match = /^LINE (\d+): (.+)$/m.exec(reason);
  const path = join(projectDir, fileName);
  if (!match || !existsSync(path)) return {};
  const source = readFileSync(path, 'utf8');
  const line = sourceLine(source, match[2]!, 1) ?? sourceLine(source, sent, Number(match[1]));
  return line === undefined ? {} : { line };
}
