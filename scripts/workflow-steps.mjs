// Reads the jobs of a workflow of GitHub Actions, as far as the workflows of this repository go.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** @returns {Record<string, any>} the jobs of the workflow in the file, by name, each with the environment that the workflow adds. */
export function readJobs(file) {
  const { jobs, env = {} } = parse(readFileSync(file, 'utf8'));
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [name, { ...job, env: { ...env, ...job.env }, steps: job.steps ?? [] }]),
  );
}

/**
 * Whether a step runs, by its `if`: terms joined by `&&`, each a status function, or a comparison of `steps.<id>.outcome` with a text. A step
 * without a status function runs as long as nothing has failed.
 *
 * @param {string | undefined} condition
 * @param {{ failed: boolean, outcomes: Record<string, string> }} state
 * @throws for anything else that GitHub may know.
 */
export function holds(condition, { failed, outcomes }) {
  const text = String(condition ?? '')
    .replace(/^\$\{\{(.*)\}\}$/s, '$1')
    .trim();
  const status = { 'always()': true, 'success()': !failed, 'failure()': failed, '!cancelled()': true };
  const terms = text === '' ? [] : text.split('&&').map((term) => term.trim());
  const own = terms.every((term) => {
    if (term in status) return status[term];
    const match = /^steps\.([\w-]+)\.outcome *(==|!=) *'([^']*)'$/.exec(term);
    if (!match) throw new Error(`the condition "${term}" cannot be judged here`);
    const [, step, operator, wanted] = match;
    return ((outcomes[step] ?? 'skipped') === wanted) === (operator === '==');
  });
  return own && (terms.some((term) => term in status) || !failed);
}

/** Postgres as a service of a job: who may do what, and the port by which the steps know it; undefined where there is none. */
export function postgresService({ services = {} }) {
  const service = Object.values(services).find(({ image = '' }) => /^postgres(:|$)/.test(image));
  if (!service) return undefined;
  const {
    POSTGRES_USER: user = 'postgres',
    POSTGRES_PASSWORD: password = '',
    POSTGRES_DB: database = user,
  } = service.env ?? {};
  return { user, password, database, port: Number(String(service.ports?.[0] ?? 5432).split(':')[0]) };
}
