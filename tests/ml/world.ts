import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureConsole } from '../../core/consoles/capture.ts';
import { type Effects, fixedClock } from '../../core/effects.ts';
import { random } from '../../core/random.ts';
import { type Workspace, workspace } from '../../core/workspace.ts';
import { isoDay } from '../../ml/calendar.ts';
import type { ColumnDoc, CompiledGraph, TableAction } from '../../runner/graph.ts';
import { openDuckdb } from '../../warehouse/duckdb/open.ts';
import type { Connection, Value, Warehouse } from '../../warehouse/warehouse.ts';

const FIRST = 20454; // 2026-01-01
const HORIZON = 14;

export interface WorldOptions {
  readonly seats?: number;
  readonly days?: number;
  readonly seed?: number;
  /** Adds a feature that knows the label. */
  readonly leak?: boolean;
  /** Nobody ever leaves. */
  readonly loyal?: boolean;
  /** Writes labels of this many days under the name of 14. */
  readonly labelDays?: number;
  readonly synthetic?: boolean;
  /** Columns of the features table to change or add. */
  readonly columns?: readonly ColumnDoc[];
  /** Days by which the received time lies after the day; undefined: no such column. */
  readonly receivedAfter?: number;
  /** Writes every row twice. */
  readonly doubled?: boolean;
}

export interface World {
  readonly workspace: Workspace;
  readonly warehouse: Warehouse;
  readonly connection: Connection;
  readonly graph: CompiledGraph;
  readonly configFile: string;
  readonly effects: Effects;
  /** Mean true probability over all user-days, and the observed rate of labels. */
  readonly meanTruth: number;
  readonly meanLabel: number;
}

const column = (name: string, description: string, ...tags: string[]): ColumnDoc => ({ name, description, tags });

export const FEATURE_COLUMNS: readonly ColumnDoc[] = [
  column('user_id', 'User.', 'key'),
  column('date_day', 'Day.', 'time'),
  column('days_since_last_event', 'Days since the last event, in days.', 'feature', 'numeric'),
  column('events_7d', 'Events in seven days.', 'feature', 'count'),
  column('tickets_14d', 'Tickets in fourteen days.', 'feature', 'count'),
  column('csat', 'Mean satisfaction, 1 to 5; null without an answer.', 'feature', 'numeric'),
  column('late_rate_7d', 'Share of late events.', 'feature', 'rate'),
  column('is_trial', 'Whether on trial.', 'feature', 'flag'),
  column('plan_id', 'Plan | price level.', 'feature', 'categorical'),
  column('seats', 'Seats.', 'feature', 'numeric', 'unavailable'),
  column('country', 'Country.', 'slice'),
];

/**
 * A world whose truth is known in closed form: each user has a constant daily hazard, h, made of a latent activity, tickets and plan;
 * features are noisy views of these; the chance to leave within 14 days is 1 - (1 - h)^14.
 */
