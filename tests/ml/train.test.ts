import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Card } from '../../ml/card.ts';
import { train, type TrainSummary } from '../../ml/train.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
let summary: TrainSummary;
let card: Card;

const run = (one: World) =>
  train(
    { graph: one.graph, connection: one.connection, statements: one.warehouse.statements, workspace: one.workspace, configFile: one.configFile },
    one.effects,
  );

describe('a world with a known truth', () => {
  beforeAll(async () => {
    world = await makeWorld();
    const t=performance.now();
    summary = await run(world);
    console.log('train ms', performance.now()-t);
    card = JSON.parse(readFileSync(join(summary.folder, 'card.json'), 'utf8'));
    console.log(JSON.stringify(card.headline), card.power.statement, JSON.stringify(card.leakage, null, 1), world.meanTruth, world.meanLabel, summary.folder);
  });
  afterAll(() => world.warehouse.close());
  test('runs', () => { expect(summary.foldsEvaluated).toBe(3); });
});
