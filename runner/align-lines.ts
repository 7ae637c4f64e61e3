/** Where a place of generated SQL comes from. */
export interface SourcePlace {
  /** 0-based. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
  /** The text at the place was made by a placeholder (`${...}`), which begins there. */
  readonly generated: boolean;
}

/** Text of the source as it is, or a placeholder. */
interface Piece {
  readonly start: number;
  readonly text: string;
  readonly isPlaceholder: boolean;
}

interface SourceLine {
  readonly trimmed: string;
  readonly indent: number;
  readonly pieces: readonly Piece[];
  /** Matches what the line became, when it has placeholders and says enough besides; one group a piece. */
  readonly template: RegExp | undefined;
}

/**
 * Leads a place of SQL back to the source that it was generated from: SQLX, or JavaScript with SQL in template strings.
 *
 * Lines keep their text and their order, so the longest common sequence of lines tells which is which, also where a line occurs several
 * times; a placeholder matches whatever it became. Lines between two known ones come from the one placeholder between these in the source.
 * Undefined when nothing can be said.
 */
export function alignPlace(source: string, sql: string, line: number, column: number): SourcePlace | undefined {
  const from = source.split(/\r?\n/).map(readLine);
  const to = sql.split(/\r?\n/).map(bare);
  const pairs = align(from, to);
  const raw = sql.split(/\r?\n/)[line] ?? '';
  const inLine = column - (raw.length - raw.trimStart().length);
  const known = pairs.get(line);
  if (known !== undefined) return { line: known, ...within(from[known]!, to[line]!, inLine) };
  return placeholderBetween(from, pairs, line);
}

/** The runner adds and removes semicolons at the ends of statements. */
const bare = (text: string): string => text.trim().replace(/;$/, '');

function readLine(text: string): SourceLine {
  const trimmed = bare(text);
  const pieces = piecesOf(trimmed);
  const literals = pieces.filter(({ isPlaceholder }) => !isPlaceholder);
  const says =
    literals
      .map((piece) => piece.text)
      .join('')
      .trim().length >= 3;
  const pattern = pieces.map((piece) => (piece.isPlaceholder ? '(.*?)' : `(${escapePattern(piece.text)})`)).join('');
  return {
    trimmed,
    indent: text.length - text.trimStart().length,
    pieces,
    template: says && literals.length < pieces.length ? new RegExp(`^${pattern}$`, 'd') : undefined,
  };
}

/** A placeholder ends with its brace; one that goes on in the next line ends with the line. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('${', at);
    const literal = text.slice(at, open < 0 ? undefined : open);
    if (literal !== '') pieces.push({ start: at, text: literal, isPlaceholder: false });
    if (open < 0) break;
    let depth = 0;
    let end = open + 1;
    for (; end < text.length; end++) {
      if (text[end] === '{') depth++;
      else if (text[end] === '}' && --depth === 0) break;
    }
    pieces.push({ start: open, text: text.slice(open, end + 1), isPlaceholder: true });
    at = end + 1;
  }
  return pieces;
}

/** Line of the SQL -> line of the source, for the heaviest common sequence; a line that is the same weighs more than a template. */
function align(from: readonly SourceLine[], to: readonly string[]): Map<number, number> {
  const width = to.length + 1;
  const best = new Float64Array((from.length + 1) * width);
  const weights = new Float64Array((from.length + 1) * width);
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      const weight = weightOf(from[i]!, to[j]!);
      weights[i * width + j] = weight;
      best[i * width + j] = Math.max(
        best[(i + 1) * width + j]!,
        best[i * width + j + 1]!,
        weight > 0 ? weight + best[(i + 1) * width + j + 1]! : 0,
      );
    }
  }
  const pairs = new Map<number, number>();
  for (let i = 0, j = 0; i < from.length && j < to.length; ) {
    const here = best[i * width + j]!;
    const weight = weights[i * width + j]!;
    if (weight > 0 && here === weight + best[(i + 1) * width + j + 1]!) pairs.set(j++, i++);
    else if (here === best[(i + 1) * width + j]!) i++;
    else j++;
  }
  return pairs;
}

function weightOf({ trimmed, template }: SourceLine, text: string): number {
  if (text === '') return 0;
  if (trimmed === text) return text.length < 3 ? 0.5 : 2;
  return template?.test(text) ? 1 : 0;
}

function within({ indent, pieces, template, trimmed }: SourceLine, text: string, column: number) {
  const spans = trimmed === text ? undefined : template?.exec(text)?.indices?.slice(1);
  if (!spans) return { column: indent + Math.max(0, column), generated: false };
  const i = Math.max(
    0,
    spans.findIndex((span) => span && column >= span[0] && column < span[1]),
  );
  const piece = pieces[i]!;
  return piece.isPlaceholder
    ? { column: indent + piece.start, generated: !/^\$\{\s*(ref|resolve|self|name)\(/.test(piece.text) }
    : { column: indent + piece.start + Math.max(0, column - (spans[i]?.[0] ?? 0)), generated: false };
}

function placeholderBetween(
  from: readonly SourceLine[],
  pairs: ReadonlyMap<number, number>,
  line: number,
): SourcePlace | undefined {
  // A lone bracket is the same everywhere.
  const telling = [...pairs].filter(([, i]) => from[i]!.trimmed.length >= 3);
  const before = telling.filter(([j]) => j < line).map(([, i]) => i);
  const after = telling.filter(([j]) => j > line).map(([, i]) => i);
  if (before.length + after.length === 0) return undefined;
  const start = Math.max(-1, ...before);
  const end = Math.min(from.length, ...after);
  const found = from.flatMap(({ pieces, indent }, i) =>
    i > start && i < end
      ? pieces.filter((p) => p.isPlaceholder).map((p) => ({ line: i, column: indent + p.start }))
      : [],
  );
  return found.length === 1 ? { ...found[0]!, generated: true } : undefined;
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
