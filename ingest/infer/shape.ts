/** A pattern that all the texts match and that says something about them, without a backslash; undefined when there is none. */
export function patternOf(texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined;
  if (texts.every((text) => UUID.test(text))) return UUID.source;
  const lengths = new Set(texts.map((text) => text.length));
  const [length] = lengths;
  if (
    lengths.size === 1 &&
    length! >= 8 &&
    texts.every((text) => /^[0-9a-f]+$/.test(text)) &&
    texts.some((text) => /[a-f]/.test(text))
  ) {
    return `^[0-9a-f]{${length}}$`;
  }
  const all = texts.map(runsOf);
  const first = all[0]!;
  if (first.length > MOST_RUNS || all.some((runs) => runs.length !== first.length)) return undefined;
  const parts: string[] = [];
  for (const i of first.keys()) {
    const runs = all.map((one) => one[i]!);
    if (runs.some((run) => run.kind !== first[i]!.kind)) return undefined;
    const part = partOf(runs);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return `^${parts.join('')}$`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOST_RUNS = 9;

interface Run {
  readonly kind: 'digits' | 'upper' | 'lower' | 'other';
  readonly text: string;
}

const runsOf = (text: string): Run[] =>
  [...text.matchAll(/([0-9]+)|([A-Z]+)|([a-z]+)|([^0-9A-Za-z]+)/g)].map(([run, digits, upper, lower]) => ({
    kind: digits !== undefined ? 'digits' : upper !== undefined ? 'upper' : lower !== undefined ? 'lower' : 'other',
    text: run,
  }));

const CLASSES = { digits: '[0-9]', upper: '[A-Z]', lower: '[a-z]' };

function partOf(runs: readonly Run[]): string | undefined {
  const { kind, text } = runs[0]!;
  const isFixed = runs.every((run) => run.text === text);
  if (kind === 'other') return isFixed ? literal(text) : undefined;
  // The letters before a number belong to the name of the thing, the number does not.
  if (isFixed && kind !== 'digits' && runs.length > 1) return text;
  const lengths = new Set(runs.map((run) => run.text.length));
  return `${CLASSES[kind]}${lengths.size > 1 ? '+' : text.length === 1 ? '' : `{${text.length}}`}`;
}

/** Characters that mean something in a regular expression stand in brackets; those that need a backslash there have no pattern. */
function literal(text: string): string | undefined {
  return /[\\^\]]/.test(text) ? undefined : text.replace(/[.*+?(){}|$[]/g, '[$&]');
}