export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const { seats = 260, days = 130, seed = 7, labelDays = HORIZON, synthetic = true, doubled = false } = options;
  const projectDir = mkdtempSync(join(tmpdir(), 'tidemark-ml-'));
  const space = workspace(projectDir, synthetic ? {} : { dataset: 'real' });
  const warehouse = await openDuckdb({ file: join(projectDir, 'world.duckdb'), threads: 1 });
  const connection = await warehouse.connect();
  await connection.execute(`create schema gold;
    create table gold.features_by_day (user_id varchar, date_day date, days_since_last_event integer, events_7d bigint, tickets_14d bigint,
      csat double, late_rate_7d double, is_trial boolean, plan_id varchar, seats integer, country varchar, spy double, received_ts timestamptz);
    create table gold.outcomes_by_day (user_id varchar, date_day date, churn_within_7d integer, churn_within_14d integer)`);

  const stream = random(seed, 'world');
  const features: Value[][] = [];
  const labels: Value[][] = [];
  const truth: string[] = ['date_day,user_id,p_7d,p_14d,p_30d\n'];
  let [sumTruth, sumLabel, known, id] = [0, 0, 0, 0];
  for (let seat = 0; seat < seats; seat++) {
    for (let start = 0; start < days; ) {
      const user = `u${String(id++).padStart(5, '0')}`;
      const activity = stream.normal();
      const tickets = stream.poisson(0.6);
      const plan = stream.pick(['free', 'basic', 'pro', 'rare'], [0.5, 0.3, 0.195, 0.005]);
      const hazard = options.loyal
        ? 0
        : 1 / (1 + Math.exp(6 + 0.9 * activity - 0.6 * tickets - (plan === 'free' ? 0.7 : 0)));
      const life = hazard === 0 ? days : Math.floor(Math.log(1 - stream.next()) / Math.log(1 - hazard)) + 1;
      const cancel = start + life;
      const country = stream.pick(['DE', 'US', 'FR']);
      for (let day = start; day < Math.min(cancel, days); day++) {
        const label = day + HORIZON < days ? Number(cancel <= day + labelDays) : null;
        const within = (n: number) => 1 - (1 - hazard) ** n;
        const date = isoDay(FIRST + day);
        if (label !== null) {
          sumTruth += within(14);
          sumLabel += label;
          known++;
        }
        if ((days - 1 - day) % 7 === 0) truth.push(`${date},${user},${within(7)},${within(14)},${within(30)}\n`);
        const row: Value[] = [
          user,
          date,
          stream.poisson(Math.exp(0.5 - 0.35 * activity)),
          stream.poisson(Math.exp(1.5 + 0.5 * activity)),
          tickets,
          stream.chance(0.4) ? null : 3 + stream.normal(),
          stream.next(),
          stream.chance(0.2),
          plan,
          null,
          country,
          (label ?? 0) + 0.1 * stream.normal(),
          options.receivedAfter === undefined ? null : `${isoDay(FIRST + day + options.receivedAfter)}T10:00:00Z`,
        ];
        const outcome: Value[] = [user, date, day + 7 < days ? Number(cancel <= day + 7) : null, label];
        for (let copy = 0; copy < (doubled ? 2 : 1); copy++) features.push(row);
        labels.push(outcome);
      }
      start = cancel;
    }
  }
  const columns = [...FEATURE_COLUMNS.map(({ name }) => name), 'spy', 'received_ts'];
  await connection.append({ schema: 'gold', name: 'features_by_day' }, columns, features);
  await connection.append(
    { schema: 'gold', name: 'outcomes_by_day' },
    ['user_id', 'date_day', 'churn_within_7d', 'churn_within_14d'],
    labels,
  );
  if (synthetic) {
    mkdirSync(space.truthDir, { recursive: true });
    writeFileSync(join(space.truthDir, 'churn_window_probability.csv'), truth.join(''));
  }
  mkdirSync(join(projectDir, 'configs', 'ml'), { recursive: true });
  const configFile = join(projectDir, 'configs', 'ml', 'churn.yaml');
  writeFileSync(configFile, CONFIG);
  return {
    workspace: space,
    warehouse,
    connection,
    graph: graph(options),
    configFile,
    effects: {
      console: captureConsole(),
      clock: fixedClock('2026-05-12T08:30:00Z'),
      signal: new AbortController().signal,
    },
    meanTruth: sumTruth / known,
    meanLabel: sumLabel / known,
  };
}

export const CONFIG = `version: 1
name: churn
model_version: 1
title: Churn within 14 days
label: { column: churn_within_14d, horizon_days: 14, definition: The user cancels. }
sample: { every_days: 7 }
split: { strategy: expanding, folds: 4, test_days: 14, min_train_days: 56, gap_days: 0, min_positives: 10 }
penalty: { l2: 1 }
bootstrap: { draws: 200, seed: 11 }
threshold: { benefit: 60, cost: 3, currency: USD }
slices: [{ column: plan_id }, { column: country }, { column: events_7d, edges: [2, 5, 20] }, { column: csat, quantiles: 3 }]
recency_feature: days_since_last_event
owner: tests
card:
  intended_use: Tests.
  users: Testers.
  out_of_scope: [Everything else]
  ethical_considerations: []
  caveats: [Made up]
  expiry_days: 30
  retrain_when: Never.
`;

function graph(options: WorldOptions): CompiledGraph {
  const added = [
    ...(options.leak ? [column('spy', 'Knows the answer.', 'feature', 'numeric')] : []),
    ...(options.receivedAfter === undefined ? [] : [column('received_ts', 'Latest received time.', 'received')]),
    ...(options.columns ?? []),
  ];
  const names = new Set(added.map(({ name }) => name));
  const features = table(
    'features_by_day',
    ['silver.silver_events'],
    [...FEATURE_COLUMNS.filter(({ name }) => !names.has(name)), ...added],
  );
  const labels = table(
    'outcomes_by_day',
    ['silver.silver_billing'],
    [
      column('user_id', 'User.', 'key'),
      column('date_day', 'Day.', 'time'),
      column('churn_within_7d', 'Cancels within 7 days.', 'label'),
      column('churn_within_14d', 'Cancels within 14 days.', 'label'),
    ],
  );
  return {
    version: 1,
    projectConfig: { warehouse: 'duckdb', defaultSchema: 'analytics', assertionSchema: 'assertions', vars: {} },
    dataformCoreVersion: '3.0.62',
    hash: 'abc123',
    actions: [
      features,
      labels,
      { ...table('silver_events', ['bronze.events'], []), target: { schema: 'silver', name: 'silver_events' } },
    ],
  };
}

export function table(name: string, dependencies: readonly string[], columns: readonly ColumnDoc[]): TableAction {
  return {
    kind: 'table',
    target: { schema: 'gold', name },
    canonicalTarget: { schema: 'gold', name },
    dependencies,
    tags: [],
    disabled: false,
    fileName: `definitions/gold/${name}.sqlx`,
    description: 'One row per user and day.',
    columns,
    properties: {},
    query: 'select 1',
    preOperations: [],
    postOperations: [],
    materialized: false,
    bigquery: {},
  };
}
