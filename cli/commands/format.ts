import { isUtf8 } from 'node:buffer';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Problem, TidemarkError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { plural } from '../../core/format.ts';
import { unifiedDiff } from '../../core/line-diff.ts';
import { formatText } from '../../runner/format-text.ts';
import { matchingSources, namedSources, pathIn, projectSources } from '../../runner/formattable.ts';
import { type Context, giveResult, projectFolder } from '../context.ts';
import { list } from '../flags.ts';
import { runStep } from '../step.ts';

interface FormatFlags {
  readonly projectDir?: string;
  readonly actions?: string[];
  readonly ignoreJsFiles?: boolean;
  readonly check?: boolean;
  readonly diff?: boolean;
}

/** What came of one file. */
interface FileResult {
  /** Relative to the folder that the command was called in. */
  readonly file: string;
  readonly status: 'formatted' | 'unformatted' | 'unchanged' | 'failed';
  readonly problem?: Problem;
}

export function registerFormat(program: Command, context: Context): void {
  program
    .command('format')
    .description('Format SQLX and JavaScript files as the stock "dataform format" does.')
    .argument('[files...]', 'files or folders (default: definitions/ and includes/ of the project)')
    .option('--project-dir <folder>', 'folder of the Dataform project', '.')
    .option('--actions <path,...>', 'only these files of the project; * is a wildcard; repeatable', list)
    .option('--ignore-js-files', 'leave .js files alone')
    .option('--check', 'write nothing, and end with 1 when a file is not formatted; on a terminal with the difference')
    .option('--diff', 'as --check, with the difference on standard output')
    .option('--json', 'the result as JSON on standard output')
    .option('--debug', 'print the stack of an unexpected error')
    .addHelpText(
      'after',
      `
Examples:
  tidemark format
  tidemark format definitions/gold definitions/orders.sqlx
  tidemark format --check
  tidemark format --diff | git apply`,
    )
    .action(async (paths: string[], flags: FormatFlags) => {
      const results = await runStep(context, 'format', async (step) => {
        const results: FileResult[] = [];
        const files = filesOf(context, paths, flags);
        for (const file of files) {
          step.update(pathIn(context.cwd, file), { done: results.length, total: files.length });
          // Formatting never waits, so a Ctrl-C would not be heard.
          await setImmediate();
          if (context.effects.signal.aborted) throw interrupted(results.length);
          results.push(formatFile(context, file, flags));
        }
        const n = (status: FileResult['status']) => results.filter((result) => result.status === status).length;
        const parts = [
          ...(checks(flags) ? [] : [`${plural(n('formatted'), 'file')} formatted`]),
          ...(n('unformatted') > 0 ? [`${n('unformatted')} not formatted`] : []),
          `${n('unchanged')} unchanged`,
          ...(n('failed') > 0 ? [`${n('failed')} failed`] : []),
        ];
        return [results, parts.join(', '), n('failed') + n('unformatted') > 0];
      });
      giveResult(context, results);
      const problems = problemsOf(results);
      if (problems.length > 0) throw new TidemarkError(problems);
    });
}

const checks = ({ check, diff }: FormatFlags): boolean => Boolean(check || diff);

function filesOf(context: Context, paths: readonly string[], flags: FormatFlags): string[] {
  const { actions = [] } = flags;
  const named = namedSources(context.cwd, paths);
  const matched = actions.length > 0 ? matchingSources(projectFolder(context, flags), actions) : [];
  const files =
    paths.length + actions.length > 0
      ? [...new Set([...named, ...matched])]
      : projectSources(projectFolder(context, flags));
  return flags.ignoreJsFiles ? files.filter((file) => extname(file) !== '.js') : files;
}

function formatFile(context: Context, path: string, flags: FormatFlags): FileResult {
  const file = pathIn(context.cwd, path);
  const bytes = readFileSync(path);
  const failed = (problem: Pick<Problem, 'message' | 'line' | 'column'>): FileResult => ({
    file,
    status: 'failed',
    problem: { code: 'FORMAT_FAILED', file, ...problem },
  });
  if (!isUtf8(bytes)) return failed({ message: 'The file is not UTF-8.' });
  const before = bytes.toString();
  const formatted = formatText(before, extname(path) === '.js' ? 'js' : 'sqlx');
  if ('problem' in formatted) return failed(formatted.problem);
  if (formatted.text === before) return { file, status: 'unchanged' };
  if (checks(flags)) {
    const shown = flags.diff || (process.stdout.isTTY && !context.json);
    if (shown) context.console.data(unifiedDiff(before, formatted.text, file));
    return { file, status: 'unformatted' };
  }
  // A link stays a link, and the rights of the file stay.
  const target = realpathSync(path);
  writeFileAtomic(target, formatted.text, statSync(target).mode);
  context.console.line(`  ${file}`);
  return { file, status: 'formatted' };
}

function problemsOf(results: readonly FileResult[]): Problem[] {
  const unformatted = results.filter(({ status }) => status === 'unformatted').map(({ file }) => file);
  return [
    ...results.flatMap(({ problem }) => problem ?? []),
    ...(unformatted.length > 0
      ? [
          {
            code: 'NOT_FORMATTED' as const,
            message: [
              `${plural(unformatted.length, 'file')} not formatted:`,
              ...unformatted.map((file) => `  ${file}`),
            ].join('\n'),
          },
        ]
      : []),
  ];
}

const interrupted = (done: number): TidemarkError =>
  new TidemarkError({ code: 'RUN_CANCELLED', message: `interrupted after ${plural(done, 'file')}; each is whole.` });
