import { type Command, InvalidArgumentError } from 'commander';

/** Flags of every command that works on a data set of a project. */
export function projectFlags(command: Command): Command {
  return command
    .option('--project-dir <folder>', 'folder of the Dataform project', '.')
    .option('--dataset <name>', 'data set, a folder of configs/datasets (default: synthetic)')
    .option('--scenario <name>', 'scenario of the synthetic data set, a file of configs/scenarios (default: baseline)')
    .option('--json', 'events as JSON lines on standard error, the result as JSON on standard output')
    .option('--debug', 'print the stack of an unexpected error');
}

/** A whole number of at least `least`. */
export const integer = (least: number) => (text: string) => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < least) throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
  return n;
};

/** For flags that may be repeated and that take lists with commas. */
export const list = (text: string, before: string[] = []) => [
  ...before,
  ...text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
];

/** For flags that may be repeated and whose values may hold commas. */
export const each = (text: string, before: string[] = []) => [...before, text];

/** `--vars a=1,b=2`, repeatable. */
export const variables = (text: string, before: Record<string, string> = {}) => {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new InvalidArgumentError(`expected name=value, found "${pair}"`);
    return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  });
  return { ...before, ...Object.fromEntries(pairs) };
};
