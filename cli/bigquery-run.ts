import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TidemarkError } from '../core/errors.ts';
import type { Workspace } from '../core/workspace.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import type { RunRecord } from '../runner/record.ts';
import { runProblems } from '../runner/report.ts';
import type { Selection } from '../runner/select.ts';
import { runThroughStock, type StockEnd, stockPlan } from '../runner/stock-run.ts';
import { bigquerySettings, credentialsFile } from './bigquery-access.ts';
import { type Reports, withReports } from './ci-reports.ts';
import { googleSqlStep, projectOptions } from './commands/compile.ts';
import type { RunFlags } from './commands/run.ts';
import type { Context } from './context.ts';
import { runSummary } from './run-summary.ts';
import { runStep } from './step.ts';

const require = createRequire(import.meta.url);

export type BigqueryFlags = Omit<RunFlags, 'warehouse'> & { readonly credentials?: string | undefined };

/** What our runner does and the Dataform CLI does not. */
const OURS_ALONE = [
  ['explain', '--explain'],
  ['resume', '--resume'],
  ['changed', '--changed'],
  ['watch', '--watch'],
] as const satisfies readonly (readonly [keyof RunFlags, string])[];

/**
 * `run --warehouse bigquery`: the Dataform CLI runs the project, and what it says becomes the record of a run like any other.
 *
 * @throws {TidemarkError} USAGE for flags of our own runner; ACTION_FAILED and ASSERTION_FAILED as after any run.
 */
export async function runOnBigquery(
  context: Context,
  place: Workspace,
  flags: BigqueryFlags,
  selection: Selection,
): Promise<RunRecord | undefined> {
  const wrong = OURS_ALONE.filter(([name]) => flags[name] !== undefined).map(([, flag]) => flag);
  if (wrong.length > 0) {
    throw new TidemarkError(
      wrong.map((flag) => ({
        code: 'USAGE',
        message: `${flag} is no flag of a run on BigQuery, which the Dataform CLI does`,
      })),
    );
  }
  return withReports(context, 'run', place, flags, (reports) => handOver(context, place, flags, selection, reports));
}

async function handOver(
  context: Context,
  place: Workspace,
  flags: BigqueryFlags,
  selection: Selection,
  reports: Reports,
): Promise<RunRecord | undefined> {
  const graph = await googleSqlStep(context, flags, reports);
  const credentials = credentialsFor(context, place, flags, graph);
  try {
    const args = await argumentsFor(place, flags, credentials.file);
    if (flags.dryRun) {
      const { code, stdout, stderr } = await runCli([...args, '--dry-run'], context);
      context.console.data(stdout);
      if (code !== 0)
        throw new TidemarkError({ code: 'ACTION_FAILED', message: stderr.trim() || 'The dry run failed.' });
      return undefined;
    }
    const { version } = JSON.parse(
      readFileSync(join(dirname(require.resolve('@dataform/cli/bundle.js')), 'package.json'), 'utf8'),
    ) as { version: string };
    const record = await runStep(context, 'run', async () => {
      const run = { runsDir: place.runsDir, graph, plan: stockPlan(graph, selection), version };
      const record = await runThroughStock(run, () => runCli(args, context), context.effects);
      return [record, `${runSummary(record)}; by dataform ${version}`, record.status !== 'SUCCESSFUL'];
    });
    const { errors, byAction } = runProblems(record, graph, place.projectDir);
    reports.add(({ runCases }) => runCases(record, byAction));
    const own = record.reason === undefined ? [] : [{ code: 'ACTION_FAILED' as const, message: record.reason }];
    if (own.length + errors.length > 0) throw new TidemarkError([...own, ...errors]);
    return record;
  } finally {
    credentials.remove();
  }
}

/** The flags of the CLI that say what ours say. */
async function argumentsFor(place: Workspace, flags: BigqueryFlags, credentials: string): Promise<string[]> {
  const { vars = {} } = await projectOptions(place, flags);
  const pairs = Object.entries({ ...vars, engine: 'bigquery' }).map(([name, value]) => `${name}=${value}`);
  const list = (flag: string, values: readonly string[] = []) =>
    values.length > 0 ? [`${flag}=${values.join(',')}`] : [];
  const set = (flag: string, given: boolean | undefined) => (given ? [flag] : []);
  return [
    'run',
    place.projectDir,
    `--credentials=${credentials}`,
    `--vars=${pairs.join(',')}`,
    ...list('--actions', flags.actions),
    ...list('--tags', flags.tags),
    ...set('--include-deps', flags.includeDeps),
    ...set('--include-dependents', flags.includeDependents),
    ...set('--full-refresh', flags.fullRefresh),
    ...set('--run-tests', flags.runTests),
    ...list('--schema-suffix', flags.schemaSuffix === undefined ? [] : [flags.schemaSuffix]),
    ...list('--execution-timeout', flags.executionTimeout === undefined ? [] : [`${flags.executionTimeout}s`]),
  ];
}

/** Those that are named, those of the project, or the application default credentials of Google's tools. */
function credentialsFor(
  context: Context,
  place: Workspace,
  { credentials }: BigqueryFlags,
  { projectConfig }: CompiledGraph,
): { file: string; remove(): void } {
  const given = credentialsFile(context, place, credentials);
  if (given !== undefined) return { file: given, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-credentials-'));
  const file = join(folder, 'credentials.json');
  const { location } = bigquerySettings(place);
  writeFileSync(file, JSON.stringify({ projectId: projectConfig.defaultDatabase ?? '', location }), { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function runCli(args: readonly string[], { cwd, effects: { signal } }: Context): Promise<StockEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [require.resolve('@dataform/cli/bundle.js'), ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = () => child.kill('SIGKILL');
    // The CLI cancels its jobs at the first Ctrl-C.
    const interrupt = () => child.kill('SIGINT');
    process.once('exit', kill);
    signal.addEventListener('abort', interrupt, { once: true });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      signal.removeEventListener('abort', interrupt);
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}
