import { escapeHtml, type Html, markup } from './html.ts';

const KEYWORDS = new Set(
  `add all alter and any array as asc at begin between bigint boolean by by case cast column comment commit create cross current_date
  current_timestamp date declare default delete desc distinct double drop else end escape except execute exists extract false fetch filter
  first following for foreign from full function group grouping having if ilike in index inner insert int64 integer intersect interval into
  is join key last lateral left like limit materialized merge natural not null nulls numeric of offset on or order outer over partition
  preceding precision primary procedure qualify range recursive references rename replace returning right rollback row rows schema select
  set sets some string struct table text then timestamp timestamptz to true truncate unbounded union unique unnest update using values
  varchar view when where window with`.split(/\s+/),
);

/**
 * One token: comment, string (also dollar-quoted), quoted identifier, number, word. An unclosed comment or string reaches to the end.
 * Strings end at a single quote that is not doubled; a backslash counts as a character, as standard SQL has it.
 */
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$)|\$(?<tag>[A-Za-z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$))|(?<name>"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$))|(?<number>(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<word>[A-Za-z_]\w*)/g;

/** SQL as markup with its keywords, strings, comments and numbers marked. The text stays as it is, character for character. */
export function highlightSql(sql: string): Html {
  let out = '';
  let end = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const { comment, string, number, word } = match.groups!;
    const kind =
      comment !== undefined
        ? 'comment'
        : string !== undefined
          ? 'string'
          : number !== undefined
            ? 'number'
            : word !== undefined && KEYWORDS.has(word.toLowerCase())
              ? 'keyword'
              : undefined;
    if (kind === undefined) continue;
    out += `${escapeHtml(sql.slice(end, match.index))}<span class="sql-${kind}">${escapeHtml(match[0])}</span>`;
    end = match.index + match[0].length;
  }
  return markup(out + escapeHtml(sql.slice(end)));
}
