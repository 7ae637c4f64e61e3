import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packageRoot, readJson, writeFileAtomic, writeJson } from '../core/files.ts';
import { replaceFolder } from '../core/staged-folder.ts';
import type { Estimates } from './assess.ts';
import type { Card } from './card.ts';
import type { Model } from './model.ts';
import { plots, standalone } from './plots.ts';
import { renderCard } from './render-card.ts';

/**
 * Writes `<modelCardsDir>/<id>/<version>/` and then `latest/`, a full copy. Both are made beside their place and moved in, so a reader
 * finds an old card or the new one. The three files that the siblings of this project write lie beside, as copies.
 *
 * @returns the folder of the version.
 * @throws {Error} when the card does not fit its schema: a defect of ours, nothing is written.
 */
export async function writeCard(
  modelCardsDir: string,
  card: Card,
  model: Model,
  estimates: Estimates,
): Promise<string> {
  validate(card);
  const { id, cardVersion } = card.details;
  const folder = join(modelCardsDir, id, cardVersion);
  await replaceFolder(folder, (fresh) => {
    writeJson(join(fresh, 'card.json'), card);
    writeFileAtomic(join(fresh, 'card.md'), renderCard(card, 'md'));
    writeFileAtomic(join(fresh, 'card.html'), renderCard(card, 'html'));
    writeJson(join(fresh, 'metrics.json'), metricsFile(card, estimates));
    writeFileAtomic(join(fresh, 'temporal_cv_folds.csv'), foldsCsv(card));
    writeFileAtomic(join(fresh, 'coefficients.csv'), coefficientsCsv(card));
    writeJson(join(fresh, 'model.json'), model);
    for (const plot of plots(card)) writeFileAtomic(join(fresh, 'plots', `${plot.name}.svg`), `${standalone(plot)}\n`);
  });
  await replaceFolder(join(modelCardsDir, id, 'latest'), (fresh) => cpSync(folder, fresh, { recursive: true }));
  for (const name of ['metrics.json', 'temporal_cv_folds.csv', 'coefficients.csv']) {
    cpSync(join(folder, name), join(dirname(modelCardsDir), `${id}_${name}`));
  }
  return folder;
}

function validate(card: Card): void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  const check = ajv.compile(readJson<object>(join(packageRoot(), 'configs', 'schemas', 'card.schema.json'))!);
  // As it will be read back: NaN becomes null, and null where a number must stand is found.
  if (!check(JSON.parse(JSON.stringify(card))))
    throw new Error(`the card does not fit its schema: ${ajv.errorsText(check.errors, { separator: '\n' })}`);
}

function metricsFile(
  { details, headline, quantitative, evaluationData, power, reproducibility }: Card,
  estimates: Estimates,
): object {
  return {
    version: 1,
    model: details.id,
    cardVersion: details.cardVersion,
    trainedAt: details.trainedAt,
    dataHash: reproducibility.dataHash,
    rows: evaluationData.rows,
    positives: evaluationData.positives,
    users: evaluationData.users,
    headline,
    stability: quantitative.stability,
    power,
    /** Names are `<scope>/<score>/<metric>`; scopes: pooled, mean (over folds), fold1, ..., ceiling. */
    estimates: Object.fromEntries(estimates),
  };
}

type Cell = string | number | boolean | null | undefined;

/** RFC 4180 with line feeds; an absent value is an empty cell. */
function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell) => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function foldsCsv({ evaluationData: { folds } }: Card): string {
  const header =
    'fold,cutoff,train_from,train_to,test_from,test_to,train_rows,train_positives,test_rows,test_positives,base_rate,roc_auc,roc_auc_low,roc_auc_high,average_precision,average_precision_low,average_precision_high,average_precision_lift,recency_roc_auc,iterations,not_evaluable';
  return csv(
    header.split(','),
    folds.map((f) => [
      f.number,
      f.cutoff,
      f.trainFrom,
      f.trainTo,
      f.testFrom,
      f.testTo,
      f.trainRows,
      f.trainPositives,
      f.testRows,
      f.testPositives,
      f.testBaseRate,
      f.model?.rocAuc.value,
      f.model?.rocAuc.low,
      f.model?.rocAuc.high,
      f.model?.averagePrecision.value,
      f.model?.averagePrecision.low,
      f.model?.averagePrecision.high,
      f.model?.averagePrecisionLift.value,
      f.recency?.rocAuc.value,
      f.iterations,
      f.notEvaluable,
    ]),
  );
}

function coefficientsCsv({ quantitative: { coefficients }, evaluationData }: Card): string {
  const folds = evaluationData.folds.filter(({ model }) => model).map(({ number }) => `fold_${number}`);
  const header = [
    'column',
    'feature',
    'transform',
    'standardised',
    'std_error',
    'low',
    'high',
    'raw',
    'vif',
    'sign_agreement',
    ...folds,
  ];
  return csv(
    header,
    coefficients.map((c) => [
      c.name,
      c.feature,
      c.transform,
      c.standardised,
      c.standardError,
      c.low,
      c.high,
      c.raw,
      c.varianceInflation,
      c.signAgreement,
      ...c.folds,
    ]),
  );
}
