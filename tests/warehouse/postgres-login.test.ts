import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '../../warehouse/postgres/open.ts';
import { missingRights } from '../../warehouse/postgres/rights.ts';
import { makeServer, type OwnServer } from '../support/own-postgres.ts';
import { administer, type Database, makeDatabase } from '../support/postgres.ts';

describe('TLS', () => {
  const file = (name: string) => join(import.meta.dirname, 'tls', name);
  const text = (name: string) => readFileSync(file(name), 'utf8');
  let server: OwnServer;
  let plainServer: Database;
  beforeAll(async () => {
    server = await makeServer(['ssl=on', 'ssl_cert_file=only.crt', 'ssl_key_file=only.key'], {
      'only.crt': text('server.crt'),
      'only.key': text('server.key'),
    });
    plainServer = await makeDatabase();
  });
  afterAll(async () => {
    await server?.remove();
    await plainServer?.remove();
  });

  const url = (base: string, host: string, parameters: Record<string, string>) => {
    const made = new URL(base);
    made.hostname = host;
    for (const [name, value] of Object.entries(parameters)) made.searchParams.set(name, value);
    return made.href;
  };
  /** Whether the session is encrypted, or the first line of what went wrong. */
  const session = async (options: Parameters<typeof openPostgres>[0]) => {
    try {
      const warehouse = await openPostgres(options);
      const connection = await warehouse.connect();
      const [row] = await connection.rows('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      await warehouse.close();
      return row!.ssl ? 'encrypted' : 'plain';
    } catch (error) {
      return String(error)
        .split('\n')[1]!
        .trim()
        .replace(/^[^ ]*: /, '');
    }
  };
  const ca = file('ca.crt');

  test.each([
    ['localhost', {}, 'plain'],
    ['localhost', { sslmode: 'disable' }, 'plain'],
    ['localhost', { sslmode: 'prefer' }, 'encrypted'],
    ['localhost', { sslmode: 'require' }, 'encrypted'],
    ['localhost', { sslmode: 'require', sslrootcert: ca }, 'encrypted'],
    ['127.0.0.1', { sslmode: 'verify-ca', sslrootcert: ca }, 'encrypted'],
    ['localhost', { sslmode: 'verify-full', sslrootcert: ca }, 'encrypted'],
    [
      '127.0.0.1',
      { sslmode: 'verify-full', sslrootcert: ca },
      "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
    ],
    ['localhost', { sslmode: 'verify-full' }, 'unable to verify the first certificate'],
    [
      'localhost',
      { sslmode: 'verify-ca' },
      'sslmode=verify-ca needs sslrootcert, the file with the certificate of the authority',
    ],
    [
      'localhost',
      { sslmode: 'require', sslrootcert: '/no/such.crt' },
      'sslrootcert names /no/such.crt, which does not exist',
    ],
    [
      'localhost',
      { sslmode: 'requre' },
      'sslmode is "requre", expected one of disable, allow, prefer, require, verify-ca, verify-full Did you mean "require"?',
    ],
  ])('%s %o: %s', async (host, parameters, expected) => {
    expect(await session({ connectionString: url(server.url, host, parameters) })).toBe(expected.trim());
  });

  test('of a server that has none is an error, unless it is only preferred', async () => {
    const { hostname } = new URL(plainServer.url);
    expect(await session({ connectionString: url(plainServer.url, hostname, { sslmode: 'require' }) })).toBe(
      'The server does not support SSL connections',
    );
    expect(await session({ connectionString: url(plainServer.url, hostname, { sslmode: 'prefer' }) })).toBe('plain');
  });

  test('can stand in PGSSLMODE and PGSSLROOTCERT; the URL wins', async () => {
    const tls = { mode: 'verify-full', rootCertificate: ca };
    expect(await session({ connectionString: url(server.url, 'localhost', {}), tls })).toBe('encrypted');
    expect(await session({ connectionString: url(server.url, 'localhost', { sslmode: 'disable' }), tls })).toBe(
      'plain',
    );
  });
});

test('what a role may not do is said for all schemas at once, with the statements that grant it', async () => {
  const database = await makeDatabase();
  const role = `limited_${process.pid}`;
  const name = new URL(database.url).pathname.slice(1);
  await administer(
    database.url,
    `create role ${role} login password 'r'; revoke temporary on database ${name} from public;
     create schema used; create schema closed; create table used.mine (); create view used.theirs as select 1 as a;
     grant usage, create on schema used to ${role}; alter table used.mine owner to ${role}`,
  );
  const owner = new URL(database.url).username;
  const warehouse = await openPostgres({ connectionString: database.url });
  const connection = await warehouse.connect();
  await connection.execute(`set role ${role}`);
  try {
    const missing = await missingRights(
      connection,
      warehouse.statements,
      ['used.mine', 'used.theirs', 'used.fresh', 'closed.a', 'closed.b', 'absent.a'].map((full) => ({
        schema: full.split('.')[0]!,
        name: full.split('.')[1]!,
      })),
    );
    expect(missing.map(({ code, message, hint }) => `${code} ${message} ${hint}`)).toEqual([
      `RIGHTS_MISSING ${role} may not make temporary tables in the database ${name}. Its owner or an administrator can run: grant temporary on database "${name}" to "${role}";`,
      `RIGHTS_MISSING The schema absent does not exist, and ${role} may not make schemas in the database ${name}. Its owner or an administrator can run: create schema "absent" authorization "${role}";`,
      `RIGHTS_MISSING ${role} may not make tables in the schema closed. Its owner or an administrator can run: grant usage, create on schema "closed" to "${role}";`,
      `RIGHTS_MISSING used.theirs belongs to ${owner}, so ${role} may not replace it. Its owner or an administrator can run: alter view "used"."theirs" owner to "${role}";`,
    ]);
    await connection.execute('reset role');
    for (const { hint } of missing) await connection.execute(hint!.split(': ')[1]!);
    const theirs = await openPostgres({ connectionString: database.urlOf(role, 'r') });
    const writes = ['used', 'closed', 'absent'].map((schema) => ({ schema, name: 'theirs' }));
    expect(await theirs.missingRights(writes)).toEqual([]);
    await theirs.close();
  } finally {
    await warehouse.close();
    await administer(database.url, `reassign owned by ${role} to ${owner}; drop owned by ${role}; drop role ${role}`);
    await database.remove();
  }
});
