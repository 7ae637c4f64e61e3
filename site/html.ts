const MARK: unique symbol = Symbol('html');

/** Text that is markup already. Only {@link html} and {@link markup} make it, so nothing reaches a page unescaped by accident. */
export interface Html {
  readonly [MARK]: string;
}

/** What can stand in a template: nothing for `undefined`, `null` and `false`, escaped text for strings, the parts of an array in turn. */
export type Part = Html | string | number | false | null | undefined | readonly Part[];

/** A template whose holes are escaped unless they are {@link Html}. Holes are safe in text and in double-quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0]!;
  for (let i = 0; i < parts.length; i++) text += render(parts[i]!) + strings[i + 1]!;
  return markup(text);
}

/** Declares text to be markup; the caller has escaped it. */
export const markup = (text: string): Html => ({ [MARK]: text });

export function render(part: Part): string {
  if (part === undefined || part === null || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if (Array.isArray(part)) return part.map(render).join('');
  return (part as Html)[MARK];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes for text and quoted attributes; control characters, which HTML forbids, become U+FFFD. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']|(?![\t\n\r])\p{Cc}/gu, (char) => ENTITIES[char] ?? '\ufffd');
