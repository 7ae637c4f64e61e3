import { CommanderError } from 'commander';
import { systemClock } from '../core/effects.ts';
import { asTidemarkError } from '../core/errors.ts';
import { withAnnotations } from './annotations.ts';
import { makeProgram } from './program.ts';

void main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  // What follows is the command line of another program.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const json = own.includes('--json');
  const streams = { out: process.stdout, err: process.stderr };
  const environment = (name: string) => process.env[name] || undefined;
  const console = await withAnnotations((await consoleFor(json))(streams, systemClock), {
    args: own,
    cwd: process.cwd(),
    json,
    environment,
    writeError: (line) => void streams.err.write(`${line}\n`),
  });

  // The first Ctrl-C lets running statements be cancelled and records be written; the second one leaves at once.
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort();
    });
  }
  // A reader that closes the pipe early (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

  const { PGSSLMODE, PGSSLROOTCERT } = process.env;
  const context = {
    effects: { console, clock: systemClock, signal: interrupt.signal },
    console,
    cwd: process.cwd(),
    environment,
    databaseUrl: process.env.DATABASE_URL || undefined,
    postgresTls: {
      ...(PGSSLMODE ? { mode: PGSSLMODE } : {}),
      ...(PGSSLROOTCERT ? { rootCertificate: PGSSLROOTCERT } : {}),
    },
    json,
  };
  try {
    const program = await makeProgram(context, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      // Commander has printed its message; help and version end with 0, everything else is a wrong request.
      process.exitCode = thrown.exitCode === 0 ? 0 : 2;
    } else {
      const error = asTidemarkError(thrown);
      for (const problem of error.problems) console.error(problem);
      if (own.includes('--debug')) console.line(String(((error.cause as Error | undefined) ?? error).stack));
      process.exitCode = error.exitCode;
    }
  } finally {
    console.close();
  }
  // When all is written: to leave by itself, Node would first take apart what the process's end frees anyway.
  process.stderr.write('', () => process.stdout.write('', () => process.exit()));
}

/** Only the one that is wanted is loaded: the packages of the live region alone are a tenth of the time of a small command. */
async function consoleFor(json: boolean) {
  if (json) return (await import('../core/consoles/json.ts')).jsonConsole;
  if (process.stderr.isTTY && !process.env.CI && process.env.TERM !== 'dumb') {
    return (await import('../core/consoles/terminal.ts')).terminalConsole;
  }
  return (await import('../core/consoles/plain.ts')).plainConsole;
}
