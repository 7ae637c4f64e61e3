import { persist, REPEATABLE } from '../../runner/persist.ts';
import type { Target } from '../../warehouse/target.ts';
import type { Relation } from '../../warehouse/warehouse.ts';
import { creation, type NewField } from './new-table.ts';
import { HttpError } from './rest-error.ts';
import type { Served } from './routes.ts';
import { type Field, fieldOf } from './types.ts';

/** What a client says of a table beside its rows; kept while the gateway runs, with descriptions also as comments in the warehouse. */
interface Metadata {
  readonly description?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly schema?: { readonly fields?: readonly Partial<Field>[] };
}

const TYPES = { table: 'TABLE', view: 'VIEW', 'materialized view': 'MATERIALIZED_VIEW' } as const;

/** Data sets and tables, as the REST interface shows them. Schemas are data sets. */
export function makeTables({ warehouse, jobs, clock }: Pick<Served, 'warehouse' | 'jobs' | 'clock'>) {
  const { statements, capabilities } = warehouse;
  const known = new Map<string, Metadata>();
  const signal = new AbortController().signal;
  const key = ({ schema, name }: Target) => JSON.stringify([schema, name]);

  // The warehouse answers its own questions on one connection.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const answer = last.then(ask, ask);
    last = answer;
    return answer;
  };
  const describeSoon = batched((targets: readonly Target[]) => inTurn(() => warehouse.describeAll(targets)));

  const existing = async (project: string, target: Target): Promise<Relation> => {
    const relation = await describeSoon(target);
    if (relation) return relation;
    throw new HttpError(404, 'notFound', `Not found: Table ${project}:${target.schema}.${target.name}`);
  };
  const schemas = async (): Promise<string[]> => {
    const prefix = statements.catalog({ schema: '', name: '' }).schema;
    const rows = await jobs.withConnection((connection) =>
      connection.rows<{ schema: string }>(
        `select distinct schema_name as schema from information_schema.schemata
         where catalog_name = current_database() and schema_name not in ('main', 'information_schema', 'pg_catalog', 'pg_toast')
           and schema_name not like 'pg\\_temp%' escape '\\' and schema_name not like 'pg\\_toast%' escape '\\'
         order by 1`,
      ),
    );
    return rows.filter(({ schema }) => schema.startsWith(prefix)).map(({ schema }) => schema.slice(prefix.length));
  };
  const describe = (project: string, target: Target, relation: Relation): object => {
    const metadata = known.get(key(target)) ?? {};
    const described = new Map(metadata.schema?.fields?.map(({ name, description }) => [name, description]));
    return {
      kind: 'bigquery#table',
      ...named(project, target),
      type: TYPES[relation.type],
      schema: {
        fields: relation.columns.map(({ name, type }) => {
          const description = described.get(name);
          return { ...fieldOf(name, type), ...(description ? { description } : {}) };
        }),
      },
      // Neither engine keeps when a table was last changed.
      lastModifiedTime: String(clock.now().getTime()),
      ...(metadata.description ? { description: metadata.description } : {}),
      labels: metadata.labels ?? {},
    };
  };

  return {
    async datasets(project: string): Promise<object> {
      return {
        kind: 'bigquery#datasetList',
        datasets: (await schemas()).map((datasetId) => ({
          id: `${project}:${datasetId}`,
          datasetReference: { projectId: project, datasetId },
        })),
      };
    },
    async createDataset(project: string, body: unknown): Promise<object> {
      const { datasetReference: { datasetId = '' } = {} } = body as { datasetReference?: { datasetId?: string } };
      if (datasetId === '') throw new HttpError(400, 'invalid', 'The data set has no name.');
      if ((await schemas()).includes(datasetId))
        throw new HttpError(409, 'duplicate', `Already Exists: Dataset ${project}:${datasetId}`);
      await jobs.withConnection((connection) => connection.execute(statements.createSchema(datasetId)));
      return {
        kind: 'bigquery#dataset',
        id: `${project}:${datasetId}`,
        datasetReference: { projectId: project, datasetId },
      };
    },
    async create(project: string, schema: string, body: unknown): Promise<object> {
      const { tableReference: { tableId = '' } = {}, schema: { fields = [] } = {} } = body as {
        tableReference?: { tableId?: string };
        schema?: { fields?: readonly NewField[] };
      };
      const target = { schema, name: tableId };
      const sql = creation(target, fields, warehouse);
      if (await describeSoon(target))
        throw new HttpError(409, 'duplicate', `Already Exists: Table ${project}:${schema}.${tableId}`);
      await jobs.withConnection((connection) => connection.execute(sql));
      return describe(project, target, await existing(project, target));
    },
    async list(project: string, schema: string): Promise<object> {
      const relations = await inTurn(() => warehouse.relations([schema]));
      return {
        kind: 'bigquery#tableList',
        tables: relations.map(({ target, type }) => ({ ...named(project, target), type: TYPES[type] })),
        totalItems: relations.length,
      };
    },
    get: async (project: string, target: Target): Promise<object> =>
      describe(project, target, await existing(project, target)),
    async patch(project: string, target: Target, body: unknown): Promise<object> {
      const relation = await existing(project, target);
      const metadata = body as Metadata;
      known.set(key(target), metadata);
      const names = new Set(relation.columns.map(({ name }) => name));
      const comments = [
        ...(metadata.description ? [statements.comment(target, relation.type, metadata.description)] : []),
        ...(metadata.schema?.fields ?? []).flatMap(({ name, description }) =>
          name !== undefined && description && names.has(name)
            ? [statements.commentColumn(target, name, description)]
            : [],
        ),
      ];
      if (capabilities.comments && comments.length > 0) {
        await jobs.withConnection((connection) =>
          persist(
            { safety: REPEATABLE, attempt: () => connection.executeAll(comments) },
            { warehouse, connection, signal, retryLimit: 5 },
          ),
        );
      }
      return describe(project, target, relation);
    },
    async remove(target: Target): Promise<void> {
      const relation = await existing('', target);
      known.delete(key(target));
      await jobs.withConnection((connection) => connection.execute(statements.drop(target, relation.type)));
    },
  };
}

const named = (project: string, { schema, name }: Target) => ({
  id: `${project}:${schema}.${name}`,
  tableReference: { projectId: project, datasetId: schema, tableId: name },
});

/** Asks about many in one question: what is asked while an answer is on its way is asked together afterwards. */
function batched<K, V>(askAll: (keys: readonly K[]) => Promise<readonly V[]>): (key: K) => Promise<V> {
  let waiting: { key: K; resolve: (value: V) => void; reject: (error: unknown) => void }[] = [];
  let running = false;
  const ask = async () => {
    running = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        const answers = await askAll(asked.map(({ key }) => key));
        asked.forEach(({ resolve }, i) => {
          resolve(answers[i]!);
        });
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    running = false;
  };
  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!running) void ask();
    });
}
