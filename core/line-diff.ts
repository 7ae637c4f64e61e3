/** More edits than this are not looked for; what differs is then shown as one block. */
const MOST_EDITS = 1000;
const CONTEXT = 3;

type Edit = readonly [mark: ' ' | '-' | '+', line: string];

/**
 * The difference of two texts by line, in the unified format that `patch` and `git apply` read; an empty string when there is none.
 * Source of the search: E. Myers, An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986).
 */
export function unifiedDiff(before: string, after: string, file: string): string {
  if (before === after) return '';
  const edits = editsOf(lines(before), lines(after));
  const output = [`--- a/${file}\n`, `+++ b/${file}\n`];
  let [oldLine, newLine] = [1, 1];
  for (let i = 0; i < edits.length; ) {
    const hunk = hunkFrom(edits, i);
    if (!hunk) break;
    const [start, end] = hunk;
    for (; i < start; i++, oldLine++, newLine++);
    const part = edits.slice(start, end);
    const [removed, added] = [
      part.filter(([mark]) => mark !== '+').length,
      part.filter(([mark]) => mark !== '-').length,
    ];
    output.push(`@@ -${range(oldLine, removed)} +${range(newLine, added)} @@\n`);
    for (const [mark, line] of part) {
      output.push(`${mark}${line}`);
      if (!line.endsWith('\n')) output.push('\n\\ No newline at end of file\n');
    }
    [oldLine, newLine, i] = [oldLine + removed, newLine + added, end];
  }
  return output.join('');
}

/** Each with its line end. */
const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** An empty range is named by the line before it. */
const range = (line: number, length: number): string => `${length === 0 ? line - 1 : line},${length}`;

/** The next run of changes from `from`, with the lines around it; changes that are near each other are one run. */
function hunkFrom(edits: readonly Edit[], from: number): [number, number] | undefined {
  const isChange = ([mark]: Edit) => mark !== ' ';
  const first = edits.findIndex((edit, i) => i >= from && isChange(edit));
  if (first < 0) return undefined;
  let last = first;
  for (let i = first; i < edits.length && i <= last + 2 * CONTEXT; i++) if (isChange(edits[i]!)) last = i;
  return [Math.max(from, first - CONTEXT), Math.min(edits.length, last + CONTEXT + 1)];
}

function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const [a, b] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  return [
    ...before.slice(0, head).map((line): Edit => [' ', line]),
    ...(shortest(a, b) ?? [...a.map((line): Edit => ['-', line]), ...b.map((line): Edit => ['+', line])]),
    ...before.slice(before.length - tail).map((line): Edit => [' ', line]),
  ];
}

/** The shortest script of edits; undefined when it is too long to look for. */
function shortest(a: readonly string[], b: readonly string[]): Edit[] | undefined {
  const size = Math.min(a.length + b.length, MOST_EDITS);
  const furthest = new Int32Array(2 * size + 3);
  const at = (diagonal: number) => diagonal + size + 1;
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= size; edits++) {
    trace.push(furthest.slice());
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down =
        diagonal === -edits || (diagonal !== edits && furthest[at(diagonal - 1)]! < furthest[at(diagonal + 1)]!);
      let x = down ? furthest[at(diagonal + 1)]! : furthest[at(diagonal - 1)]! + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      furthest[at(diagonal)] = x;
      if (x >= a.length && x - diagonal >= b.length) return walkBack(a, b, trace, at);
    }
  }
  return undefined;
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  trace: readonly Int32Array[],
  at: (diagonal: number) => number,
): Edit[] {
  const script: Edit[] = [];
  let [x, y] = [a.length, b.length];
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const furthest = trace[edits]!;
    const diagonal = x - y;
    const down =
      diagonal === -edits || (diagonal !== edits && furthest[at(diagonal - 1)]! < furthest[at(diagonal + 1)]!);
    const fromDiagonal = down ? diagonal + 1 : diagonal - 1;
    const fromX = furthest[at(fromDiagonal)]!;
    const fromY = fromX - fromDiagonal;
    for (; x > fromX && y > fromY; x--, y--) script.push([' ', a[x - 1]!]);
    if (edits === 0) break;
    script.push(down ? ['+', b[y - 1]!] : ['-', a[x - 1]!]);
    [x, y] = [fromX, fromY];
  }
  return script.reverse();
}
