import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../core/files.ts';
import type { Context } from './context.ts';

type Register = (program: Command, context: Context) => void;

/** In the order of the help. Loaded on demand: a command should not wait for the packages of the others. */
const COMMANDS: Record<string, () => Promise<Register>> = {
  pipeline: async () => (await import('./commands/pipeline.ts')).registerPipeline,
  generate: async () => (await import('./commands/generate.ts')).registerGenerate,
  scenario: async () => (await import('./commands/scenario.ts')).registerScenario,
  load: async () => (await import('./commands/load.ts')).registerLoad,
  compile: async () => (await import('./commands/compile.ts')).registerCompile,
  run: async () => (await import('./commands/run.ts')).registerRun,
  test: async () => (await import('./commands/test.ts')).registerTest,
  format: async () => (await import('./commands/format.ts')).registerFormat,
  contract: async () => (await import('./commands/contract.ts')).registerContract,
  quality: async () => (await import('./commands/quality.ts')).registerQuality,
  rejects: async () => (await import('./commands/rejects.ts')).registerRejects,
  export: async () => (await import('./commands/export.ts')).registerExport,
  query: async () => (await import('./commands/query.ts')).registerQuery,
  train: async () => (await import('./commands/train.ts')).registerTrain,
  score: async () => (await import('./commands/score.ts')).registerScore,
  docs: async () => (await import('./commands/docs.ts')).registerDocs,
  gateway: async () => (await import('./commands/gateway.ts')).registerGateway,
  init: async () => (await import('./commands/init.ts')).registerInit,
  doctor: async () => (await import('./commands/doctor.ts')).registerDoctor,
  clean: async () => (await import('./commands/clean.ts')).registerClean,
};

/** The one that is named; none for the version; all of them for the help and for a misspelt name. */
function commandsFor(first: string): (() => Promise<Register>)[] {
  const named = COMMANDS[first];
  if (named) return [named];
  return /^(-V|--version)$/.test(first) ? [] : Object.values(COMMANDS);
}

/**
 * The command line for these arguments, with those commands alone that they can mean. Parsing throws a CommanderError on a wrong request, commands throw what they find.
 */
export async function makeProgram(context: Context, args: readonly string[]): Promise<Command> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  const program = new Command('tidemark')
    .description(
      'Runs Dataform SQLX projects on DuckDB and Postgres, and a churn project from raw files to a model card.',
    )
    .version(version)
    .option('--debug', 'print the stack of an unexpected error')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the flags and examples)')
    .exitOverride()
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nExit codes: 0 all well, 1 the run or a check failed, 2 the user asked for something impossible.',
    );
  program.configureOutput({
    writeOut: (text) => context.console.data(text),
    writeErr: (text) => context.console.line(text.trimEnd()),
  });
  for (const register of commandsFor(args[0] ?? '')) (await register())(program, context);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}
