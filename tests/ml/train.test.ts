import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fixedClock } from '../../core/effects.ts';
import type { Card } from '../../ml/card.ts';
import type { Model } from '../../ml/model.ts';
import { score } from '../../ml/score.ts';
import { type TrainSummary, train } from '../../ml/train.ts';
import { CONFIG, makeWorld, type World, type WorldOptions } from './world.ts';

const input = (one: World) => ({
  graph: one.graph,
  connection: one.connection,
  statements: one.warehouse.statements,
  describe: one.warehouse.describe,
  workspace: one.workspace,
  configFile: one.configFile,
});

let world: World;
let summary: TrainSummary;
let card: Card;
const read = (...path: string[]) => readFileSync(join(world.workspace.modelCardsDir, summary.model, ...path), 'utf8');

beforeAll(async () => {
  world = await makeWorld();
  summary = await train(input(world), world.effects);
  card = JSON.parse(read('latest', 'card.json'));
});
const discard = async (one: World) => {
  await one.warehouse.close();
  rmSync(one.workspace.projectDir, { recursive: true });
};
afterAll(() => discard(world));

describe('training on a world with a known truth', () => {
  test('names the model, evaluates what can be evaluated, and reports the fold that cannot', () => {
    expect(summary).toMatchObject({ model: 'churn_baseline_v1', folds: 4, foldsEvaluated: 3, reused: false });
    expect(summary.cardVersion).toMatch(/^20260512T083000Z-[0-9a-f]{8}$/);
    expect(card.evaluationData.folds[0]).toMatchObject({
      number: 1,
      notEvaluable: 'the training part covers 43 days up to 2026-02-15, 56 are needed',
      model: null,
    });
  });

  test('the metrics of the card follow from the rows that a plain query gives', async () => {
    const first = card.evaluationData.folds[1]!;
    const last = card.evaluationData.folds[3]!;
    const [row] = await world.connection.rows<{ n: number; positives: number }>(
      `select count(*) as n, sum(churn_within_14d) as positives from gold.outcomes_by_day
       where churn_within_14d is not null and date_day between cast($1 as date) and cast($2 as date) and (cast($2 as date) - date_day) % 7 = 0`,
      [first.testFrom, last.testTo],
    );
    expect([card.evaluationData.rows, card.evaluationData.positives]).toEqual([Number(row!.n), Number(row!.positives)]);
    expect(card.headline.baseRate).toBe(card.evaluationData.positives / card.evaluationData.rows);
  });

  test('finds most of what can be found, and not more than there is', () => {
    const { ceiling } = card.quantitative;
    expect(ceiling!.rows).toBe(card.evaluationData.rows);
    expect(card.headline.rocAuc.value!).toBeGreaterThan(0.6);
    expect(ceiling!.truth.rocAuc.value!).toBeGreaterThan(card.headline.rocAuc.value!);
    expect(card.headline.shareOfAchievableRocAuc!.value!).toBeCloseTo(
      (ceiling!.model.rocAuc.value! - 0.5) / (ceiling!.truth.rocAuc.value! - 0.5),
      12,
    );
    expect(ceiling!.model.rocAuc).toEqual(card.headline.rocAuc);
  });

  test('coefficients have the signs of the world, agree over folds, and raw ones follow from standardised ones', () => {
    const of = (name: string) => card.quantitative.coefficients.find((coefficient) => coefficient.name === name)!;
    expect([of('events_7d').high! < 0, of('tickets_14d').low! > 0]).toEqual([true, true]);
    expect(of('events_7d').signAgreement).toBe(1);
    expect(of('events_7d').folds).toHaveLength(3);
    const model: Model = JSON.parse(read('latest', 'model.json'));
    const j = model.encoder.columns.findIndex(({ name }) => name === 'events_7d');
    expect(of('events_7d').raw).toBeCloseTo(model.coefficients[j]! / model.encoder.columns[j]!.sd, 12);
    expect(card.trainingData.unavailable.map(({ name }) => name)).toEqual(['seats']);
    expect(of('seats')).toBeUndefined();
  });

  test('baselines stand beside, with paired differences', () => {
    expect(card.quantitative.scores.map((one) => one.score)).toEqual([
      'model',
      'recencyLogistic',
      'recency',
      'reference',
      'prevalence',
    ]);
    const recency = card.quantitative.scores[2]!;
    expect(recency.difference!.rocAuc.value).toBeCloseTo(
      card.headline.rocAuc.value! - recency.pooled.rocAuc.value!,
      12,
    );
    expect(card.headline.differenceToRecency).toEqual(recency.difference!.rocAuc);
    expect([recency.logLoss, recency.brier]).toEqual([null, null]);
    expect(card.quantitative.scores[4]!.meanOverFolds.rocAuc.value).toBe(0.5);
    for (const fold of card.evaluationData.folds.slice(1))
      expect(fold.reference!.largestDifference!).toBeLessThan(0.05);
  });

  test('every leakage check has a line', () => {
    expect(Object.fromEntries(card.leakage.map(({ name, status }) => [name, status]))).toEqual({
      'one row per user and day': 'passed',
      'no user-day on both sides': 'passed',
      'embargo between training and test': 'passed',
      'no label whose window is open': 'passed',
      'label window starts after the day and has the stated length': 'passed',
      'features use what had arrived by the end of the day': 'not applicable',
      'no id or date among the features': 'passed',
      'no single feature gives the answer away': 'passed',
      'shuffled labels teach nothing': 'passed',
      'features of the next day do not jump': 'passed',
    });
  });

  test('slices add up, and small ones are suppressed', () => {
    for (const dimension of ['plan_id', 'country', 'events_7d', 'csat', 'user']) {
      const members = card.factors.slices.filter((slice) => slice.dimension === dimension);
      expect(members.reduce((sum, { rows }) => sum + rows, 0)).toBe(card.evaluationData.rows);
    }
    const bands = card.factors.slices.filter(({ dimension }) => dimension === 'events_7d').map(({ value }) => value);
    expect(bands).toEqual(['< 2', '2 to < 5', '5 to < 20', '>= 20']);
    for (const { rows, positives, suppressed, rocAuc } of card.factors.slices) {
      if (suppressed) expect([positives, rocAuc]).toEqual([null, null]);
      else expect(rows >= 100 && positives! >= 10).toBe(true);
    }
    expect(card.factors.slices.some(({ suppressed }) => suppressed)).toBe(true);
  });

  test('JSON, Markdown and HTML say the same numbers', () => {
    const fixed = (value: number | null) => value!.toFixed(3).replace('-', '−');
    const { value, low, high } = card.headline.rocAuc;
    const [md, html] = [read('latest', 'card.md'), read('latest', 'card.html')];
    expect(md).toContain(`| ROC AUC | ${fixed(value)} (${fixed(low)} to ${fixed(high)}) |`);
    expect(html).toContain(`<b>${fixed(value)}</b><span>${fixed(low)} to ${fixed(high)} · chance 0.5</span>`);
    for (const text of [md, html]) {
      expect(text).toContain(card.power.statement);
      expect(text).not.toMatch(/NaN|undefined|\[object/);
      for (const coefficient of card.quantitative.coefficients) {
        expect(text).toContain(coefficient.name.replace('=', text === html ? '&#x3D;' : '='));
        expect(text).toContain(fixed(coefficient.standardised));
      }
    }
    expect(md).toContain('Plan \\| price level.');
    expect(html).not.toMatch(/<(script|link|img)|https?:\/\/(?!www\.w3\.org)/);
    expect(md).toContain('Licence of the data: missing');
  });

  test('tables beside the card hold its numbers', () => {
    const folds = parse(read('latest', 'temporal_cv_folds.csv'), { columns: true }) as Record<string, string>[];
    expect(folds.map(({ roc_auc }) => roc_auc)).toEqual(
      card.evaluationData.folds.map(({ model }) => (model ? String(model.rocAuc.value) : '')),
    );
    expect(folds[0]!.not_evaluable).toBe('the training part covers 43 days up to 2026-02-15, 56 are needed');
    const coefficients = parse(read('latest', 'coefficients.csv'), { columns: true }) as Record<string, string>[];
    expect(coefficients.map(({ standardised }) => Number(standardised))).toEqual(
      card.quantitative.coefficients.map(({ standardised }) => standardised),
    );
    expect(Object.keys(coefficients[0]!).slice(-3)).toEqual(['fold_2', 'fold_3', 'fold_4']);
    const metrics = JSON.parse(read('latest', 'metrics.json'));
    expect(metrics.headline).toEqual(card.headline);
    expect(metrics.estimates['pooled/model/rocAuc']).toEqual(card.headline.rocAuc);
    for (const name of ['metrics.json', 'temporal_cv_folds.csv', 'coefficients.csv']) {
      expect(readFileSync(join(world.workspace.projectDir, 'reports', `churn_baseline_v1_${name}`), 'utf8')).toBe(
        read('latest', name),
      );
    }
    expect(readdirSync(join(summary.folder, 'plots')).sort()).toEqual([
      'calibration.svg',
      'coefficients.svg',
      'folds.svg',
    ]);
  });

  test('the same data and configuration train into the same version and the same numbers', async () => {
    const later = { ...world.effects, clock: fixedClock('2026-06-01T00:00:00Z') };
    const again = await train(input(world), later);
    expect(again).toEqual({ ...summary, reused: true });
    expect(readdirSync(join(world.workspace.modelCardsDir, summary.model)).sort()).toEqual([
      summary.cardVersion,
      'latest',
    ]);
    const { trainedAt, expiresAt, ...rest } = (JSON.parse(read('latest', 'card.json')) as Card).details;
    expect([trainedAt, expiresAt]).toEqual(['2026-06-01T00:00:00.000Z', '2026-07-01']);
    expect({ ...card.details, ...rest }).toEqual(card.details);
  });

  test('scores the current population with the model file', async () => {
    const scored = await score(input(world), world.effects);
    const rows = parse(readFileSync(scored.file, 'utf8'), { columns: true }) as Record<string, string>[];
    expect(scored).toMatchObject({
      model: 'churn_baseline_v1',
      cardVersion: summary.cardVersion,
      day: '2026-05-10',
      users: 260,
    });
    expect(rows).toHaveLength(260);
    const p = rows.map(({ p_churn }) => Number(p_churn));
    expect(p).toEqual([...p].sort((a, b) => b - a));
    expect(rows.map(({ rank }) => Number(rank))).toEqual(p.map((_, i) => i + 1));
    expect(rows.filter(({ decile }) => decile === '1')).toHaveLength(26);
    expect(scored.aboveThreshold).toBe(p.filter((one) => one > 0.05).length);
    // One row by hand, from the model file and the warehouse alone.
    const model: Model = JSON.parse(read('latest', 'model.json'));
    const [raw] = await world.connection.rows<Record<string, number | string | boolean | null>>(
      'select * from gold.features_by_day where user_id = $1 and date_day = cast($2 as date)',
      [rows[0]!.user_id!, rows[0]!.date_day!],
    );
    const z = model.encoder.columns.reduce((sum, { feature, transform, level, mean, sd }, j) => {
      const value = raw![feature] ?? null;
      const known = model.encoder.levels[feature];
      const own = known && (known.levels.includes(String(value)) || known.reference === value) ? value : '(other)';
      const x =
        transform === 'missing'
          ? Number(value === null)
          : transform === 'level'
            ? Number(own === level)
            : transform === 'log1p'
              ? Math.log1p(Number(value))
              : Number(value ?? model.encoder.medians[feature]);
      return sum + (model.coefficients[j]! * (x - mean)) / sd;
    }, model.intercept);
    expect(p[0]).toBeCloseTo(1 / (1 + Math.exp(-z)), 12);
  });

  test('an infinite feature has no score', async () => {
    const all = await world.connection.rows<{ user_id: string }>(
      'select user_id from gold.features_by_day where date_day = (select max(date_day) from gold.features_by_day) order by user_id limit 1',
    );
    const before = readFileSync(
      join(world.workspace.projectDir, 'reports', 'scores', 'synthetic', 'scores.csv'),
      'utf8',
    );
    await world.connection.execute(`update gold.features_by_day set csat = 'inf' where user_id = '${all[0]!.user_id}'`);
    await expect(score(input(world), world.effects)).rejects.toThrow(
      'TRAINING_IMPOSSIBLE\n  the feature csat is infinite in 1 of 260 rows; expected finite numbers or null\n',
    );
    expect(readFileSync(join(world.workspace.projectDir, 'reports', 'scores', 'synthetic', 'scores.csv'), 'utf8')).toBe(
      before,
    );
  });

  test('a model does not meet features that it does not know', async () => {
    const changed = world.graph.actions.map((action) => ({
      ...action,
      columns: action.columns.filter(({ name }) => name !== 'csat'),
    })) as World['graph']['actions'];
    await expect(
      score({ ...input(world), graph: { ...world.graph, actions: changed } }, world.effects),
    ).rejects.toThrow(
      'MODEL_NOT_FOUND\n  the features are not those that churn_baseline_v1 learnt from; gone: csat (numeric)\n  Run `tidemark train` to learn from the features as they are now. (docs/errors.md#model_not_found)',
    );
  });
});

describe('what stops a training', () => {
  let other: World;
  const trainOn = async (options: WorldOptions, config = CONFIG) => {
    other = await makeWorld({ seats: 60, days: 110, ...options });
    writeFileSync(other.configFile, config);
    return train(input(other), other.effects).catch((error: Error) => error.message);
  };
  afterEach(() => discard(other));
  const wayOut =
    'The message names the feature or rows; remove the feature or mend the model that makes it. (docs/errors.md#leakage)';

  test('a feature that knows the answer', async () => {
    const message = await trainOn({ leak: true });
    expect(message).toBe(
      `LEAKAGE\n  no single feature gives the answer away: spy (1.000): ROC AUC of the feature alone above 0.95; expected features that know the past only\n  ${wayOut}`,
    );
    expect(existsSync(other.workspace.modelCardsDir)).toBe(false);
  });

  test('a label with another horizon than its name says', async () => {
    expect(await trainOn({ labelDays: 10 })).toMatch(
      /^LEAKAGE\n {2}label window starts after the day and has the stated length: 0 of \d+ runs of positive labels are 14 days long, most are 10; expected 14\n/,
    );
  });

  test('features that arrived after their day', async () => {
    expect(await trainOn({ receivedAfter: 1 })).toMatch(
      /^LEAKAGE\n {2}features use what had arrived by the end of the day: ([\d,]+) of ([\d,]+) rows use data received after their day; expected none\n/,
    );
  });

  test('the same row twice', async () => {
    expect(await trainOn({ doubled: true })).toMatch(
      /^LEAKAGE\n {2}one row per user and day: [\d,]+ of [\d,]+ rows repeat the user and day of another; expected none\n/,
    );
  });

  test('nobody who leaves', async () => {
    expect(await trainOn({ loyal: true })).toBe(
      'TRAINING_IMPOSSIBLE\n  none of 4 folds can be evaluated on 840 rows with 0 positives: ' +
        'fold 1: the training part covers 22 days up to 2026-01-26, 56 are needed; fold 2: the training part covers 36 days up to 2026-02-09, 56 are needed; ' +
        'fold 3: the training part covers 50 days up to 2026-02-23, 56 are needed; fold 4: the training part has 0 positives in 600 rows, 10 are needed\n' +
        '  The message says which; widen the period or mend the features. (docs/errors.md#training_impossible)',
    );
  });

  test('columns in the configuration that do not exist', async () => {
    const config = CONFIG.replace(
      'recency_feature: days_since_last_event',
      'recency_feature: days_since_last_evnt',
    ).replace('column: country', 'column: contry');
    const invalid = 'The message says what was found and what was expected. (docs/errors.md#config_invalid)';
    expect(await trainOn({}, config)).toBe(
      `CONFIG_INVALID configs/ml/churn.yaml:11:41\n  slices.1.column: contry is no feature or slice column of gold.features_by_day. Did you mean "country"?\n  ${invalid}\n` +
        `CONFIG_INVALID configs/ml/churn.yaml:12:18\n  recency_feature: days_since_last_evnt is no feature of gold.features_by_day. Did you mean "days_since_last_event"?\n  ${invalid}`,
    );
  });

  test('a warehouse without the tables', async () => {
    other = await makeWorld({ seats: 1, days: 2 });
    await other.connection.execute('drop table gold.outcomes_by_day');
    await expect(train(input(other), other.effects)).rejects.toThrow(
      'MODEL_NOT_FOUND\n  the warehouse does not hold gold.outcomes_by_day, which the compiled graph marks for learning\n',
    );
    await expect(score(input(other), other.effects)).rejects.toThrow(
      'MODEL_NOT_FOUND\n  no model churn_baseline_v1 has been trained yet\n  Run `tidemark train` first.',
    );
  });
});

describe('what the card admits', () => {
  test('few users cannot show a difference, real data have no ceiling, filters hold', async () => {
    const small = await makeWorld({ seats: 120, days: 110, synthetic: false, seed: 21 });
    const config = CONFIG.replace(
      'split:',
      'population: [{ column: events_7d, min: 1 }, { column: plan_id, equals: basic }]\nsplit:',
    )
      .replace('min_positives: 10', 'min_positives: 2')
      .replace('min_train_days: 56', 'min_train_days: 20');
    writeFileSync(small.configFile, config);
    const result = await train(input(small), small.effects);
    expect(result.model).toBe('churn_real_v1');
    const own: Card = JSON.parse(readFileSync(join(result.folder, 'card.json'), 'utf8'));
    expect(own.headline.shareOfAchievable).toBeNull();
    expect(own.quantitative.ceilingNote).toBe(
      'Not known: for these data no true probabilities exist. Only a synthetic world has them.',
    );
    expect(own.power.differenceExcludesZero).toBe(false);
    expect(own.power.statement).toMatch(
      /^\d+ users in \d+ days, with \d+ positive rows in the test windows, cannot show that the model ranks better than the recency rule: the difference in ROC AUC is -?0\.\d{3} \(95 % interval -0\.\d{3} to 0\.\d{3}\), which includes zero\. A difference would have to be about 0\.\d{3} to be found four times in five\. Do not read the order of the two as a result\.$/,
    );
    expect(own.label.population).toEqual(['events_7d at least 1', 'plan_id = basic']);
    expect(own.trainingData.constantColumns).toEqual([]);
    const html = readFileSync(join(result.folder, 'card.html'), 'utf8');
    expect(html).toContain('<b>not known</b>');
    const [row] = await small.connection.rows<{ n: number }>(
      `select count(*) as n from gold.features_by_day join gold.outcomes_by_day using (user_id, date_day)
       where churn_within_14d is not null and events_7d >= 1 and plan_id = 'basic' and (cast('2026-04-06' as date) - date_day) % 7 = 0`,
    );
    expect(own.trainingData.rows).toBe(Number(row!.n));
    await discard(small);
  });
});
