const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;
const NOTHING = /^[\p{Mark}\p{Format}\p{Control}]/u;
/** Made when a text asks for it: its tables take ten milliseconds to load. */
let segmenter: Intl.Segmenter | undefined;
const graphemesOf = (text: string): Intl.Segments => {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
};

/** The columns that a terminal gives to a text of one line: 2 for wide characters (Unicode Annex 11), 0 for what only marks others. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += widthOf(segment);
  return width;
}

/** The text in at most so many columns; what is cut ends in `…`. */
export function clip(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let fitted = '';
  let width = 1;
  for (const { segment } of graphemesOf(text)) {
    width += widthOf(segment);
    if (width > columns) break;
    fitted += segment;
  }
  return columns < 1 ? '' : `${fitted}…`;
}

const widthOf = (grapheme: string): number => (NOTHING.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1);
