import { sha256 } from '../core/files.ts';

const LONGEST = 120;

/**
 * A name as part of a file name, a URL and an `id` on every system: letters, digits, `_`, `-` and inner dots stay, anything else
 * becomes `~` and its code point. Long names are cut and end in a part of their hash.
 */
export function safeName(name: string): string {
  const safe = Array.from(name, (char, i) =>
    /[A-Za-z0-9_-]/.test(char) || (char === '.' && i > 0) ? char : `~${char.codePointAt(0)!.toString(16)}`,
  );
  const text = safe.join('').replace(/\.$/, '~2e') || '~';
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}~${sha256(name).slice(0, 10)}`;
}

/** Gives each name a {@link safeName} of its own; names that differ only in case get a number, as some file systems ignore case. */
export function uniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const safe = safeName(name);
    let unique = safe;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) unique = `${safe}~${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  };
}
