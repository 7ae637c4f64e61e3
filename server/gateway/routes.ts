import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/effects.ts';
import { messageOf } from '../../runner/persist.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { check, type Job, type Jobs, scriptWork } from './jobs.ts';
import { type LoadConfiguration, loadWork } from './load-job.ts';
import { type QueryParameter, spelledParameters } from './parameters.ts';
import type { Respelling } from './respell.ts';
import { errorBody, HttpError } from './rest-error.ts';
import { page } from './results.ts';
import { makeTables } from './tables.ts';
import type { Dialect } from './tokens.ts';

export interface Request {
  readonly method: string;
  /** Below `/projects`, without a slash at its beginning. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** The file that an upload carries. */
  readonly data?: Buffer;
  /** Aborted when the client goes before it has its answer. */
  readonly gone: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface Served {
  readonly warehouse: Warehouse;
  readonly jobs: Jobs;
  readonly spelling: Respelling['spelling'];
  readonly dialect: Dialect;
  readonly clock: Clock;
}

interface QueryConfiguration {
  readonly query?: { readonly query?: string; readonly queryParameters?: readonly QueryParameter[] };
  readonly load?: LoadConfiguration;
  readonly dryRun?: boolean;
}

/** How long an answer waits for a job, unless the client says otherwise; it asks again then. */
const WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 60_000;
const PAGE_ROWS = 10_000;

/** Answers the calls of BigQuery's REST interface (version 2) that its Node client makes for queries, tables and data sets. */
export function makeRoutes(served: Served): (request: Request) => Promise<Answer> {
  const { jobs, clock } = served;
  const tables = makeTables(served);
  const contextOf = (query: QueryConfiguration['query']) => ({
    warehouse: served.warehouse,
    spelling: served.spelling,
    dialect: served.dialect,
    parameters: spelledParameters(query?.queryParameters ?? [], served.warehouse),
  });

  const jobOf = (id: string, project: string): Job => {
    const job = jobs.find(id);
    if (!job) throw new HttpError(404, 'notFound', `Not found: Job ${project}:US.${id}`);
    return job;
  };

  const insertJob = async (project: string, { body, data, gone }: Request): Promise<Answer> => {
    const { configuration = {}, jobReference = {} } = body as {
      configuration?: QueryConfiguration;
      jobReference?: { jobId?: string; location?: string };
    };
    const id = jobReference.jobId ?? randomUUID();
    const location = jobReference.location ?? 'US';
    if (configuration.load && data) {
      // A client that got no answer sends the same job again.
      const job =
        jobs.find(id) ?? jobs.start(id, location, configuration, loadWork(configuration.load, data, served.warehouse));
      // The client asks after a load every half a second; most are over before the first time.
      await jobs.wait(job, WAIT_MS, gone);
      return { status: 200, body: jobBody(project, job) };
    }
    const sql = configuration.query?.query;
    if (sql === undefined)
      throw new HttpError(400, 'invalid', 'The gateway takes query jobs and load jobs of local files.');
    const context = contextOf(configuration.query);
    if (configuration.dryRun) {
      await check(jobs, sql, { ...context, signal: gone });
      const now = clock.now();
      const ended = { id, location, configuration, createdAt: now, startedAt: now, endedAt: now };
      return { status: 200, body: jobBody(project, ended) };
    }
    const job = jobs.find(id) ?? jobs.start(id, location, configuration, scriptWork(sql, context));
    return { status: 200, body: jobBody(project, job) };
  };

  const queryResults = async (project: string, job: Job, { query, gone }: Request): Promise<Answer> => {
    const asked = Number(query.get('timeoutMs') ?? WAIT_MS);
    await jobs.wait(job, Math.min(Number.isFinite(asked) ? asked : WAIT_MS, LONGEST_WAIT_MS), gone);
    if (job.error) return { status: 400, body: errorBody(400, job.error) };
    const about = { kind: 'bigquery#getQueryResultsResponse', jobReference: reference(project, job) };
    if (!job.outcome) return { status: 200, body: { ...about, jobComplete: false } };
    const { result, changed } = job.outcome;
    const most = Math.min(Number(query.get('maxResults') ?? PAGE_ROWS) || PAGE_ROWS, PAGE_ROWS);
    const rows = result
      ? page(result, Number(query.get('pageToken') ?? query.get('startIndex') ?? 0) || 0, most)
      : { totalRows: '0' };
    return { status: 200, body: { ...about, jobComplete: true, ...rows, numDmlAffectedRows: String(changed) } };
  };

  /** `jobs.query`: a job and its first results in one answer. */
  const runQuery = async (project: string, request: Request): Promise<Answer> => {
    const {
      query: sql = '',
      dryRun,
      maxResults,
      timeoutMs,
      location = 'US',
    } = request.body as {
      query?: string;
      dryRun?: boolean;
      maxResults?: number;
      timeoutMs?: number;
      location?: string;
    };
    const context = contextOf(request.body as QueryConfiguration['query']);
    if (dryRun) {
      await check(jobs, sql, { ...context, signal: request.gone });
      return { status: 200, body: { kind: 'bigquery#queryResponse', jobComplete: true, totalBytesProcessed: '0' } };
    }
    const job = jobs.start(randomUUID(), location, { query: { query: sql } }, scriptWork(sql, context));
    const query = new URLSearchParams();
    if (maxResults !== undefined) query.set('maxResults', String(maxResults));
    if (timeoutMs !== undefined) query.set('timeoutMs', String(timeoutMs));
    return queryResults(project, job, { ...request, query });
  };

  return async (request) => {
    const { method, path } = request;
    const [project = '', kind, id = '', further, table] = path.split('/').map(decoded);
    const call = `${method} ${kind}${id && '/:id'}${further ? `/${further}` : ''}${table ? '/:id' : ''}`;
    try {
      switch (call) {
        case 'POST jobs':
          return await insertJob(project, request);
        case 'GET jobs/:id':
          return { status: 200, body: jobBody(project, jobOf(id, project)) };
        case 'POST jobs/:id/cancel': {
          const job = jobOf(id, project);
          jobs.cancel(job);
          return { status: 200, body: { kind: 'bigquery#jobCancelResponse', job: jobBody(project, job) } };
        }
        case 'POST queries':
          return await runQuery(project, request);
        case 'GET queries/:id':
          return await queryResults(project, jobOf(id, project), request);
        case 'GET datasets':
          return { status: 200, body: await tables.datasets(project) };
        case 'POST datasets':
          return { status: 200, body: await tables.createDataset(project, request.body) };
        case 'GET datasets/:id/tables':
          return { status: 200, body: await tables.list(project, id) };
        case 'POST datasets/:id/tables':
          return { status: 200, body: await tables.create(project, id, request.body) };
        case 'GET datasets/:id/tables/:id':
          return { status: 200, body: await tables.get(project, { schema: id, name: table! }) };
        case 'PATCH datasets/:id/tables/:id':
          return { status: 200, body: await tables.patch(project, { schema: id, name: table! }, request.body) };
        case 'DELETE datasets/:id/tables/:id':
          await tables.remove({ schema: id, name: table! });
          return { status: 200, body: {} };
        default:
          throw new HttpError(501, 'notImplemented', `The gateway does not serve ${method} /projects/${path}.`);
      }
    } catch (error) {
      if (error instanceof HttpError) throw error;
      // What the engine refuses is a wrong query, in the engine's own words.
      throw new HttpError(400, 'invalidQuery', messageOf(error));
    }
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, 'invalid', `The path cannot be read: ${part}`);
  }
}

