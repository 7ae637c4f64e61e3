import { type Html, html, render } from '../html.ts';
import type { Site } from '../site.ts';
import { time } from './parts.ts';

export interface Page {
  readonly title: string;
  /** Path from the page to the root of the site: empty or `../`. */
  readonly root: '' | '../';
  /** The entry of the header that stands for this page. */
  readonly section?: 'Overview' | 'Assertions' | 'Run' | 'Quality';
  readonly main: Html;
}

const SECTIONS = [
  ['Overview', 'index.html'],
  ['Assertions', 'assertions.html'],
  ['Run', 'run.html'],
  ['Quality', 'quality.html'],
] as const;

/** A site has the page on quality when a report was found. */
const sectionsOf = ({ quality }: Site) => SECTIONS.filter(([name]) => name !== 'Quality' || quality !== undefined);

/** A whole document: the same header, search box and footer around the main part. */
export function framed(site: Site, { title, root, section, main }: Page): string {
  return render(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title === site.title ? title : `${title} · ${site.title}`}</title>
<link rel="icon" href="${root}assets/icon.svg">
<link rel="stylesheet" href="${root}assets/site.css">
<script src="${root}assets/search.js" defer></script>
</head>
<body data-root="${root}">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="${root}index.html">${site.title}</a>
<nav aria-label="Site"><ul>${sectionsOf(site).map(([name, href]) => html`<li><a href="${root}${href}"${name === section && html` aria-current="page"`}>${name}</a></li>`)}</ul></nav>
<form class="search" role="search" hidden><label class="visually-hidden" for="search">Search models and columns</label>
<input id="search" type="search" role="combobox" aria-expanded="false" aria-controls="search-results" aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Search models, columns  ( / )">
<ul id="search-results" class="search-results" role="listbox" aria-label="Search results" hidden></ul></form>
</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer>Made by Tidemark from run <a href="${root}run.html">${site.record.runId}</a>, ${time(site.builtAt.toISOString())}.</footer>
</body>
</html>
`);
}
