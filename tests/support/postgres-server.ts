import type { TestProject } from 'vitest/node';
import { makeServer } from './own-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database on a server where tests may make databases of their own. */
    postgresUrl: string;
  }
}

/** Vitest's global setup: one real Postgres for the whole run, or the one that DATABASE_URL names. Gives back what stops it. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.DATABASE_URL) {
    project.provide('postgresUrl', process.env.DATABASE_URL);
    return undefined;
  }
  const server = await makeServer(['synchronous_commit=off']);
  project.provide('postgresUrl', server.url);
  return server.remove;
}
