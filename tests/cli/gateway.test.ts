import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { emptyProject } from '../support/project.ts';

const main = join(packageRoot(), 'dist', 'cli', 'main.js');
/** A program of Node that runs as the command of the gateway. */
const program = (text: string) => ['--', process.execPath, '-e', text];
const DATABASE = ['gateway', '--database', ':memory:'];

test('a command gets the address and credentials that only this user can read, and its exit code is passed on', async () => {
  const { code, stdout, stderr } = await emptyProject().tidemark(
    ...DATABASE,
    ...program(`
      const { BIGQUERY_EMULATOR_HOST: url, GOOGLE_APPLICATION_CREDENTIALS: file } = process.env;
      const { mode } = require('node:fs').statSync(file);
      fetch(url + '/projects/any/datasets').then((answer) => {
        console.log(JSON.stringify({ url, file, mode: (mode & 0o777).toString(8), status: answer.status }));
        process.exit(3);
      });
    `),
  );
  expect(code, stderr).toBe(3);
  const said = JSON.parse(stdout);
  expect(said).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    file: expect.stringMatching(/tidemark-gateway-.*account\.json$/),
    mode: '600',
    status: 401,
  });
  expect(existsSync(said.file)).toBe(false);
  await expect(fetch(said.url)).rejects.toThrow('fetch failed');
});

test('says that there is no such command', async () => {
  const { code, stderr } = await emptyProject().tidemark(...DATABASE, '--', 'no-such-command', '--json');
  expect([code, stderr]).toEqual([
    2,
    'error USAGE\n  no-such-command cannot be run: there is no such command\n' +
      '  Read `tidemark <command> --help`; the message names the nearest match. (docs/errors.md#usage)\n',
  ]);
});

test('says that a port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await emptyProject().tidemark(...DATABASE, '--port', String(port));
  server.close();
  expect([code, stderr]).toEqual([
    2,
    `error PORT_TAKEN\n  Port ${port} is in use.\n` +
      '  Choose another with `--port`, or leave the flag out for a free one. (docs/errors.md#port_taken)\n',
  ]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('passes %s on to the command and leaves nothing behind', async (signal, expected) => {
  const tidemark = spawn(
    process.execPath,
    [
      main,
      ...DATABASE,
      ...program(`console.log(process.pid, process.env.GOOGLE_APPLICATION_CREDENTIALS); setInterval(() => {}, 1000);`),
    ],
    { cwd: emptyProject().dir, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DATABASE_URL: '' } },
  );
  const [line] = (await once(tidemark.stdout, 'data')) as [Buffer];
  const [pid, file] = line.toString().trim().split(' ') as [string, string];
  tidemark.kill(signal);
  const [code] = await once(tidemark, 'exit');
  expect(code).toBe(expected);
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  expect(existsSync(file)).toBe(false);
});

test('without a command it prints what to set, serves until Ctrl-C, and ends well', async () => {
  const project = emptyProject();
  const tidemark = spawn(process.execPath, [main, 'gateway', '--database', 'dev.duckdb'], {
    cwd: project.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: '' },
  });
  let printed = '';
  tidemark.stdout.on('data', (text) => {
    printed += text;
  });
  while (!printed.includes('GOOGLE_CLOUD_PROJECT')) await once(tidemark.stdout, 'data');
  const variables = Object.fromEntries(
    [...printed.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(Object.keys(variables)).toEqual([
    'BIGQUERY_EMULATOR_HOST',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'GOOGLE_CLOUD_PROJECT',
  ]);
  expect(statSync(variables.GOOGLE_APPLICATION_CREDENTIALS!).isFile()).toBe(true);
  expect((await fetch(variables.BIGQUERY_EMULATOR_HOST!)).status).toBe(401);
  tidemark.kill('SIGINT');
  const [code] = await once(tidemark, 'exit');
  expect(code).toBe(0);
  expect(existsSync(variables.GOOGLE_APPLICATION_CREDENTIALS!)).toBe(false);
});

test('the CLI compiles without a database', async () => {
  const project = emptyProject();
  project.write('workflow_settings.yaml', 'defaultDataset: shop\n');
  const { code, stdout } = await project.tidemark('gateway', '--', 'dataform', 'compile', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Compile the dataform project.');
  expect(existsSync(project.path('data'))).toBe(false);
});
