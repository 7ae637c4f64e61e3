/** Objects and arrays inside of each other up to so many levels; each level doubles the pattern. */
const LEVELS = 4;

const STRING = String.raw`"[^"\\\x00-\x1f]*(?:\\["\\/bfnrt][^"\\\x00-\x1f]*)*"`;
const NUMBER = String.raw`-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`;
/** After each member stands a comma and another one, or the end: the member is written once, and there is one way to match. */
const objectPattern = (value: string) => String.raw`\{(?:${STRING}: ?${value}(?:, ?(?=")|(?=\})))*\}`;
const arrayPattern = (value: string) => String.raw`\[(?:${value}(?:, ?(?!\])|(?=\])))*\]`;

function valuePattern(levels: number): string {
  const scalar = `${STRING}|${NUMBER}|true|false|null`;
  if (levels === 0) return `(?:${scalar})`;
  const inner = valuePattern(levels - 1);
  return `(?:${scalar}|${objectPattern(inner)}|${arrayPattern(inner)})`;
}

const OBJECT = objectPattern(valuePattern(LEVELS - 1));
const LINE = new RegExp(String.raw`${OBJECT}(?=\n|$)`, 'y');
const LINES = new RegExp(String.raw`(?:(?:${OBJECT})?\n)*`, 'y');

/**
 * Whether the line that begins at `start` is surely a JSON object by RFC 8259, of usual form: no escape by number, white space only as one
 * space after a colon or a comma, not nested deeply. False says nothing. Ten times as fast as parsing.
 *
 * @param text UTF-8 as Latin-1, a character a byte; lines end with a line feed.
 */
export function isSurelyObject(text: string, start: number): boolean {
  LINE.lastIndex = start;
  return LINE.test(text);
}

/** The same of all lines of a text, which ends with a line feed; empty lines may stand between. */
export function areSurelyObjects(text: string): boolean {
  LINES.lastIndex = 0;
  return LINES.test(text) && LINES.lastIndex === text.length;
}
