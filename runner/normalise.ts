import { sha256 } from '../core/files.ts';
import { unterminated } from '../warehouse/statement-end.ts';
import { type Target, targetName } from '../warehouse/target.ts';
import {
  type Action,
  type AssertionAction,
  type CompiledGraph,
  GRAPH_VERSION,
  type Json,
  type OperationsAction,
  type TableAction,
  type TestAction,
  type UnsupportedAction,
} from './graph.ts';
import type {
  RawAction,
  RawAssertion,
  RawGraph,
  RawOperation,
  RawStruct,
  RawTable,
  RawTarget,
  RawTest,
  RawValue,
  TestFacts,
} from './raw-graph.ts';

/** Turns core's graph into ours: plain JSON, one list of actions sorted by name, defaults written out. */
export function normalise(raw: RawGraph, facts: readonly TestFacts[] = []): CompiledGraph {
  const factsByName = new Map(facts.map((entry) => [entry.name, entry]));
  const tables = (raw.tables ?? []).map(table);
  const byName = new Map(tables.map((action) => [targetName(action.target), action]));
  const actions: Action[] = [
    ...tables,
    ...(raw.operations ?? []).map(operations),
    ...(raw.assertions ?? []).map((entry) => assertion(entry, byName)),
    ...(raw.declarations ?? []).map((entry) => ({ ...base(entry), kind: 'declaration' as const })),
    ...(raw.tests ?? []).map((entry) => test(entry, factsByName.get(entry.name))),
    ...(raw.notebooks ?? []).map((entry) => unsupported(entry, 'notebook')),
    ...(raw.dataPreparations ?? []).map((entry) => unsupported(entry, 'dataPreparation')),
  ];
  actions.sort((a, b) => (targetName(a.target) < targetName(b.target) ? -1 : 1));
  const { warehouse = '', defaultSchema = '', assertionSchema = '', defaultDatabase, vars = {} } = raw.projectConfig;
  const content = {
    version: GRAPH_VERSION,
    projectConfig: { warehouse, defaultSchema, assertionSchema, ...(defaultDatabase ? { defaultDatabase } : {}), vars },
    dataformCoreVersion: raw.dataformCoreVersion,
    actions,
  } as const;
  return { ...content, hash: sha256(JSON.stringify(content)) };
}

function base(raw: RawAction) {
  const descriptor = raw.actionDescriptor ?? {};
  return {
    target: target(raw.target),
    canonicalTarget: target(raw.canonicalTarget ?? raw.target),
    dependencies: [...new Set((raw.dependencyTargets ?? []).map((entry) => targetName(target(entry))))].sort(),
    tags: raw.tags ?? [],
    disabled: raw.disabled ?? false,
    fileName: (raw.fileName ?? '').replaceAll('\\', '/'),
    description: descriptor.description ?? '',
    columns: (descriptor.columns ?? []).map(({ path = [], description = '', tags = [] }) => ({
      name: path.join('.'),
      description,
      tags,
    })),
    properties: struct(descriptor.metadata?.extraProperties),
  };
}

function table(raw: RawTable): TableAction | UnsupportedAction {
  if (raw.jitCode) return unsupported(raw, 'jit');
  const kind = ({ TABLE: 'table', VIEW: 'view', INCREMENTAL: 'incremental' } as const)[raw.enumType];
  const action: TableAction = {
    ...base(raw),
    kind,
    query: unterminated(raw.query ?? ''),
    preOperations: statements(raw.preOps),
    postOperations: statements(raw.postOps),
    materialized: raw.materialized ?? false,
    bigquery: (raw.bigquery ?? {}) as TableAction['bigquery'],
  };
  return kind === 'incremental' ? { ...action, incremental: incremental(raw) } : action;
}

