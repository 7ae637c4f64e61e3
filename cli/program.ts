import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../core/files.ts';
import { registerClean } from './commands/clean.ts';
import { registerCompile } from './commands/compile.ts';
import { registerDocs } from './commands/docs.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerGenerate } from './commands/generate.ts';
import { registerLoad } from './commands/load.ts';
import { registerPipeline } from './commands/pipeline.ts';
import { registerRun } from './commands/run.ts';
import { registerScore } from './commands/score.ts';
import { registerTrain } from './commands/train.ts';
import type { Context } from './context.ts';

/** The whole command line. Parsing throws a CommanderError on a wrong request, commands throw what they find. */
export function makeProgram(context: Context): Command {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  const program = new Command('tidemark')
    .description('Runs Dataform SQLX projects on DuckDB, and a churn project from raw files to a model card.')
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
  const registrations = [
    registerPipeline,
    registerGenerate,
    registerLoad,
    registerCompile,
    registerRun,
    registerTrain,
    registerScore,
    registerDocs,
    registerDoctor,
    registerClean,
  ];
  for (const register of registrations) register(program, context);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}
