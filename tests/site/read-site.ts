import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const VOID = new Set(['br', 'hr', 'img', 'input', 'link', 'meta']);
/** Elements whose open `p` a browser would close by itself, so that balanced tags still make another tree. */
const BLOCK = new Set([
  'article',
  'details',
  'div',
  'dl',
  'figure',
  'h1',
  'h2',
  'h3',
  'h4',
  'ol',
  'p',
  'pre',
  'section',
  'table',
  'ul',
]);
const INLINE = new Set(['a', 'b', 'code', 'small', 'span', 'strong', 'time']);
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  li: ['ul', 'ol'],
  tr: ['thead', 'tbody'],
  td: ['tr'],
  th: ['tr'],
  dt: ['div', 'dl'],
  dd: ['div', 'dl'],
  summary: ['details'],
  figcaption: ['figure'],
};
const TAG = /<!doctype html>|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/y;

export interface ReadPage {
  readonly path: string;
  /** Everything outside tags, with the entities resolved and a space between blocks. */
  readonly text: string;
  readonly ids: readonly string[];
  /** Values of `href` and `src`. */
  readonly links: readonly string[];
  /** Names of all elements, in order. */
  readonly elements: readonly string[];
}

/**
 * Reads a page the strict way: every tag is closed in order, attributes are quoted and unique, no bare `<` or `&`, ids are unique, one h1 and
 * no heading level left out.
 */
export function readPage(path: string, source: string): ReadPage {
  const open: string[] = [];
  const ids: string[] = [];
  const links: string[] = [];
  const elements: string[] = [];
  let text = '';
  const fail = (problem: string, at: number) => {
    throw new Error(`${path}: ${problem} at "${source.slice(Math.max(0, at - 40), at + 60)}"`);
  };
  for (let i = 0; i < source.length; ) {
    if (source[i] !== '<') {
      const end = source.indexOf('<', i) < 0 ? source.length : source.indexOf('<', i);
      const part = source.slice(i, end);
      if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(part)) fail('bare ampersand', i);
      text += unescapeHtml(part);
      i = end;
      continue;
    }
    TAG.lastIndex = i;
    const match = TAG.exec(source);
    if (!match) throw fail('no tag', i);
    i = TAG.lastIndex;
    const [, closing, name, attributes, selfClosed] = match;
    if (name === undefined) continue;
    if (!INLINE.has(name)) text += ' ';
    if (closing === '/') {
      if (open.pop() !== name) fail(`</${name}> closes another element`, match.index);
      continue;
    }
    if (BLOCK.has(name) && open.includes('p')) fail(`<${name}> inside <p>`, match.index);
    if (name === 'a' && open.includes('a')) fail('<a> inside <a>', match.index);
    if (PARENTS[name] && !PARENTS[name].includes(open.at(-1)!)) fail(`<${name}> inside <${open.at(-1)}>`, match.index);
    elements.push(name);
    const seen = new Set<string>();
    for (const [, key, value] of attributes!.matchAll(/([a-zA-Z-]+)(?:="([^"]*)")?/g)) {
      if (seen.has(key!)) fail(`attribute ${key} twice`, match.index);
      seen.add(key!);
      if (/^on/.test(key!)) fail(`attribute ${key}`, match.index);
      if (key === 'id') ids.push(unescapeHtml(value!));
      if (key === 'href' || key === 'src') links.push(unescapeHtml(value!));
    }
    if (!VOID.has(name) && selfClosed === '') open.push(name);
  }
  if (open.length > 0) fail(`<${open.at(-1)}> is not closed`, source.length);
  if (new Set(ids).size !== ids.length) fail(`id twice: ${ids.filter((id, i) => ids.indexOf(id) < i)}`, 0);
  checkHeadings(path, elements);
  return { path, text, ids, links, elements };
}

function checkHeadings(path: string, elements: readonly string[]): void {
  const levels = elements.filter((name) => /^h[1-6]$/.test(name)).map((name) => Number(name[1]));
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1)
    throw new Error(`${path}: not one h1 at the start`);
  for (let i = 1; i < levels.length; i++) {
    if (levels[i]! > levels[i - 1]! + 1) throw new Error(`${path}: h${levels[i]} after h${levels[i - 1]}`);
  }
}

const unescapeHtml = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
  );

export interface ReadSite {
  /** All files, with forward slashes. */
  readonly files: readonly string[];
  readonly pages: ReadonlyMap<string, ReadPage>;
  readonly brokenLinks: readonly string[];
  page(path: string): ReadPage;
}

/** Reads all pages of a site (not the copied cards) and follows every link of each to a file and an anchor. */
export function readSite(folder: string): ReadSite {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  const own = files.filter((path) => path.endsWith('.html') && !path.startsWith('cards/'));
  const pages = new Map(own.map((path) => [path, readPage(path, readFileSync(join(folder, path), 'utf8'))]));
  const known = new Set(files);
  const anchors = new Map([...pages].map(([path, page]) => [path, new Set(page.ids)]));
  const brokenLinks: string[] = [];
  for (const { path, links } of pages.values()) {
    for (const link of links) {
      const [file, anchor] = link.split('#') as [string, string?];
      const target = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
      const holds = known.has(target) && (anchor === undefined || anchors.get(target)?.has(decodeURIComponent(anchor)));
      if (!holds || /^[a-z]+:|^\//i.test(link)) brokenLinks.push(`${path} -> ${link}`);
    }
  }
  return {
    files,
    pages,
    brokenLinks,
    page(path) {
      const page = pages.get(path);
      if (!page) throw new Error(`no page ${path}; there are: ${[...pages.keys()].join(', ')}`);
      return page;
    },
  };
}
