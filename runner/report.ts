import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { excerpt } from '../core/excerpt.ts';
import { plural } from '../core/format.ts';
import { targetName } from '../warehouse/target.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { assertionPlace } from './assertion-place.ts';
import { dagOf } from './dag.ts';
import { engineProblem, type Known, unknownName } from './engine-problem.ts';
import type { Action, CompiledGraph } from './graph.ts';
import type { ActionResult, RunRecord } from './record.ts';

/** The column in which core's assertions of conditions name the one that a row fails. */
const FAILED_CONDITION = 'failing_row_condition';

/** The columns that relations have, by `schema.name`. */
export type Columns = ReadonlyMap<string, readonly string[]>;

export interface RunProblems {
  /** Why the run failed or did not end; empty when it succeeded. */
  readonly errors: readonly Problem[];
  /** Assertions of severity `warn` that found rows. */
  readonly warnings: readonly Problem[];
  /** Those of both that are of an action, by its name. */
  readonly byAction: ReadonlyMap<string, Problem>;
}

/** What a person has to know about a run that did not go well, with the file and, where the engine points at it, the line. */
export function runProblems(
  record: RunRecord,
  graph: CompiledGraph,
  projectDir: string,
  columns: Columns = new Map(),
): RunProblems {
  const actions = new Map(graph.actions.map((action) => [targetName(action.target), action]));
  const explain = (result: ActionResult): Problem => {
    const sent = result.tasks.find(({ status }) => status === 'FAILED')?.sql ?? '';
    const file = result.fileName === '' ? {} : { file: result.fileName };
    if (result.kind === 'assertion' && (result.rows ?? 0) > 0) {
      return {
        code: 'ASSERTION_FAILED',
        message: assertionMessage(result, actions.get(result.name)?.description ?? ''),
        ...file,
        ...placeOf(result, actions.get(result.name), projectDir),
      };
    }
    return { code: 'ACTION_FAILED', ...file, ...refusal(result, sent, graph, projectDir, columns) };
  };
  const byAction = new Map(
    record.actions
      .filter(({ status }) => status === 'FAILED' || status === 'WARNED')
      .map((result) => [result.name, explain(result)]),
  );
  const of = (wanted: ActionResult['status']) =>
    record.actions.flatMap(({ name, status }) => (status === wanted ? byAction.get(name)! : []));
  const errors = of('FAILED');
  const open = record.actions.filter(({ status }) => status === 'CANCELLED').length;
  if (record.status === 'CANCELLED') {
    errors.push({ code: 'RUN_CANCELLED', message: `The run was interrupted; ${plural(open, 'action')} did not end.` });
  }
  return { errors, warnings: of('WARNED'), byAction };
}

/** Where an assertion stands that found rows: the condition that the first of them fails, a key, or a query. */
function placeOf(
  { fileName, samples = [] }: ActionResult,
  action: Action | undefined,
  projectDir: string,
): Pick<Problem, 'line' | 'column' | 'excerpt'> {
  const source = sourceOf(fileName, projectDir);
  if (source === undefined || action?.kind !== 'assertion') return {};
  const condition = samples[0]?.[FAILED_CONDITION];
  const place = assertionPlace(action, source, typeof condition === 'string' ? condition : undefined);
  if (!place) return {};
  const { line, column } = place;
  return { line: line + 1, column: column + 1, excerpt: excerpt(source, line, column) };
}

/** What an engine refused of an action, by its name. */
export function refusal(
  { name, fileName, reason = '' }: Pick<ActionResult, 'name' | 'fileName' | 'reason'>,
  sent: string,
  graph: CompiledGraph,
  projectDir: string,
  columns: Columns = new Map(),
) {
  const problem = engineProblem({
    reason,
    sent,
    source: sourceOf(fileName, projectDir),
    known: knownNames(name, graph, columns),
  });
  return { ...problem, message: `${name}: ${problem.message}` };
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

/** The text of a file of the project, if it is there. */
export function sourceOf(fileName: string, projectDir: string): string | undefined {
  const path = join(projectDir, fileName);
  return fileName !== '' && existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The names that an action may have meant: of all relations of the graph, and of the columns of what it depends on. */
function knownNames(name: string, graph: CompiledGraph, columns: Columns): Known {
  const byName = new Map(graph.actions.map((action) => [targetName(action.target), action]));
  return {
    relations: byName.keys(),
    columns: [...(byName.get(name)?.dependencies ?? []), name].flatMap((read) => [
      ...(columns.get(read) ?? []),
      ...(byName.get(read)?.columns ?? []).map((column) => column.name),
    ]),
  };
}

/** Reads the columns of what the actions depend on that failed on an unknown column. */
export async function readColumns(
  failed: readonly { readonly name: string; readonly reason?: string }[],
  graph: CompiledGraph,
  warehouse: Warehouse,
): Promise<Columns> {
  const { actions, dependencies } = dagOf(graph.actions);
  const names = failed
    .filter(({ reason = '' }) => unknownName(reason)?.kind === 'column')
    .flatMap(({ name }) => [...(dependencies.get(name) ?? []), name]);
  const columns = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const relation = await warehouse.describe(actions.get(name)!.target);
    if (relation)
      columns.set(
        name,
        relation.columns.map((column) => column.name),
      );
  }
  return columns;
}
