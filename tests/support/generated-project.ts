import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Random, random } from '../../core/random.ts';

/** What is in a project that a seed decides: everything that a graph can hold, in a number of models that all differ. */
interface World {
  readonly draw: Random;
  /** Names that a later file may `ref`, with what has to stand in the call. */
  readonly made: string[];
}

export type ProjectFileKind = 'workflow_settings.yaml' | 'dataform.json';

/** Writes a project of `models` models into a temporary folder; the same seed gives the same files. */
export function generateProject(seed: number, models: number, projectFile: ProjectFileKind): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-generated-'));
  const world: World = { draw: random(seed, 'project'), made: ['"raw", "events"', '{ schema: "raw", name: "users" }'] };
  const files: Record<string, string> = {
    [projectFile]: projectFile === 'dataform.json' ? DATAFORM_JSON : WORKFLOW_SETTINGS,
    ...FIXED,
    ...actionFiles(world),
  };
  for (let n = 0; n < models; n++) {
    const make = world.draw.pick([table, view, incremental, published, operations], [4, 3, 4, 3, 1]);
    const folderOf = world.draw.pick(['', 'deep/', 'deep/er/']);
    const { extension, text } = make(`m${n}`, world);
    files[`definitions/${folderOf}m${n}.${extension}`] = text;
    if (make !== operations) world.made.push(`"m${n}"`);
    if (world.draw.chance(0.1)) {
      files[`definitions/tested/t${n}.sqlx`] = testedView(n);
      files[`definitions/tested/t${n}_test.sqlx`] = unitTest(n);
    }
    if (world.draw.chance(0.1)) files[`definitions/checks/c${n}.sqlx`] = assertion(n, world);
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const WORKFLOW_SETTINGS = `defaultProject: cloud
defaultDataset: main
defaultLocation: EU
defaultAssertionDataset: checks
datasetSuffix: dev
namePrefix: pre
vars:
  days: "7"
  word: it's
`;

const DATAFORM_JSON = `{ "warehouse": "bigquery", "defaultDatabase": "cloud", "defaultSchema": "main", "defaultLocation": "EU",
  "assertionSchema": "checks", "vars": { "days": "7", "word": "it's" } }`;

const FIXED = {
  'includes/helpers.js': `const inner = require("./more/inner");
    const columns = (n) => Array.from({ length: n }, (_, i) => "c" + i + " + " + inner.offset(i) + " as c" + i).join(", ");
    module.exports = { columns, quoted: (text) => "'" + text.replace(/'/g, "''") + "'", path: "a\\\\b" };`,
  'includes/constants.js': 'module.exports = { LIMIT: 10, layers: ["a", "b"] };',
  'includes/more/inner.js': 'exports.offset = (i) => i * 2;',
  'configs/list.yaml': 'sources:\n  - { name: users, columns: { id: The key } }\n  - { name: events }\n',
  'definitions/sources.js': `for (const { name, columns } of require("configs/list.yaml").asJson.sources) {
      declare({ schema: "raw", name, ...(columns ? { columns } : {}), description: "From outside." });
    }
    declare({ database: "other", schema: "raw", name: "elsewhere" });`,
  'definitions/declared.sqlx':
    'config { type: "declaration", schema: "raw", name: "declared", description: "By hand." }',
};

/** Actions that stand in an `actions.yaml`, with the files that it names. */
function actionFiles({ draw, made }: World): Record<string, string> {
  made.push('"y_table"', '"y_view"', '"y_incremental"');
  return {
    'definitions/yaml/actions.yaml': `actions:
- declaration: { dataset: raw, name: from_yaml }
- table:
    filename: y_table.sql
    tags: [yaml, "${draw.pick(['x', 'y', 'z'])}"]
    partitionBy: day
    clusterBy: [id]
    labels: { team: data }
    columns: [{ path: [id], description: The key, tags: [k] }, { path: [a, b], description: Nested }]
    assertions: { uniqueKey: [id], nonNull: [id, day], rowConditions: ["day > 0"] }
    dependencyTargets: [{ dataset: raw, name: from_yaml }]
    preOperations: [y_before.sql]
- view: { filename: y_view.sql, description: "A view's.", materialized: true, metadata: { overview: V, extraProperties: { a: [1, { b: c }] } } }
- incrementalTable: { filename: y_incremental.sql, uniqueKey: [id], onSchemaChange: EXTEND, protected: true }
- operation: { filename: y_operation.sql, hasOutput: true, dependOnDependencyAssertions: true, dependencyTargets: [{ name: y_table }] }
- assertion: { filename: y_assertion.sql, dependencyTargets: [{ name: y_view }], disabled: ${draw.chance(0.5)} }
- notebook: { filename: book.ipynb, dependencyTargets: [{ name: y_table, includeDependentAssertions: true }] }
`,
    'definitions/yaml/y_table.sql': 'select 1 as id, 2 as day, `x` as "y"',
    'definitions/yaml/y_before.sql': 'select 1',
    'definitions/yaml/y_view.sql': "select 'it''s' as word",
    'definitions/yaml/y_incremental.sql': 'select 1 as id\nwhere ${ when } is text here',
    'definitions/yaml/y_operation.sql': 'create table x as select 1;\nselect 2',
    'definitions/yaml/y_assertion.sql': 'select 1 where false',
    'definitions/yaml/book.ipynb': JSON.stringify({
      cells: [{ cell_type: 'code', source: ['print(1)'] }],
      metadata: {},
    }),
  };
}

interface File {
  readonly extension: 'sqlx' | 'js';
  readonly text: string;
}

/** A few of the earlier names as calls of `ref`, one of them with the assertions of what it names. */
function refs({ draw, made }: World): string[] {
  const names = [...new Set(Array.from({ length: 1 + draw.int(3) }, () => draw.pick(made)))];
  return names.map((name, i) =>
    i === 0 && name.startsWith('"m') && draw.chance(0.3) ? `{ name: ${name}, includeDependentAssertions: true }` : name,
  );
}

const some = (draw: Random, p: number, entry: string): string[] => (draw.chance(p) ? [entry] : []);

/** Entries of a config block that every model can have. */
function common(name: string, { draw }: World): string[] {
  return [
    ...some(draw, 0.7, `description: "One row per id of ${name}; it's \\"quoted\\", ${draw.int(1000)}."`),
    ...some(draw, 0.3, `schema: "${draw.pick(['silver', 'gold'])}"`),
    ...some(draw, 0.4, `tags: ["${draw.pick(['daily', 'hourly'])}", "t${draw.int(5)}"]`),
    ...some(
      draw,
      0.6,
      `columns: { id: "The key", part: { description: "Of ${name}", tags: ["k"], columns: { deep: "Nested" } } }`,
    ),
    ...some(draw, 0.1, 'disabled: true'),
    ...some(draw, 0.2, 'dependencies: ["y_view"]'),
    ...some(draw, 0.2, 'dependOnDependencyAssertions: true'),
    ...some(
      draw,
      0.3,
      `metadata: { overview: "${name}", extraProperties: { owner: "us", n: ${draw.int(9)}, deep: { list: [null, true, "x"] } } }`,
    ),
    ...some(draw, 0.1, 'hermetic: true'),
    ...some(
      draw,
      0.5,
      `assertions: { ${draw.pick(['uniqueKey: ["id"]', 'uniqueKeys: [["id"], ["id", "day"]]', 'nonNull: ["id", "day"]'])}, rowConditions: ["day > ${draw.int(9)}", "id is not null"] }`,
    ),
  ];
}

function bigquery({ draw }: World): string {
  return `bigquery: { partitionBy: "day", clusterBy: ["id"], labels: { n: "v${draw.int(9)}" }, ${draw.pick(['partitionExpirationDays: 30, ', ''])}${draw.pick(['requirePartitionFilter: true, ', ''])}additionalOptions: { friendly_name: '"x"' } }`;
}

const select = (world: World): string => {
  const { draw } = world;
  const text = `select id, day, \${helpers.columns(${1 + draw.int(4)})}, \${helpers.quoted(dataform.projectConfig.vars.word)} as word, '${draw.int(99)}\\n' as raw
from ${refs(world)
    .map((name, i) => `\${ref(${name})} as t${i}`)
    .join(' cross join ')}
where day > \${dataform.projectConfig.vars.days} -- \${constants.LIMIT} in a comment with a 'quote`;
  return draw.chance(0.3) ? `${text}\n/* block \`tick\` */ limit \${constants.LIMIT}` : text;
};

function sqlx(config: string[], parts: string[]): File {
  return { extension: 'sqlx', text: `config {\n  ${config.join(',\n  ')}\n}\n${parts.join('\n\n')}\n` };
}

function table(name: string, world: World): File {
  const { draw } = world;
  return sqlx(
    ['type: "table"', ...common(name, world), ...some(draw, 0.3, bigquery(world))],
    [
      ...some(draw, 0.3, `js {\n  const local = "${name}";\n  const twice = (x) => x + x;\n}`),
      select(world),
      ...some(
        draw,
        0.3,
        `pre_operations {\n  declare x int64 default ${draw.int(9)}\n  ---\n  select '\${name()}' -- two\n}`,
      ),
      ...some(draw, 0.3, 'post_operations {\n  grant select on ${self()} to "x"\n}'),
    ],
  );
}

const view = (name: string, world: World): File =>
  sqlx(['type: "view"', ...common(name, world), ...some(world.draw, 0.2, 'materialized: true')], [select(world)]);

function incremental(name: string, world: World): File {
  const { draw } = world;
  const how = draw.pick([
    'uniqueKey: ["id"], bigquery: { partitionBy: "day", updatePartitionFilter: "day > 3" }',
    'uniqueKey: ["id"], bigquery: { partitionBy: "day", incrementalPredicates: ["DATAFORM_DEST.day > 1"] }',
    'uniqueKey: ["id", "day"]',
    'incrementalStrategy: "INSERT_OVERWRITE", bigquery: { partitionBy: "day" }',
    bigquery(world),
  ]);
  return sqlx(
    [
      'type: "incremental"',
      how,
      ...common(name, world).filter((entry) => !entry.startsWith('metadata')),
      ...some(draw, 0.6, `onSchemaChange: "${draw.pick(['IGNORE', 'FAIL', 'EXTEND', 'SYNCHRONIZE'])}"`),
      ...some(draw, 0.3, 'protected: true'),
    ],
    [
      `${select(world).replace(/ -- .*$/m, '')}\n\${when(incremental(), \`and day > (select max(day) from \${self()})\`, "and true")}`,
      ...some(draw, 0.2, 'incremental_where { day > 5 }'),
      ...some(draw, 0.3, `pre_operations {\n  \${when(incremental(), "select 'again'", "select 'first'")}\n}`),
      ...some(draw, 0.3, 'post_operations {\n  select "${schema()}", "${database()}"\n}'),
    ],
  );
}

function operations(_: string, world: World): File {
  const output = world.draw.chance(0.5);
  return sqlx(
    ['type: "operations"', ...(output ? ['hasOutput: true'] : []), ...some(world.draw, 0.5, 'tags: ["ops"]')],
    [
      `create or replace table ${output ? '${self()}' : 'aside'} as select * from \${ref(${world.draw.pick(world.made)})}\n---\ndrop table if exists \${resolve("y_view")}`,
    ],
  );
}

/** A model, and at times more, by the JavaScript API. */
function published(name: string, world: World): File {
  const { draw } = world;
  const type = draw.pick(['table', 'view', 'incremental']);
  const lines = [
    `const made = publish("${name}", { type: "${type}", ${common(name, world).join(', ')} })`,
    `  .query((ctx) => \`${select(world).replaceAll('${ref(', '${ctx.ref(').replaceAll('`', '\\`')}\`)`,
    ...some(draw, 0.3, '  .tags(["by-api"])'),
    ...some(draw, 0.3, '  .preOps((ctx) => `select ${ctx.name()}`)'),
    ...some(draw, 0.3, '  .postOps(["select 1", "select 2"])'),
    `  .description("Described by the API.");`,
    ...some(
      draw,
      0.3,
      `operate("${name}_op", (ctx) => ["select 1", \`select * from \${ctx.ref("${name}")}\`]).tags("ops");`,
    ),
    ...some(
      draw,
      0.3,
      `assert("${name}_check").query((ctx) => \`select * from \${ctx.ref("${name}")} where id is null\`);`,
    ),
    ...some(draw, 0.2, `declare({ schema: "raw", name: "declared_by_${name}" });`),
  ];
  return { extension: 'js', text: `${lines.join('\n')}\n` };
}

const assertion = (n: number, world: World): string =>
  sqlx(
    [
      'type: "assertion"',
      ...some(world.draw, 0.5, 'description: "No row."'),
      ...some(world.draw, 0.5, 'tags: ["own"]'),
    ],
    [`select * from \${ref(${world.draw.pick(world.made)})} where id = ${n}`],
  ).text;

const testedView = (n: number): string =>
  `config { type: "view" }\nselect id, day + ${n} as day from \${ref("raw", "events")}\n`;

const unitTest = (n: number): string =>
  `config { type: "test", dataset: "t${n}" }

input "raw", "events" {
  select ${n} as id, 1 as day
}

select ${n} as id, ${n + 1} as day
`;
