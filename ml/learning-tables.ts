import { type Problem, TidemarkError } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { nearest } from '../core/nearest.ts';
import type { ColumnDoc, CompiledGraph, TableAction } from '../runner/graph.ts';
import { type Target, targetName } from '../warehouse/target.ts';

export const FEATURE_KINDS = ['count', 'numeric', 'rate', 'flag', 'categorical'] as const;
export type FeatureKind = (typeof FEATURE_KINDS)[number];

export interface Feature {
  readonly name: string;
  readonly kind: FeatureKind;
  readonly description: string;
}

/** The two gold tables that a model learns from, as the compiled graph marks them. */
export interface LearningTables {
  readonly features: Target;
  readonly labels: Target;
  /** Column that names the entity, in each table. */
  readonly featureKey: string;
  readonly labelKey: string;
  /** Column with the day of the row, in each table. */
  readonly featureTime: string;
  readonly labelTime: string;
  readonly columns: readonly Feature[];
  /** Features that this data set cannot have; the card lists them. */
  readonly unavailable: readonly Feature[];
  /** Columns of the features table that may be used for slices beside the features. */
  readonly sliceColumns: readonly string[];
  /** Column with the latest received time behind a row's features, where the table has one. */
  readonly received: string | undefined;
  /** Column of the labels table with the last day of the data, where it has one. */
  readonly dataEnd: string | undefined;
  /** Every table upstream of the features table, sorted. */
  readonly lineage: readonly string[];
}

/**
 * Finds the learning tables by the tags of their columns, never by name: `feature` with a kind, `label`, `key`, `time`; also
 * `unavailable`, `slice`, `received` and `data_end`.
 *
 * @param label the label column of the model.
 * @throws {TidemarkError} MODEL_NOT_FOUND, all problems at once, each saying which tag was looked for and what was found.
 */
export function learningTables(graph: CompiledGraph, label: string): LearningTables {
  const tables = graph.actions.filter(isTable);
  const problems: Problem[] = [];
  const features = theOne(tables, 'feature', () => true, problems);
  const labels = theOne(tables, 'label', ({ name }) => name === label, problems, label);
  const keys = [features, labels].map((table) => table && theColumn(table, 'key', problems));
  const times = [features, labels].map((table) => table && theColumn(table, 'time', problems));
  const marked = features?.columns.filter((column) => column.tags.includes('feature')) ?? [];
  const columns = marked.map((column) => feature(column, features!, problems));
  if (problems.length > 0 || !features || !labels) throw new TidemarkError(problems);
  const without = new Set(marked.filter((column) => column.tags.includes('unavailable')).map((column) => column.name));
  return {
    features: features.target,
    labels: labels.target,
    featureKey: keys[0]!,
    labelKey: keys[1]!,
    featureTime: times[0]!,
    labelTime: times[1]!,
    columns: columns.filter(({ name }) => !without.has(name)),
    unavailable: columns.filter(({ name }) => without.has(name)),
    sliceColumns: features.columns
      .filter(({ tags }) => tags.includes('slice') && !tags.includes('unavailable'))
      .map(({ name }) => name),
    received: features.columns.find(({ tags }) => tags.includes('received'))?.name,
    dataEnd: labels.columns.find(({ tags }) => tags.includes('data_end'))?.name,
    lineage: upstream(graph, targetName(features.target)),
  };
}

const isTable = (action: { kind: string; disabled: boolean }): action is TableAction =>
  !action.disabled && (action.kind === 'table' || action.kind === 'view' || action.kind === 'incremental');

function theOne(
  tables: readonly TableAction[],
  tag: string,
  matches: (column: ColumnDoc) => boolean,
  problems: Problem[],
  name?: string,
): TableAction | undefined {
  const tagged = (table: TableAction) => table.columns.filter((column) => column.tags.includes(tag));
  const found = tables.filter((table) => tagged(table).some(matches));
  if (found.length === 1) return found[0];
  const what = `a table with ${name ? `a column "${name}" tagged "${tag}"` : `columns tagged "${tag}"`}`;
  if (found.length > 1) {
    const list = found.map((table) => targetName(table.target)).join(', ');
    problems.push({
      code: 'MODEL_NOT_FOUND',
      message: `looked for ${what} and found ${found.length}: ${list}; expected exactly one`,
    });
    return undefined;
  }
  const others = tables.flatMap(tagged).map((column) => column.name);
  const near = name && nearest(name, others);
  const known = others.length > 0 ? `; columns tagged "${tag}": ${others.join(', ')}.` : '';
  problems.push({
    code: 'MODEL_NOT_FOUND',
    message: `looked for ${what} among ${plural(tables.length, 'enabled table')} of the compiled graph and found none${known}`,
    ...(near ? { nearest: near } : {}),
  });
  return undefined;
}

function theColumn(table: TableAction, tag: string, problems: Problem[]): string | undefined {
  const found = table.columns.filter((column) => column.tags.includes(tag)).map((column) => column.name);
  if (found.length === 1) return found[0];
  problems.push({
    code: 'MODEL_NOT_FOUND',
    file: table.fileName,
    message: `looked for the column of ${targetName(table.target)} tagged "${tag}" and found ${found.length > 0 ? found.join(', ') : 'none'}; expected exactly one`,
  });
  return undefined;
}

function feature({ name, tags, description }: ColumnDoc, table: TableAction, problems: Problem[]): Feature {
  const kinds = FEATURE_KINDS.filter((kind) => tags.includes(kind));
  if (kinds.length !== 1) {
    problems.push({
      code: 'MODEL_NOT_FOUND',
      file: table.fileName,
      message: `the feature ${name} of ${targetName(table.target)} has ${kinds.length > 0 ? `the kinds ${kinds.join(', ')}` : 'no kind'}; expected exactly one of the tags ${FEATURE_KINDS.join(', ')}`,
    });
  }
  for (const tag of ['key', 'time', 'label', 'received'] as const) {
    if (!tags.includes(tag)) continue;
    problems.push({
      code: 'LEAKAGE',
      file: table.fileName,
      message: `the column ${name} of ${targetName(table.target)} is tagged "feature" and "${tag}"; a model must not learn from ids, dates or labels`,
    });
  }
  return { name, kind: kinds[0] ?? 'numeric', description };
}

/** All ancestors of an action in the graph, sorted. */
function upstream(graph: CompiledGraph, name: string): string[] {
  const byName = new Map(graph.actions.map((action) => [targetName(action.target), action]));
  const seen = new Set<string>();
  const visit = (current: string) => {
    for (const dependency of byName.get(current)?.dependencies ?? []) {
      if (seen.has(dependency)) continue;
      seen.add(dependency);
      visit(dependency);
    }
  };
  visit(name);
  return [...seen].filter((one) => byName.get(one)?.kind !== 'assertion').sort();
}
