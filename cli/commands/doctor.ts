import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { configNames } from '../../core/config.ts';
import { asTidemarkError, type Problem, TidemarkError } from '../../core/errors.ts';
import { packageRoot } from '../../core/files.ts';
import { DEFAULT_DATASET, type Workspace, workspace } from '../../core/workspace.ts';
import { loadScenario } from '../../generators/scenario.ts';
import { loadDataset } from '../../ingest/contract.ts';
import { loadMlConfig } from '../../ml/config.ts';
import { loadMonitorConfig } from '../../monitor/config.ts';
import { latestRun, runsGoingOn } from '../../runner/history.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { projectFlags } from '../flags.ts';
import { openForReading } from '../open-for-reading.ts';
import { killedMessage } from '../unended-runs.ts';
import { databaseFile, engineOf, type WarehouseFlags, warehouseFlags, warehouseOf } from '../warehouse.ts';

interface Check {
  readonly name: string;
  readonly found: string;
  readonly problems: readonly Problem[];
}

/** Below this a run of the default scenario can fill the disk. */
const DISK_BYTES = 2e9;

export function registerDoctor(program: Command, context: Context): void {
  warehouseFlags(
    projectFlags(
      program
        .command('doctor')
        .description('Check Node, the warehouse, disk, the last run and every configuration file.'),
    ),
  )
    .addHelpText('after', '\nExamples:\n  tidemark doctor\n  tidemark doctor --json')
    .action(async (flags: WarehouseFlags) => {
      const projectDir = projectFolder(context, flags);
      const checks = [
        node(),
        packages(),
        disk(projectDir),
        await warehouse(context, flags),
        lastRun(workspace(projectDir, flags)),
        ...configuration(projectDir),
      ];
      for (const { name, found, problems } of checks) {
        context.console.line(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(34)} ${found}`);
      }
      giveResult(context, { checks });
      const problems = checks.flatMap((check) => check.problems);
      if (problems.length > 0) throw new TidemarkError(problems);
    });
}

/** Runs a check; what it throws becomes its problems. */
function check(name: string, work: () => string): Check {
  try {
    return { name, found: work(), problems: [] };
  } catch (error) {
    const { problems } = asTidemarkError(error);
    return { name, found: problems[0]!.message.split('\n')[0]!, problems };
  }
}

const node = () => check('Node', () => process.version);

const packages = () =>
  check('packages', () => {
    const lock = join(packageRoot(), 'package-lock.json');
    if (!existsSync(lock)) return 'no lock file: installed as a package';
    const pinned = JSON.parse(readFileSync(lock, 'utf8')).packages as Record<string, { version: string }>;
    return ['@dataform/core', '@duckdb/node-api']
      .map((name) => `${name} ${pinned[`node_modules/${name}`]?.version}`)
      .join(', ');
  });

const disk = (projectDir: string) =>
  check('disk', () => {
    const { bavail, bsize } = statfsSync(projectDir);
    const free = bavail * bsize;
    if (free < DISK_BYTES) {
      throw new TidemarkError({
        code: 'DISK',
        message: `${(free / 1e9).toFixed(1)} GB free, expected at least ${DISK_BYTES / 1e9} GB`,
      });
    }
    return `${(free / 1e9).toFixed(0)} GB free`;
  });

/** Opens the warehouse as the other commands would. */
async function warehouse(context: Context, flags: WarehouseFlags): Promise<Check> {
  const place = workspace(projectFolder(context, flags), flags);
  if (engineOf(context, flags) === 'postgres') return postgres(context, flags);
  const file = databaseFile(context, flags, place);
  const exists = existsSync(file);
  try {
    const warehouse = await openForReading(context, flags, place);
    const { version } = warehouse;
    await warehouse.close();
    return { name: 'DuckDB', found: `${version}, ${exists ? file : 'no warehouse yet'}`, problems: [] };
  } catch (error) {
    return { name: 'DuckDB', found: 'cannot be opened', problems: asTidemarkError(error).problems };
  }
}

async function postgres(context: Context, flags: WarehouseFlags): Promise<Check> {
  try {
    const place = workspace(projectFolder(context, flags), flags);
    const opened = await openWarehouse({ ...warehouseOf(context, flags, place), readOnly: true });
    await opened.close();
    return { name: 'Postgres', found: opened.version, problems: [] };
  } catch (error) {
    return { name: 'Postgres', found: 'cannot be opened', problems: asTidemarkError(error).problems };
  }
}

/** A killed run is a problem until a later run has ended: its tables are of two runs. */
const lastRun = ({ runsDir }: Workspace) =>
  check('last run', () => {
    const record = latestRun(runsDir)?.record;
    const others = runsGoingOn(runsDir).map(({ runId, process }) => `${runId} is going on, process ${process.pid}`);
    if (record?.status === 'KILLED') throw new TidemarkError({ code: 'RUN_KILLED', message: killedMessage(record) });
    return [record ? `${record.runId}, ${record.status.toLowerCase()}` : 'no run yet', ...others].join('; ');
  });

/** One check a configuration file or data set: the same that the commands make. */
function configuration(projectDir: string): Check[] {
  const configs = join(projectDir, 'configs');
  const datasets = existsSync(join(configs, 'datasets'))
    ? readdirSync(join(configs, 'datasets'), { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [entry.name] : [],
      )
    : [];
  return [
    ...datasets.map((name) =>
      check(`configs/datasets/${name}`, () => {
        const { sources, references } = loadDataset(join(configs, 'datasets', name), projectDir);
        return `${sources.length} sources, ${references.length} references${name === DEFAULT_DATASET ? ' (default)' : ''}`;
      }),
    ),
    ...configNames(join(configs, 'scenarios')).map((name) =>
      check(`configs/scenarios/${name}.yaml`, () => {
        const { days, seed } = loadScenario(join(configs, 'scenarios', `${name}.yaml`), projectDir);
        return `${days} days, seed ${seed}`;
      }),
    ),
    ...(existsSync(join(configs, 'monitor.yaml'))
      ? [
          check('configs/monitor.yaml', () => {
            const { qualityAlert } = loadMonitorConfig(projectDir);
            return qualityAlert ? `alerts from ${qualityAlert.atLeast} criticality on` : 'no alerts';
          }),
        ]
      : []),
    ...configNames(join(configs, 'ml')).map((name) =>
      check(
        `configs/ml/${name}.yaml`,
        () => loadMlConfig(join(configs, 'ml', `${name}.yaml`), projectDir).value.label.column,
      ),
    ),
  ];
}
