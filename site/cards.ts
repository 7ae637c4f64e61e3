import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../core/files.ts';
import type { Workspace } from '../core/workspace.ts';
import { type CardSummary, summariseCard } from './card-headline.ts';
import { safeName } from './file-name.ts';

/** The latest model card of one model. */
export interface Card {
  readonly model: string;
  /** Where the files of the card lie now. */
  readonly folder: string;
  /** Where the site keeps its copy: a folder relative to the root of the site. */
  readonly copy: string;
  /** The page of the copy that a reader opens first. */
  readonly page: string;
  /** Undefined when there is no card.json, or it cannot be read. */
  readonly summary: CardSummary | undefined;
}

/** What a reader can open, the best first. */
const PAGES = ['card.html', 'card.md', 'card.json'];

/**
 * The cards of one data set. Their folders are named `<model>_<scenario or data set>_v<n>`, and `latest` in each holds the card of the
 * last training.
 */
export function findCards(modelCardsDir: string, workspace: Pick<Workspace, 'dataset' | 'scenario'>): Card[] {
  if (!existsSync(modelCardsDir)) return [];
  const own = new RegExp(`_${workspace.scenario ?? workspace.dataset}_v\\d+$`);
  return readdirSync(modelCardsDir)
    .filter((model) => own.test(model))
    .sort()
    .flatMap((model) => {
      const folder = join(modelCardsDir, model, 'latest');
      const page = PAGES.find((name) => existsSync(join(folder, name)));
      if (page === undefined) return [];
      const copy = `cards/${safeName(model)}`;
      return [{ model, folder, copy, page: `${copy}/${page}`, summary: summaryOf(join(folder, 'card.json')) }];
    });
}

/** A broken card costs its numbers on the first page; the page of the card itself is still there. */
function summaryOf(file: string): CardSummary | undefined {
  try {
    return existsSync(file) ? summariseCard(readJson(file)) : undefined;
  } catch {
    return undefined;
  }
}
