import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../core/random.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import { type Database, makeDatabase } from '../support/postgres.ts';
import { makeProject, type Project, removeProject } from '../support/project.ts';
import { differences, rowsOf } from './compare.ts';

/** A source that no model knows: one YAML file, and no SQL. */
const DATASET = `
version: 1
title: Post
description: A parcel service.
sources: [parcels, vans, texts]
model: churn
`;
const PARCELS = `
version: 1
source: parcels
description: One row per parcel.
owner: depot
files: { pattern: "parcels/*.csv", format: csv, delimiter: ";" }
columns:
  parcel_id: { type: string, required: true, from: Sendung, pattern: "^P[0-9]+$", description: Parcel. }
  kind: { type: string, from: Art, allowed: [letter, box], severity: { allowed: warn }, description: Kind. }
  weight_kg: { type: number, from: Gewicht, format: decimal_comma, min: 0, plausible: [0, 50], description: Weight in kilograms. }
  posted_date: { type: date, from: Aufgabe, format: D.M.YYYY, accept_formats: [standard, YYYY/M/D], required: true, description: Day of posting. }
  delivered_ts: { type: timestamp, from: Zugestellt, accept_formats: [epoch_seconds, M-D-YYYY], description: When it was delivered (UTC). }
  received_ts: { type: timestamp, from: Erfasst, severity: { type: warn }, description: When it was recorded (UTC). }
  count: { type: integer, from: Anzahl, accept_formats: [thousands_comma], description: Number of pieces. }
  note: { type: string, from: Notiz, personal: mask, description: Note of the sender. }
  sender: { type: string, from: Absender, personal: hash, description: "Sender, hashed." }
grain: [parcel_id]
event_time: delivered_ts
received_time: received_ts
rules:
  - name: not_delivered_before_posted
    when: [{ left: kind, op: in, values: [letter, box] }, { left: delivered_ts, op: is present }]
    check: [{ left: delivered_ts, op: ">=", right: received_ts, plus: -3600 }]
    message: Nothing is delivered more than an hour before it was recorded.
  - name: letters_are_light
    severity: warn
    when: [{ left: kind, op: "=", value: letter }]
    check: [{ left: weight_kg, op: "<=", value: 1 }]
    message: A letter weighs at most a kilogram.
  - name: posted_in_this_century
    check: [{ left: posted_date, op: ">=", value: 2001-01-01 }, { left: posted_date, op: "<", right: posted_date, plus: 1 }]
    message: The service is younger.
personal_data: { search: [Hinweis], severity: error }
drift: { new_columns: warn, missing_columns: warn, ignored: [Lager] }
criticality: { medium: 0.2, high: 0.9 }
freshness: { warn_after_hours: 1, error_after_hours: 10000 }
`;
const VANS = `
version: 1
source: vans
description: One row per day on which a van drove.
owner: depot
files: { pattern: vans.jsonl, format: jsonl }
columns:
  van: { type: string, required: true, description: Van. }
  drove_ts: { type: timestamp, required: true, description: When (UTC). }
grain: [van]
event_time: drove_ts
personal_data: { search: [info.stops, info.by, info] }
freshness: { warn_after_hours: 1 }
`;
/** Every format reads the same texts, among them many that engines could read differently. */
const FORMATS = [
  ['date', ['D/M/YYYY', 'YYYY/M/D', 'D.M.YYYY', 'YYYY.M.D', 'M-D-YYYY']],
  ['timestamp', ['M/D/YYYY', 'YYYY.M.D', 'D-M-YYYY', 'epoch_seconds', 'epoch_milliseconds']],
  ['number', ['decimal_comma', 'thousands_comma']],
  ['integer', ['decimal_comma', 'thousands_comma']],
] as const;
const TEXTS = `
version: 1
source: texts
description: One row per text.
owner: depot
files: { pattern: texts.jsonl, format: jsonl }
columns:
  id: { type: integer, required: true, description: Number. }
  masked: { type: string, from: x, personal: mask, description: Masked. }
${FORMATS.flatMap(([type, formats]) =>
  formats.map(
    (format, i) =>
      `  ${type}_${i}: { type: ${type}, from: x, accept_formats: [${format}], severity: { type: warn }, description: ${type}. }\n`,
  ),
).join('')}grain: [id]
personal_data: { search: [x] }
`;
const KNOWN_TEXTS = `
1/2/2026|31/12/2026|29/2/2026|1/1/2026 24:00|1/1/2026 00:00|1/2/2026 10:00:00.1234567+05:30|1/2/26|2026/1/2|1.2.2026|1.2.2026 10:00:00.5
2026.1.2|1-2-2026|12-31-2026 10:00|1/2-2026|0/0/0000|1/1/0000|1767225600|1767225600123|999999999|99999999999|1234567890123|-1767225600
1767225600.5|٣/١/٢٠٢٦|1,5|1.234,5|1,234.5|12.34,5|1.2345,6|,5|5,|-1,5|+1.000|1,000|1,00|1.000.000|1e3|1,5e3|a@b|a@b.c|a@b.c.d.|a@b@c.de
x a.b+c@d-e.fg y@z.w|.@-.-|ä@ö.ü|mail:a_b@c.de,d@e.fg|a@b.c@d.e|+12345678|+1 2|+1 202 555 0123 and +49 (0) 30/1234-56|++49 301234567
+123456789012345678901234567890|+1(202)5550123)|202-555-0123|(202) 555.0123|2025550123|1202-555-01234|202-555-0123202-555-0124|(202 555 0123
12-345-678-9012`
  .trim()
  .split(/[|\n]/);

