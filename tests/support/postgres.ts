import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface Database {
  readonly url: string;
  /** The same database for another role. */
  urlOf(user: string, password: string): string;
  remove(): Promise<void>;
}

/** A database of its own on the server of the test run. */
export async function makeDatabase(): Promise<Database> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(server, `create database ${name}`);
  const at = (user?: string, password?: string) => {
    const url = new URL(server);
    url.pathname = `/${name}`;
    if (user !== undefined) url.username = user;
    if (password !== undefined) url.password = password;
    return url.href;
  };
  return { url: at(), urlOf: at, remove: () => administer(server, `drop database ${name} with (force)`) };
}

/** Runs a statement as the user that owns the server. */
export async function administer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
