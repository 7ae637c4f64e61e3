import { columnAnchors } from './anchors.ts';
import { kindName } from './pages/parts.ts';
import type { Site } from './site.ts';

/** `[name, kind, page, columns]`; a column is its name, or its name and its anchor where the two differ. */
export type SearchEntry = readonly [string, string, string, readonly (string | readonly [string, string])[]];

/**
 * The index of the search box as a classic script: a page that was opened from a disk can load a script, but not fetch a file. The box
 * loads it when it is first used, so that no page waits for it.
 */
export function searchData({ nodes }: Site): string {
  const entries = nodes.map(({ name, action, href }): SearchEntry => {
    const anchors = columnAnchors(action.columns);
    const columns = action.columns.map((column, i) =>
      anchors[i] === `column-${column.name}` ? column.name : ([column.name, anchors[i]!] as const),
    );
    return [name, kindName(action), href, columns];
  });
  return `globalThis.tidemarkIndex = ${JSON.stringify(entries)};\n`;
}