/** Texts with one or two characters replaced, dropped or put in. */
function nearTexts(): string[] {
  const r = random(20261121, 'texts');
  const characters = [...'01259/.-,: +()@aTZé'];
  return Array.from({ length: 1500 }, () => {
    const text = [...r.pick(KNOWN_TEXTS)];
    for (let n = 1 + r.int(2); n > 0; n--) {
      text.splice(r.int(text.length + 1), r.int(2), ...(r.chance(0.7) ? [r.pick(characters)] : []));
    }
    return text.join('');
  });
}

const HEADER = 'Sendung;Art;Gewicht;Aufgabe;Zugestellt;Erfasst;Anzahl;Notiz;Absender;Hinweis;Lager;Farbe';
const ROWS = [
  'P1;box;1.204,5;1.2.2026;2026-02-03T10:00:00Z;2026-02-03T09:00:00Z;1;;Ann;;L1;red',
  'P2;letter;0,5;2026-02-01;1770112800;2026-02-03T10:00:00Z;1,200;call +49 30 123456 or ann@post.example;ANN;;L1;',
  'P3;letter;2;2026/2/1;2-3-2026 10:00:00;2026-02-03T10:59:59.5Z;2;202-555-0123 (202) 555-0199;;;;',
  'P4;box;3;30.2.2026;;;;;;;;',
  'P5;crate;3;3.2.2026;;soon;;;;;;',
  'P6;box;3;3.2.2026;2026-02-03T08:59:59Z;2026-02-03T10:00:00Z;;;;;;',
  'P7;letter;3;3.2.2026;;;;;;mail bob.o@post.example.org;;',
  'P8;box;-1;3.2.1999;;;1.5;;;;;',
  'Q9;box;3,5,5;3.2.2026;;;;;;;;',
  'P10;box;60;3.2.2026;;;;card 1234;;;;',
];

const DRIVES = [
  '{"van":"v1","drove_ts":"2026-02-04T10:00:00Z","info":{"by":"M. 0199", "km": 202.50, "at":"2026-02-03 10:00:00.123-05:00"}}',
  '{"van":"v2","drove_ts":"2026-02-04T10:00:00Z","info": {"by": "\\u002B1 202 555 0123"}}',
  '{"van":"v3","drove_ts":"2026-02-04T10:00:00Z","info":{"by":null,"stops":[{"to":"ann\\u0040post.example"}]}}',
  '{"van":"v4","drove_ts":"2026-02-04T10:00:00Z","info":"ann@post.example"}',
];

let project: Project;
let database: Database;
let loaded: string;

beforeAll(async () => {
  database = await makeDatabase();
  project = makeProject({ keep: true });
  project.write('configs/datasets/post/dataset.yaml', DATASET);
  project.write('configs/datasets/post/parcels.yaml', PARCELS);
  project.write('configs/datasets/post/vans.yaml', VANS);
  project.write('data/raw/post/parcels/a.csv', `${[HEADER, ...ROWS].join('\n')}\n`);
  project.write('configs/datasets/post/texts.yaml', TEXTS);
  project.write(
    'data/raw/post/texts.jsonl',
    [...KNOWN_TEXTS, ...nearTexts()].map((x, id) => `${JSON.stringify({ id, x })}\n`).join(''),
  );
  project.write('data/raw/post/vans.jsonl', `${DRIVES.join('\n')}\n`);
  for (const place of [project, project.withEnv({ DATABASE_URL: database.url })]) {
    const load = await place.tidemark('load', '--dataset', 'post');
    expect(load.code, load.stderr).toBe(0);
    loaded = load.stderr;
    const run = await place.tidemark('run', '--dataset', 'post');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('assertions.fresh_parcels_warning');
  }
});
afterAll(async () => {
  await database?.remove();
  removeProject(project);
});

