import { appendFileSync, existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { asTidemarkError, type Problem, TidemarkError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import type { Workspace } from '../core/workspace.ts';
import type { Case, Outcome } from '../runner/ci/cases.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import type { Context } from './context.ts';
import { pathsOf } from './repository-paths.ts';
import { engineOf, type WarehouseFlags } from './warehouse.ts';

export interface ReportFlags {
  readonly junit?: string;
  readonly summary?: string;
}

/** Flags of the commands whose outcome CI shows. */
export const reportFlags = (command: Command): Command =>
  command
    .option('--junit <file>', 'also write what happened as JUnit XML')
    .option('--summary <file>', 'also write what happened as Markdown; GitHub Actions gets it without the flag')
    .addOption(
      new Option(
        '--annotations <format>',
        'say each problem as an annotation of its line on standard error (default: github in GitHub Actions, else none)',
      ).choices(['github', 'none']),
    );

type CaseMaker = (cases: typeof import('../runner/ci/cases.ts')) => readonly Case[];

/** Takes what a command has done, for the reports that are wanted; asks for the cases only then. */
export interface Reports {
  compiled(graph: CompiledGraph): void;
  add(make: CaseMaker): void;
}

/** Does the work of a command, then writes the reports that the flags and GitHub Actions want, also when the work failed. */
export async function withReports<T>(
  context: Context,
  name: string,
  place: Workspace,
  flags: ReportFlags & WarehouseFlags,
  work: (reports: Reports) => Promise<T>,
): Promise<T> {
  const stepSummary = context.environment('GITHUB_STEP_SUMMARY');
  const junit = fileOf(context, '--junit', flags.junit);
  const summary = fileOf(context, '--summary', flags.summary);
  if (!junit && !summary && !stepSummary) return work({ compiled() {}, add() {} });

  const { clock } = context.effects;
  const startedAt = clock.now().toISOString();
  const start = clock.monotonic();
  const makers: CaseMaker[] = [];
  let compiled = false;
  const reports: Reports = {
    compiled({ actions }) {
      compiled = true;
      const milliseconds = clock.monotonic() - start;
      makers.push(({ compiledCase }) => [compiledCase(actions.length, milliseconds)]);
    },
    add: (make) => void makers.push(make),
  };
  const write = async (problems: readonly Problem[]): Promise<void> => {
    const cases = await import('../runner/ci/cases.ts');
    const outcome: Outcome = {
      command: `tidemark ${name}`,
      subject: `${existsSync(place.datasetDir) ? place.name : basename(place.projectDir)} on ${engineOf(context, flags)}`,
      startedAt,
      milliseconds: clock.monotonic() - start,
      cases: [...makers.flatMap((make) => make(cases)), ...cases.otherCases(problems, compiled ? name : 'compile')],
    };
    const pathOf = pathsOf(place.projectDir, context.environment);
    if (junit) {
      const { junitXml } = await import('../runner/ci/junit.ts');
      writeReport(junit, () => writeFileAtomic(junit, junitXml(outcome, pathOf)));
    }
    if (!summary && !stepSummary) return;
    const { summaryMarkdown } = await import('../runner/ci/summary.ts');
    const text = summaryMarkdown(outcome, linkOf(context, pathOf));
    if (stepSummary) writeReport(stepSummary, () => appendFileSync(stepSummary, `${text}\n`));
    if (summary) writeReport(summary, () => writeFileAtomic(summary, text));
  };

  let result: T;
  try {
    result = await work(reports);
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    // What went wrong first is what has to be told.
    await write(error.problems).catch((failed: unknown) => {
      for (const problem of asTidemarkError(failed).problems) context.console.warn(problem);
    });
    throw error;
  }
  await write([]);
  return result;
}

/** Whatever keeps a report from being written is no defect of ours. */
function writeReport(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new TidemarkError({ code: 'DISK', message: `${path} was not written: ${(error as Error).message}` });
  }
}

/** The whole path; looked at before the work, which can take long. */
function fileOf(context: Context, flag: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(context.cwd, file);
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  throw new TidemarkError({ code: 'USAGE', message: `${flag} ${file} is a folder; expected the name of a file` });
}

/** In GitHub Actions a file of the project has an address, at the commit that is looked at. */
function linkOf({ environment }: Context, pathOf: (file: string) => string) {
  const [server, repository, commit] = ['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_SHA'].map(environment);
  return ({ file = '', line }: Pick<Problem, 'file' | 'line'>) => {
    const path = pathOf(file);
    if (!server || !repository || !commit) return { path };
    return { path, href: `${server}/${repository}/blob/${commit}/${path}${line === undefined ? '' : `#L${line}`}` };
  };
}
