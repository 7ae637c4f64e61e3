import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedClock } from '../../core/effects.ts';
import type { CompiledGraph } from '../../runner/graph.ts';
import type { RunRecord } from '../../runner/record.ts';
import { type BuiltSite, buildSite, type SiteOptions } from '../../site/build.ts';
import { type ReadSite, readSite } from './read-site.ts';

export interface TemporarySite {
  readonly siteDir: string;
  readonly modelCardsDir: string;
  build(graph: CompiledGraph, record: RunRecord, more?: Partial<SiteOptions>, signal?: AbortSignal): Promise<BuiltSite>;
  read(): ReadSite;
  remove(): void;
}

/** A folder for one site and the cards that belong to it. */
export function temporarySite(): TemporarySite {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-site-'));
  const siteDir = join(folder, 'reports', 'site', 'synthetic');
  const modelCardsDir = join(folder, 'reports', 'model_cards');
  return {
    siteDir,
    modelCardsDir,
    build: (graph, record, more, signal = new AbortController().signal) =>
      buildSite(
        {
          graph,
          record,
          workspace: { name: 'synthetic', dataset: 'synthetic', scenario: 'baseline', siteDir },
          modelCardsDir,
          ...more,
        },
        { clock: fixedClock('2026-03-01T12:00:00Z'), signal },
      ),
    read: () => readSite(siteDir),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