const reference = (projectId: string, { id, location }: Pick<Job, 'id' | 'location'>) => ({
  projectId,
  jobId: id,
  location,
});

const queryStatistics = (outcome: Job['outcome']) => ({
  totalBytesBilled: '0',
  totalBytesProcessed: '0',
  ...(outcome ? { statementType: outcome.type, numDmlAffectedRows: String(outcome.changed) } : {}),
});

type DescribedJob = Pick<
  Job,
  'id' | 'location' | 'configuration' | 'createdAt' | 'startedAt' | 'endedAt' | 'error' | 'outcome'
>;

function jobBody(project: string, job: DescribedJob): object {
  const { id, location, configuration, createdAt, startedAt, endedAt, error, outcome } = job;
  const state = endedAt ? 'DONE' : startedAt ? 'RUNNING' : 'PENDING';
  const time = (date: Date) => String(date.getTime());
  return {
    kind: 'bigquery#job',
    id: `${project}:${location}.${id}`,
    jobReference: reference(project, job),
    configuration: { ...configuration, jobType: 'load' in configuration ? 'LOAD' : 'QUERY' },
    status: { state, ...(error ? { errorResult: error, errors: [error] } : {}) },
    statistics: {
      creationTime: time(createdAt),
      ...(startedAt ? { startTime: time(startedAt) } : {}),
      ...(endedAt ? { endTime: time(endedAt) } : {}),
      totalBytesProcessed: '0',
      ...('load' in configuration
        ? { load: outcome ? { outputRows: String(outcome.changed) } : {} }
        : { query: queryStatistics(outcome) }),
    },
  };
}
