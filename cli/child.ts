import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { TidemarkError } from '../core/errors.ts';
import type { Context } from './context.ts';

/**
 * Runs a command with the terminal of this one, and returns its exit code. What ends this process is passed on; the command is never left
 * behind.
 *
 * @throws {TidemarkError} USAGE when there is no such command.
 */
export function runCommand(
  [program, ...args]: readonly string[],
  { cwd }: Context,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { cwd, env: { ...process.env, ...environment }, stdio: 'inherit' });
    const kill = () => child.kill('SIGKILL');
    // A terminal sends Ctrl-C to both.
    const interrupt = () => process.stdin.isTTY || child.kill('SIGINT');
    const terminate = () => child.kill('SIGTERM');
    process.once('exit', kill).on('SIGINT', interrupt).on('SIGTERM', terminate);
    const end = () => process.off('exit', kill).off('SIGINT', interrupt).off('SIGTERM', terminate);
    child.once('error', (error: NodeJS.ErrnoException) => {
      end();
      const missing = error.code === 'ENOENT' || error.code === 'EACCES';
      const message = `${program} cannot be run: ${error.code === 'ENOENT' ? 'there is no such command' : error.message}`;
      reject(missing ? new TidemarkError({ code: 'USAGE', message }, { cause: error }) : error);
    });
    child.once('close', (code, killedBy) => {
      end();
      resolve(code ?? 128 + constants.signals[killedBy!]);
    });
  });
}