const query = (sql: string) => project.query(sql, 'post');

describe('a source of one YAML file', () => {
  test('is typed in its own formats, repaired from others, flagged and masked', async () => {
    expect(
      await query(
        `select parcel_id, weight_kg, posted_date, delivered_ts, count, note, flags
         from silver.silver_parcels order by parcel_id`,
      ),
    ).toEqual([
      {
        parcel_id: 'P1',
        weight_kg: 1204.5,
        posted_date: '2026-02-01',
        delivered_ts: '2026-02-03T10:00:00.000Z',
        count: 1,
        note: null,
        flags: 'weight_kg:implausible;',
      },
      {
        parcel_id: 'P10',
        weight_kg: 60,
        posted_date: '2026-02-03',
        delivered_ts: null,
        count: null,
        note: 'card 1234',
        flags: 'weight_kg:implausible;',
      },
      {
        parcel_id: 'P2',
        weight_kg: 0.5,
        posted_date: '2026-02-01',
        delivered_ts: '2026-02-03T10:00:00.000Z',
        count: 1200,
        note: 'call [phone] or [email]',
        flags: 'posted_date:repaired;delivered_ts:repaired;count:repaired;note:personal_data;',
      },
      {
        parcel_id: 'P3',
        weight_kg: 2,
        posted_date: '2026-02-01',
        delivered_ts: '2026-02-03T10:00:00.000Z',
        count: 2,
        note: '[phone] [phone]',
        flags: 'posted_date:repaired;delivered_ts:repaired;note:personal_data;rule:letters_are_light;',
      },
      {
        parcel_id: 'P5',
        weight_kg: 3,
        posted_date: '2026-02-03',
        delivered_ts: null,
        count: null,
        note: null,
        flags: 'kind:not_allowed;received_ts:not_timestamp;',
      },
    ]);
    const [hashes] = await query(
      `select count(distinct sender) as n, max(length(sender)) as length from silver.silver_parcels`,
    );
    expect(hashes).toEqual({ n: 1, length: 32 });
  });

  test('reads what the formats say, and nothing that only looks like it', async () => {
    const of = async (x: string) =>
      (await query(`select * from silver.silver_texts where id = ${KNOWN_TEXTS.indexOf(x)}`))[0]!;
    expect(await of('1/2/2026 10:00:00.1234567+05:30')).toMatchObject({
      date_0: null,
      timestamp_0: '2026-01-02T04:30:00.123456Z',
      flags: expect.stringMatching(/date_0:not_date;.*timestamp_0:repaired;.*number_0:not_number;/),
    });
    expect(await of('1/1/2026 00:00')).toMatchObject({ date_0: '2026-01-01', timestamp_0: '2026-01-01T00:00:00.000Z' });
    expect(await of('29/2/2026')).toMatchObject({ date_0: null, timestamp_0: null });
    expect(await of('1767225600123')).toMatchObject({ timestamp_3: null, timestamp_4: '2026-01-01T00:00:00.123Z' });
    expect(await of('1.234,5')).toMatchObject({ number_0: 1234.5, number_1: null, integer_0: null });
    expect(await of('1.000.000')).toMatchObject({ number_0: 1e6, integer_0: 1e6, number_1: null });
    // Without a comma a point is what the standard says.
    expect(await of('+1.000')).toMatchObject({ number_0: 1, integer_0: 1000, integer_1: null });
    expect(await of('x a.b+c@d-e.fg y@z.w')).toMatchObject({ masked: 'x [email] [email]' });
    expect(await of('+1 202 555 0123 and +49 (0) 30/1234-56')).toMatchObject({ masked: '[phone] and [phone]' });
    const [row] = await query(
      `select count(*) filter (where flags like '%repaired%') as repaired, count(*) filter (where masked <> x.text) as masked
       from silver.silver_texts inner join (select row_hash, raw::json ->> 'x' as text from bronze.texts) as x using (row_hash)`,
    );
    expect(Number(row!.repaired)).toBeGreaterThan(100);
    expect(Number(row!.masked)).toBeGreaterThan(100);
  });

  test('is searched for personal data in free JSON, however it is escaped', async () => {
    expect(await query('select van, flags from silver.silver_vans order by van')).toEqual([
      { van: 'v1', flags: '' },
      { van: 'v2', flags: 'info.by:personal_data;info:personal_data;' },
      { van: 'v3', flags: 'info.stops:personal_data;info:personal_data;' },
      { van: 'v4', flags: 'info:personal_data;' },
    ]);
  });

  test('is rejected with every reason and its text', async () => {
    expect(await query('select line_no, reasons, flags, raw from silver.rejects_parcels order by line_no')).toEqual([
      { line_no: 5, reasons: 'posted_date:not_date;', flags: '', raw: ROWS[3] },
      { line_no: 7, reasons: 'rule:not_delivered_before_posted;', flags: '', raw: ROWS[5] },
      { line_no: 8, reasons: 'Hinweis:personal_data;', flags: 'rule:letters_are_light;', raw: ROWS[6] },
      {
        line_no: 9,
        reasons: 'weight_kg:below_minimum;count:not_integer;rule:posted_in_this_century;',
        flags: '',
        raw: ROWS[7],
      },
      { line_no: 10, reasons: 'parcel_id:pattern;weight_kg:not_number;', flags: '', raw: ROWS[8] },
    ]);
  });

  test('has its assertions, and loading says which columns came and went', async () => {
    const { stdout } = await project.tidemark('compile', '--dataset', 'post', '--json');
    const { actions } = JSON.parse(stdout) as { actions: { kind: string; target: { name: string } }[] };
    const names = actions.filter(({ target }) => target.name.includes('parcels')).map(({ target }) => target.name);
    expect(names.sort()).toEqual([
      'fresh_parcels',
      'fresh_parcels_warning',
      'parcels',
      'rejects_parcels',
      'rows_accounted_parcels',
      'silver_parcels',
      'silver_rejects_parcels_assertions_uniqueKey_0',
      'silver_silver_parcels_assertions_uniqueKey_0',
      'silver_stg_parcels_assertions_uniqueKey_0',
      'stg_parcels',
    ]);
    expect(loaded).toContain(`warning RAW_COLUMN_NEW data/raw/post/parcels/a.csv
  the contract knows no field "Farbe".
`);
    expect(await query(`select source, drift from ops.load_files where source <> 'texts' order by source`)).toEqual([
      { source: 'parcels', drift: '{"added":["Farbe"],"missing":[]}' },
      { source: 'vans', drift: null },
    ]);
  });

  test('has its pages', async () => {
    const { code, stderr } = await project.tidemark('docs', '--dataset', 'post');
    expect(code, stderr).toBe(0);
    const search = await project.tidemark('compile', '--dataset', 'post', '--json');
    expect(search.code).toBe(0);
    for (const name of ['stg_parcels', 'silver_parcels', 'rejects_parcels']) {
      const page = project.read(`reports/site/post/models/silver.${name}.html`);
      expect(page).toContain('One row per');
    }
    const page = project.read('reports/site/post/models/silver.silver_parcels.html');
    for (const text of [
      'Weight in kilograms. At least 0. Plausible from 0 to 50 (else flagged).',
      'Kind. One of letter, box (else flagged).',
      'Day of posting. Required. Repaired from standard, YYYY/M/D.',
      'depot',
      'What is odd about the record',
    ])
      expect(page).toContain(text);
    expect(project.read('reports/site/post/models/silver.rejects_parcels.html')).toContain(
      'rule:letters_are_light (flags): A letter weighs at most a kilogram. rule:posted_in_this_century: The service is younger.',
    );
  });

  test('warns when it is stale, and fails the run when it is more so', async () => {
    const warned = await project.tidemark('run', '--dataset', 'post', '--tags', 'freshness');
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain(`warning ASSERTION_FAILED definitions/silver/freshness.js:25:1
  assertions.fresh_parcels_warning found 1 row that should not exist. The newest row of parcels is at most 1 h older than the newest row of all sources.
    message = parcels has no row of the last 1 h, newest = 2026-02-03T10:59:59.500Z, latest = 2026-02-04T10:00:00.000Z
`);
    project.edit('configs/datasets/post/parcels.yaml', 'error_after_hours: 10000', 'error_after_hours: 22');
    const failed = await project.tidemark('run', '--dataset', 'post', '--tags', 'freshness');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(`error ASSERTION_FAILED definitions/silver/freshness.js:25:1
  assertions.fresh_parcels found 1 row that should not exist. The newest row of parcels is at most 22 h older than the newest row of all sources.
`);
  });

  test('is the same on both engines', async () => {
    const duckdb = await openWarehouse({ engine: 'duckdb', file: project.path('data', 'post.duckdb'), readOnly: true });
    const postgres = await openWarehouse({
      engine: 'postgres',
      connectionString: database.url,
      schemaPrefix: 'post_',
      readOnly: true,
    });
    try {
      for (const name of ['stg_parcels', 'silver_parcels', 'rejects_parcels', 'stg_vans', 'stg_texts']) {
        const table = { schema: 'silver', name };
        expect(differences(await rowsOf(duckdb, table), await rowsOf(postgres, table)), name).toEqual([]);
      }
    } finally {
      await duckdb.close();
      await postgres.close();
    }
  });
});
