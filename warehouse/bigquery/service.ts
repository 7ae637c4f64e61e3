import { BigQuery, type Job, type Query } from '@google-cloud/bigquery';
import { TidemarkError } from '../../core/errors.ts';
import type { Spelling } from '../spelling.ts';
import type { Target } from '../target.ts';
import type { Column, Connection, Relation, RelationType, Row, Value, Warehouse } from '../warehouse.ts';
import { collectColumns, type Field, type RestRow, toRow } from './results.ts';
import { googleSpelling } from './spelling.ts';

/** Who asks, and where. */
export interface BigqueryOptions {
  /** Project that pays for jobs. */
  readonly projectId: string;
  /** Project of the tables, where their names do not say. */
  readonly dataProject: string;
  /** Where new data sets are made and jobs run: `EU`. */
  readonly location: string;
  /** What a credentials file says; undefined: the application default credentials of Google's tools. */
  readonly credentials?: object;
}

/** A column of a table to make. */
export interface NewColumn {
  readonly name: string;
  readonly type: 'STRING' | 'INT64' | 'FLOAT64' | 'TIMESTAMP';
  readonly required?: boolean;
}

/**
 * BigQuery itself, as far as loading and learning need it; the Dataform CLI runs the models. The environment variable
 * BIGQUERY_EMULATOR_HOST puts the gateway in its place. Every error is a TidemarkError WAREHOUSE_FAILED with BigQuery's message.
 */
export interface BigqueryService extends Pick<Connection, 'columns' | 'cancel'>, Pick<Warehouse, 'describe'> {
  readonly statements: Spelling;
  /** A date is bound as a moment. */
  rows<T extends Row = Row>(sql: string, parameters?: readonly (Value | Date)[]): Promise<T[]>;
  /** Does nothing when there is one. */
  createSchema(schema: string): Promise<void>;
  /** Does nothing when there is one. After `expires` BigQuery removes the table. */
  createTable(target: Target, columns: readonly NewColumn[], expires?: Date): Promise<void>;
  drop(target: Target): Promise<void>;
  /** Appends rows to a table in one load job: all arrive or none does. */
  append(target: Target, rows: readonly object[]): Promise<void>;
}

/** A page is cut at 10 MB by the service itself. */
const PAGE_ROWS = 50_000;
const TYPES: { readonly [type: string]: RelationType } = { VIEW: 'view', MATERIALIZED_VIEW: 'materialized view' };

/** Asks nothing of the service yet. */
export function bigqueryService({ dataProject, ...options }: BigqueryOptions): BigqueryService {
  const client = new BigQuery(options);
  const dataset = (schema: string, project = dataProject) => client.dataset(schema, { projectId: project });
  const table = ({ database, schema, name }: Target) => dataset(schema, database || dataProject).table(name);
  let running: Job | undefined;

  const read = async (
    sql: string,
    parameters: readonly (Value | Date)[],
    begin: (fields: readonly Field[]) => (rows: readonly RestRow[]) => void,
  ): Promise<void> => {
    const [job] = await client.createQueryJob(queryOf(sql, parameters));
    running = job;
    let add: ((rows: readonly RestRow[]) => void) | undefined;
    let next: object | null = { maxResults: PAGE_ROWS, autoPaginate: false, skipParsing: true };
    try {
      while (next) {
        const answer: unknown[] = await job.getQueryResults(next);
        const [rows, following, response] = answer as [RestRow[], object | null, { schema?: { fields?: Field[] } }];
        if (response?.schema?.fields) add ??= begin(response.schema.fields);
        add?.(rows);
        next = following;
      }
    } finally {
      running = undefined;
    }
  };

  return {
    statements: googleSpelling(dataProject),
    async rows<T extends Row>(sql: string, parameters: readonly (Value | Date)[] = []) {
      const found: T[] = [];
      await told(
        read(sql, parameters, (fields) => (rows) => {
          for (const row of rows) found.push(toRow(row, fields) as T);
        }),
      );
      return found;
    },
    async columns(sql, parameters = []) {
      let columns = (): Column[] => [];
      await told(
        read(sql, parameters, (fields) => {
          const collector = collectColumns(fields);
          columns = collector.columns;
          return collector.add;
        }),
      );
      return columns();
    },
    cancel() {
      // Whether it could be stopped shows in what becomes of it.
      running?.cancel().catch(() => undefined);
    },
    async describe(target) {
      try {
        const [metadata] = (await table(target).getMetadata()) as unknown as [
          { type: string; schema?: { fields?: Field[] } },
        ];
        const { fields = [] } = metadata.schema ?? {};
        const type = TYPES[metadata.type] ?? 'table';
        return { type, columns: fields.map(({ name, type }) => ({ name, type })) } satisfies Relation;
      } catch (error) {
        if (codeOf(error) === 404) return undefined;
        throw failed(error);
      }
    },
    createSchema: (schema) =>
      told(unlessThere(client.createDataset(schema, { projectId: dataProject, location: options.location }))),
    createTable: (target, columns, expires) =>
      told(
        unlessThere(
          dataset(target.schema).createTable(target.name, {
            schema: columns.map(({ name, type, required }) => ({
              name,
              type,
              mode: required ? 'REQUIRED' : 'NULLABLE',
            })),
            ...(expires ? { expirationTime: String(expires.getTime()) } : {}),
          }),
        ),
      ),
    drop: (target) => told(table(target).delete({ ignoreNotFound: true })),
    append: (target, rows) =>
      told(
        new Promise<void>((resolve, reject) => {
          table(target)
            .createWriteStream({
              sourceFormat: 'NEWLINE_DELIMITED_JSON',
              createDisposition: 'CREATE_NEVER',
              writeDisposition: 'WRITE_APPEND',
            })
            .once('complete', () => resolve())
            .once('error', reject)
            .end(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        }),
      ),
  };
}

/** `$1` of the other engines is `@p1`, a parameter by name: the text may name it more than once. */
function queryOf(sql: string, parameters: readonly (Value | Date)[]): Query {
  const query = sql.replace(/`[^`]*`|'(?:[^'\\]|\\[\s\S])*'|\$(\d+)/g, (text, number) =>
    number ? `@p${number}` : text,
  );
  if (parameters.length === 0) return { query };
  return {
    query,
    params: Object.fromEntries(
      parameters.map((value, i) => [`p${i + 1}`, value instanceof Date ? BigQuery.timestamp(value) : value]),
    ),
  };
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (codeOf(error) !== 409) throw error;
  }
}

async function told(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw failed(error);
  }
}

const failed = (error: unknown): TidemarkError =>
  new TidemarkError(
    { code: 'WAREHOUSE_FAILED', message: `BigQuery: ${error instanceof Error ? error.message : String(error)}` },
    { cause: error },
  );
