import { asTidemarkError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { watchFiles } from '../../core/watch-files.ts';
import type { Workspace } from '../../core/workspace.ts';
import { type Context, giveResult } from '../context.ts';
import { type RunFlags, runModelsStep } from './run.ts';

const WATCHED = {
  folders: ['definitions', 'includes', 'configs'],
  files: ['dataform.json', 'workflow_settings.yaml', 'package.json'],
};
const SHOWN_FILES = 3;

/**
 * Runs what has changed, now and after each save, until it is interrupted. The warehouse is open only while a run goes on. A save in the
 * middle of a run ends that run, because the newest is what is wanted: what had ended is remembered, what was going on is rolled back.
 */
export async function watchProject(context: Context, place: Workspace, flags: RunFlags): Promise<void> {
  const { signal, clock } = context.effects;
  const files = watchFiles(place.projectDir, WATCHED);
  signal.addEventListener('abort', () => files.close());
  try {
    for (let saved: string[] | undefined = []; saved; ) {
      if (saved.length > 0) {
        context.console.line();
        context.console.line(`${clock.now().toTimeString().slice(0, 8)} changed: ${list(saved)}`);
      }
      const next = files.next();
      const newer = new AbortController();
      void next.then(() => newer.abort());
      await cycle(context, place, flags, newer.signal);
      if (signal.aborted) return;
      if (!newer.signal.aborted) context.console.line('Waiting for changes; Ctrl-C ends.');
      saved = await next;
    }
  } finally {
    files.close();
  }
}

/** One run; whatever is wrong is shown, and nothing is thrown. */
async function cycle(context: Context, place: Workspace, flags: RunFlags, newer: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([context.effects.signal, newer]);
  const inCycle = { ...context, effects: { ...context.effects, signal } };
  try {
    giveResult(context, (await runModelsStep(inCycle, place, { ...flags, changed: true })).record);
  } catch (thrown) {
    for (const problem of asTidemarkError(thrown).problems) {
      if (problem.code === 'RUN_CANCELLED' && newer.aborted) continue;
      context.console.error(problem);
    }
  }
}

function list(paths: readonly string[]): string {
  const more = paths.length - SHOWN_FILES;
  return [...paths.slice(0, SHOWN_FILES), ...(more > 0 ? [`${plural(more, 'more file')}`] : [])].join(', ');
}
