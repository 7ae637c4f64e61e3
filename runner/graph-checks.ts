import type { Problem } from '../core/errors.ts';
import type { RawAction, RawGraph, RawTarget } from './raw-graph.ts';

/** `schema.name`, or the name alone where there is no schema. */
export const nameOf = ({ schema, name }: RawTarget): string => (schema ? `${schema}.${name}` : name);

/** Everything that has a name in the warehouse. */
export const allActions = (raw: RawGraph): RawAction[] => [
  ...(raw.tables ?? []),
  ...(raw.operations ?? []),
  ...(raw.assertions ?? []),
  ...(raw.declarations ?? []),
];

/** Core does not look at these; an engine would, with a message about a bracket. */
export function emptyQueries(raw: RawGraph): Problem[] {
  const empty = [...(raw.tables ?? []), ...(raw.assertions ?? [])].filter(
    ({ query = '', jitCode }) => !jitCode && query.trim() === '',
  );
  const nothing = (raw.operations ?? []).filter(
    ({ queries = [], jitCode }) => !jitCode && queries.every((query) => query.trim() === ''),
  );
  return [...empty, ...nothing].map(({ target, fileName }) => ({
    code: 'COMPILE_FAILED' as const,
    message: `${nameOf(target)} has an empty query.`,
    ...(fileName ? { file: fileName } : {}),
    hint: 'Write the query below the config block; a "---" on one line with a brace swallows what follows it.',
  }));
}

/** Two databases are one here, so what they hold under the same name would overwrite each other. */
export function collisions(raw: RawGraph): Problem[] {
  const first = new Map<string, RawTarget>();
  const problems: Problem[] = [];
  for (const { target, fileName } of allActions(raw)) {
    const known = first.get(nameOf(target));
    if (known && known.database !== target.database) {
      problems.push({
        code: 'COMPILE_FAILED',
        message: `${nameOf(target)} exists in the databases "${known.database}" and "${target.database}"; this engine has one database only.`,
        ...(fileName ? { file: fileName } : {}),
      });
    }
    first.set(nameOf(target), target);
  }
  return problems;
}

/** Attached databases are opened for reading only. */
export function writesToAttached(raw: RawGraph, attached: readonly string[]): Problem[] {
  const made = [...(raw.tables ?? []), ...(raw.operations ?? []), ...(raw.assertions ?? [])];
  return made
    .filter(({ target }) => target.database !== undefined && attached.includes(target.database))
    .map(({ target, fileName }) => ({
      code: 'COMPILE_FAILED' as const,
      message: `${nameOf(target)} is made in the database "${target.database}", which is attached for reading only.`,
      ...(fileName ? { file: fileName } : {}),
      hint: 'Only declarations can lie in an attached database; leave out the database, or attach the file under another name.',
    }));
}
