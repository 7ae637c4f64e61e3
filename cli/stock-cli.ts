import { createRequire } from 'node:module';

/** What a command line has to say in addition, so that the Dataform CLI finds the gateway. */
export interface StockAdditions {
  /** For `run` and `test`. */
  readonly credentialsFile: string;
  /** Variables of the project; those on the command line win. */
  readonly vars: { readonly [name: string]: string };
}

/** Sub-commands of the CLI that talk to BigQuery, and those that compile. */
const TALKING = new Set(['run', 'test']);
const COMPILING = new Set(['run', 'test', 'compile']);

/** Whether a command is the Dataform CLI, and its sub-command. */
export function stockSubcommand([program, subcommand]: readonly string[]): string | undefined {
  return program === 'dataform' ? (subcommand ?? 'help') : undefined;
}

export const talksToBigquery = (command: readonly string[]): boolean => TALKING.has(stockSubcommand(command) ?? '');

/** Whether the command is one that only reads. */
export const onlyReads = (command: readonly string[]): boolean =>
  stockSubcommand(command) === 'test' || (stockSubcommand(command) === 'run' && command.includes('--dry-run'));

/**
 * The command with what is added: `dataform` is the CLI that is installed with this package, whatever the search path says. Any other command
 * stays as it is.
 */
export function withAdditions(command: readonly string[], { credentialsFile, vars }: StockAdditions): string[] {
  const subcommand = stockSubcommand(command);
  if (subcommand === undefined) return [...command];
  const cli = createRequire(import.meta.url).resolve('@dataform/cli/bundle.js');
  const { args, value: given } = takeFlag(command.slice(1), '--vars');
  const pairs = [...Object.entries(vars).map(([name, value]) => `${name}=${value}`), ...(given ? [given] : [])];
  return [
    process.execPath,
    cli,
    ...args,
    ...(COMPILING.has(subcommand) && pairs.length > 0 ? [`--vars=${pairs.join(',')}`] : []),
    ...(TALKING.has(subcommand) && !hasFlag(args, '--credentials') ? [`--credentials=${credentialsFile}`] : []),
  ];
}

const hasFlag = (args: readonly string[], flag: string) =>
  args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));

/** The arguments without a flag and its value; the CLI takes the flag once. */
function takeFlag(args: readonly string[], flag: string): { args: string[]; value: string | undefined } {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return { args: [...args], value: undefined };
  const joined = args[at]!.startsWith(`${flag}=`);
  return {
    args: [...args.slice(0, at), ...args.slice(at + (joined ? 1 : 2))],
    value: joined ? args[at]!.slice(flag.length + 1) : args[at + 1],
  };
}
