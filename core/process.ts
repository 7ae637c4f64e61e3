import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process of a machine, as it can be written down and found again later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Tells it from a later process with the same id, also after a restart of the machine; undefined where the system does not say. */
  readonly started?: string;
}

export function thisProcess(): ProcessIdentity {
  const started = processStart(process.pid);
  return { pid: process.pid, host: hostname(), ...(started === undefined ? {} : { started }) };
}

/** Whether a process goes on; undefined when it cannot be known: it was on another machine, or its id may have been given anew. */
export function isAlive({ pid, host, started }: ProcessIdentity): boolean | undefined {
  if (host !== hostname()) return undefined;
  if (!processLives(pid)) return false;
  return started === undefined ? undefined : processStart(pid) === started;
}

/** Whether a process with this id goes on here. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Linux counts the start of a process in ticks since the machine was started; undefined elsewhere and for a process that has ended. */
function processStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in brackets and may hold anything; see proc(5).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
