import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../core/effects.ts';
import type { Card } from '../../ml/card.ts';
import { score } from '../../ml/score.ts';
import { train } from '../../ml/train.ts';
import { grantAccess } from '../../server/gateway/credentials.ts';
import { type Gateway, openGateway } from '../../server/gateway/gateway.ts';
import { type BigqueryService, bigqueryService } from '../../warehouse/bigquery/service.ts';
import { compiledSpelling } from '../../warehouse/spelling.ts';
import { expectGoogleSql, listening } from '../support/google-sql.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
let gateway: Gateway;
let access: ReturnType<typeof grantAccess>;
let service: BigqueryService;

beforeAll(async () => {
  world = await makeWorld();
  const { warehouse } = world;
  const spelling = compiledSpelling('duckdb')!;
  gateway = await openGateway({ warehouse, spelling, dialect: 'engine', concurrency: 2, port: 0, clock: systemClock });
  access = grantAccess(gateway);
  process.env.BIGQUERY_EMULATOR_HOST = gateway.url;
  const { credentials, projectId } = JSON.parse(readFileSync(access.credentialsFile, 'utf8'));
  service = bigqueryService({
    projectId,
    dataProject: 'data',
    location: 'US',
    credentials: JSON.parse(credentials),
  });
});
afterAll(async () => {
  delete process.env.BIGQUERY_EMULATOR_HOST;
  await gateway.close();
  access.remove();
  await world.warehouse.close();
  rmSync(world.workspace.projectDir, { recursive: true });
});

test('the card and the scores by way of BigQuery are those of the engine below the gateway', async () => {
  const { graph, workspace, configFile, effects, connection, warehouse } = world;
  const about = { graph, workspace, configFile };
  const learn = async (gold: Pick<Parameters<typeof train>[0], 'connection' | 'statements' | 'describe'>) => {
    const summary = await train({ ...about, ...gold }, effects);
    const scores = await score({ ...about, ...gold }, effects);
    const card: Card = JSON.parse(
      readFileSync(join(workspace.modelCardsDir, summary.model, 'latest', 'card.json'), 'utf8'),
    );
    return { summary, card, scores, csv: readFileSync(scores.file, 'utf8') };
  };
  const { statements, describe } = warehouse;
  const expected = await learn({ connection, statements, describe });
  rmSync(workspace.modelCardsDir, { recursive: true });
  const asked = new Set<string>();
  const heard = listening(service, asked);
  const found = await learn({ connection: heard, statements: service.statements, describe: service.describe });
  expectGoogleSql(asked);
  expect(found).toEqual(expected);
  expect(found.card.headline.rocAuc.value).toBeGreaterThan(0.6);
  expect(found.csv.split('\n').length).toBeGreaterThan(100);
});

test('values of every kind, nulls and large numbers, by row and by column, over many pages', async () => {
  const sql = `select 7 as n, 9007199254740993 as big, 0.1 as share, cast('nan' as double) as nan, true as yes, 'it''s $1 \`' as text,
      cast($1 as varchar) as given, date '2026-01-31' as day, timestamptz '2026-01-31 10:00:00.000001+00' as moment,
      timestamptz '2026-01-31 10:00:00+00' as second
    union all select null, null, null, null, null, null, null, null, null, null`;
  const [rows, columns, expected] = [
    await service.rows(sql, ["it's $1"]),
    await service.columns(sql, ["it's $1"]),
    await world.connection.columns(sql, ["it's $1"]),
  ];
  expect(rows).toEqual(await world.connection.rows(sql, ["it's $1"]));
  expect(rows[0]).toMatchObject({ big: 9007199254740993n, moment: '2026-01-31T10:00:00.000001Z', given: "it's $1" });
  expect(columns).toEqual(expected);
  const many = 'select i, i % 3 = 0 as third, cast(i as varchar) as name from range(25000) as r(i) order by i';
  expect(await service.columns(many)).toEqual(await world.connection.columns(many));
  expect(await service.columns('select 1 as n where false')).toEqual(
    await world.connection.columns('select 1 as n where false'),
  );
});

test('what is not there', async () => {
  expect(await service.describe({ schema: 'gold', name: 'none' })).toBeUndefined();
  expect(await service.describe({ schema: 'gold', name: 'outcomes_by_day' })).toEqual({
    type: 'table',
    columns: [
      { name: 'user_id', type: 'STRING' },
      { name: 'date_day', type: 'DATE' },
      { name: 'churn_within_7d', type: 'INTEGER' },
      { name: 'churn_within_14d', type: 'INTEGER' },
    ],
  });
  await expect(service.rows('select no_such_column from gold.outcomes_by_day')).rejects.toThrow(
    /^WAREHOUSE_FAILED\n {2}BigQuery: Binder Error: Referenced column "no_such_column" not found/,
  );
});
