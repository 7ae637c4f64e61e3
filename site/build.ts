import { mkdirSync } from 'node:fs';
import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../core/effects.ts';
import { TidemarkError } from '../core/errors.ts';
import { packageRoot } from '../core/files.ts';
import type { QualityReport } from '../core/quality-report.ts';
import { replaceFolder } from '../core/staged-folder.ts';
import type { Workspace } from '../core/workspace.ts';
import type { CompiledGraph } from '../runner/graph.ts';
import type { ActionResult, RunRecord } from '../runner/record.ts';
import type { Relation } from '../warehouse/warehouse.ts';
import { findCards } from './cards.ts';
import { isAssertion } from './nodes.ts';
import { assertionPage, assertionsPage } from './pages/assertions.ts';
import { indexPage } from './pages/index.ts';
import { modelPage } from './pages/model.ts';
import { qualityPage } from './pages/quality.ts';
import { runPage } from './pages/run.ts';
import { searchData } from './search-data.ts';
import { type Site, siteOf } from './site.ts';

export interface SiteOptions {
  readonly graph: CompiledGraph;
  /** The run that the site shows. */
  readonly record: RunRecord;
  /** Results of actions that the run did not have, each with the run that it is from; without one they count as not run. */
  readonly earlier?: readonly ActionResult[];
  readonly workspace: Pick<Workspace, 'name' | 'dataset' | 'scenario' | 'siteDir'>;
  readonly modelCardsDir: string;
  /** Default: the name of the workspace. */
  readonly title?: string;
  /** What the data set is, for the first page; an empty line parts paragraphs. */
  readonly summary?: string;
  /** What stands in the warehouse by `schema.name`: gives the columns their types. */
  readonly relations?: ReadonlyMap<string, Relation>;
  /** The last quality report: gives the site a page on it. */
  readonly quality?: QualityReport;
}

export interface BuiltSite {
  /** The first page. */
  readonly index: string;
  /** HTML pages that the site made; copied model cards do not count. */
  readonly pages: number;
  /** Of all files, copies as well. */
  readonly bytes: number;
}

/**
 * Writes the documentation site of a project to `workspace.siteDir`: static pages that open from a disk. The old site stays readable
 * until the new one is whole, and its stale pages go with it.
 *
 * @throws {TidemarkError} RUN_CANCELLED when `effects.signal` is aborted; the old site is untouched then.
 */
export async function buildSite(options: SiteOptions, effects: Pick<Effects, 'clock' | 'signal'>): Promise<BuiltSite> {
  const {
    graph,
    record,
    workspace,
    title = workspace.name,
    summary,
    earlier = [],
    relations = new Map<string, Relation>(),
    quality,
  } = options;
  const cards = findCards(options.modelCardsDir, workspace);
  const site = siteOf({
    title,
    summary,
    builtAt: effects.clock.now(),
    graph,
    record,
    earlier,
    cards,
    relations,
    quality,
  });
  return replaceFolder(workspace.siteDir, async (folder) => {
    for (const name of ['assets', 'models', 'assertions', 'cards']) mkdirSync(join(folder, name));
    let pages = 0;
    for (const [path, content] of pagesOf(site)) {
      if (effects.signal.aborted)
        throw new TidemarkError({ code: 'RUN_CANCELLED', message: 'The site was not finished; the old one stands.' });
      await writeFile(join(folder, path), content);
      if (path.endsWith('.html')) pages++;
    }
    await cp(join(packageRoot(), 'site', 'assets'), join(folder, 'assets'), { recursive: true });
    for (const card of cards) await cp(card.folder, join(folder, card.copy), { recursive: true, dereference: true });
    return { index: join(workspace.siteDir, 'index.html'), pages, bytes: await sizeOf(folder) };
  });
}

/** Paths within the site and their content, made one by one so that a large site is never in memory as a whole. */
function* pagesOf(site: Site): Generator<readonly [string, string]> {
  yield ['index.html', indexPage(site)];
  yield ['assertions.html', assertionsPage(site)];
  yield ['run.html', runPage(site)];
  if (site.quality) yield ['quality.html', qualityPage(site, site.quality)];
  yield ['search-data.js', searchData(site)];
  for (const node of site.nodes)
    yield [node.href, isAssertion(node.action) ? assertionPage(site, node) : modelPage(site, node)];
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