function incremental(raw: RawTable): NonNullable<TableAction['incremental']> {
  const { uniqueKey = [], bigquery = {}, where } = raw;
  const query = unterminated(raw.incrementalQuery || raw.query || '');
  return {
    query: incrementalQuery(query, where),
    preOperations: statements(raw.incrementalPreOps),
    postOperations: statements(raw.incrementalPostOps),
    uniqueKey,
    ...(bigquery.updatePartitionFilter ? { updatePartitionFilter: bigquery.updatePartitionFilter } : {}),
    predicates: statements(bigquery.incrementalPredicates),
    strategy:
      raw.incrementalStrategy === 'INSERT_OVERWRITE' ? 'INSERT_OVERWRITE' : uniqueKey.length > 0 ? 'MERGE' : 'INSERT',
    onSchemaChange: raw.onSchemaChange ?? 'IGNORE',
    protected: raw.protected ?? false,
  };
}

/** With the condition of the old form, `incremental_where`. */
export const incrementalQuery = (query: string, where: string | undefined): string =>
  where ? `select * from (\n${query}\n) as subquery\nwhere ${where}` : query;

function operations(raw: RawOperation): OperationsAction | UnsupportedAction {
  if (raw.jitCode) return unsupported(raw, 'jit');
  return { ...base(raw), kind: 'operations', queries: statements(raw.queries), hasOutput: raw.hasOutput ?? false };
}

/** Built-in assertions have no properties of their own: what they assert and how severe it is comes from their table. */
function assertion(raw: RawAssertion, tables: ReadonlyMap<string, Action>): AssertionAction | UnsupportedAction {
  if (raw.jitCode) return unsupported(raw, 'jit');
  const own = base(raw);
  const parent = raw.parentAction && targetName(target(raw.parentAction));
  const severity = parent ? tables.get(parent)?.properties.assertionSeverity : own.properties.severity;
  return {
    ...own,
    kind: 'assertion',
    query: unterminated(raw.query ?? ''),
    severity: severity === 'warn' ? 'warn' : 'error',
    ...(parent ? { parent, description: own.description || builtinDescription(raw.query ?? '', parent) } : {}),
  };
}

/** Read from the SQL, because core keeps the columns and conditions nowhere else. */
function builtinDescription(query: string, parent: string): string {
  const key = /\n {2}GROUP BY (.+)\n/.exec(query)?.[1];
  if (key) return `${parent} has at most one row per ${key}.`;
  const conditions = query.split(')\nUNION ALL\nSELECT\n').map((part) => {
    const start = part.indexOf('\nWHERE NOT (') + '\nWHERE NOT ('.length;
    return part.slice(start).replace(/\)\n$/, '').trim();
  });
  return `Each row of ${parent} satisfies: ${conditions.join('; ')}.`;
}

function test(raw: RawTest, facts: TestFacts | undefined): TestAction {
  const name = { schema: 'test', name: raw.name };
  return {
    ...base(raw),
    kind: 'test',
    target: name,
    canonicalTarget: name,
    query: unterminated(raw.testQuery ?? ''),
    expectedQuery: unterminated(raw.expectedOutputQuery ?? ''),
    model: facts ? targetName(target(facts.model)) : '',
    inputs: { used: facts?.usedInputs ?? [], unused: facts?.unusedInputs ?? [] },
    ...(facts?.before === undefined ? {} : { before: facts.before }),
  };
}

const unsupported = (raw: RawAction, kind: UnsupportedAction['kind']): UnsupportedAction => ({ ...base(raw), kind });

const target = ({ database, schema = '', name }: RawTarget): Target => ({
  ...(database ? { database } : {}),
  schema,
  name,
});

const statements = (list: readonly string[] | undefined): string[] => (list ?? []).filter((sql) => sql.trim() !== '');

const struct = ({ fields = {} }: RawStruct = {}): { [key: string]: Json } =>
  Object.fromEntries(Object.entries(fields).map(([key, entry]) => [key, json(entry)]));

function json(value: RawValue): Json {
  if (value.structValue) return struct(value.structValue);
  if (value.listValue) return Array.from(value.listValue.values ?? [], json);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
}
