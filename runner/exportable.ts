import { type Problem, TidemarkError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { targetName } from '../warehouse/target.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { CompiledGraph, TableAction } from './graph.ts';

/** A table that is to be written to files. */
export interface ExportedTable {
  /** Name of the files: that of the table without `mart_`. */
  readonly name: string;
  readonly action: TableAction;
}

const SCHEMA = 'marts';
const PREFIX = /^mart_/;

/**
 * The marts of a graph that are to be written: those of these names, or all that are not disabled. A mart is a table or view of the schema
 * `marts`; it goes by its name or by that without `mart_`.
 *
 * @throws {TidemarkError} MART_NOT_FOUND for each name that is none, or disabled, and when the warehouse lacks one.
 */
export async function exportable(
  { actions }: CompiledGraph,
  names: readonly string[],
  warehouse: Warehouse,
): Promise<ExportedTable[]> {
  const marts = actions.filter(isMart).map((action) => ({ name: action.target.name.replace(PREFIX, ''), action }));
  const enabled = marts.filter(({ action }) => !action.disabled);
  const problems: Problem[] = [];
  const wanted = new Set<ExportedTable>();
  for (const name of names) {
    const mart = marts.find(({ name: short, action }) =>
      [short, action.target.name, targetName(action.target)].includes(name),
    );
    if (mart && !mart.action.disabled) wanted.add(mart);
    else problems.push(mart ? disabled(mart) : unknown(name, enabled));
  }
  if (names.length === 0 && enabled.length === 0) {
    problems.push({ code: 'MART_NOT_FOUND', message: `the project has no table in the schema ${SCHEMA}` });
  }
  const chosen = names.length === 0 ? enabled : [...wanted];
  const there = await warehouse.describeAll(chosen.map(({ action }) => action.target));
  for (const [i, { action }] of chosen.entries()) {
    if (there[i] === undefined) {
      problems.push({
        code: 'MART_NOT_FOUND',
        message: `the warehouse does not hold ${targetName(action.target)}`,
        hint: 'Run `tidemark run` first.',
      });
    }
  }
  if (problems.length > 0) throw new TidemarkError(problems);
  return chosen.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const isMart = (action: CompiledGraph['actions'][number]): action is TableAction =>
  ['table', 'view', 'incremental'].includes(action.kind) && action.canonicalTarget.schema === SCHEMA;

function disabled({ name, action }: ExportedTable): Problem {
  const reason = action.properties.disabledReason;
  return {
    code: 'MART_NOT_FOUND',
    message: `${name} is disabled${typeof reason === 'string' ? `: ${reason}` : ''}`,
    hint: 'Leave it out, or give the data set the source.',
  };
}

function unknown(name: string, marts: readonly ExportedTable[]): Problem {
  const names = marts.map((mart) => mart.name);
  const near = nearest(name.replace(PREFIX, ''), names);
  return {
    code: 'MART_NOT_FOUND',
    message: `there is no mart "${name}"; there are ${names.join(', ') || 'none'}.`,
    hint: 'Name one of them, or none to write all.',
    ...(near === undefined ? {} : { nearest: near }),
  };
}
