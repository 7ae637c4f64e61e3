import type { Spelling } from '../spelling.ts';

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');

/** GoogleSQL: backticks around names, backslashes that escape. Names without a database lie in `project`. */
export function googleSpelling(project: string): Spelling {
  const inBackticks = (name: string) => `\`${escaped(name).replaceAll('`', '\\`')}\``;
  return {
    identifier: inBackticks,
    literal: (text) => `'${escaped(text).replaceAll("'", "\\'")}'`,
    relation: ({ database, schema, name }) => inBackticks(`${database || project}.${schema}.${name}`),
    catalog: (target) => target,
  };
}
