import { existsSync, mkdirSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyProject, type Project } from '../support/project.ts';

/** A project in a folder of a repository, as GitHub Actions checks it out. */
let repository: Project;

const FILES = {
  'workflow_settings.yaml': 'defaultDataset: d\ndefaultAssertionDataset: checks\n',
  'definitions/orders.sqlx': `config {
  type: "table",
  columns: { id: "The key." },
  assertions: {
    uniqueKey: ["id"],
    nonNull: ["customer"],
    rowConditions: ["amount >= 0", "amount < 100"]
  }
}

select 1 as id, 'a' as customer, 20 as amount
union all
select 2, 'b', 500
`,
  'definitions/daily.sqlx': `config { type: "view" }

select
  customer,
  sum(amont) as amount
from \${ref("orders")}
group by customer
`,
  'definitions/late.sqlx': `config {
  type: "assertion",
  metadata: { extraProperties: { severity: "warn" } }
}

select *
from \${ref("orders")}
where amount > 400
`,
  'definitions/test.sqlx': `config { type: "test", dataset: "daily" }

input "orders" {
  select 'a' as customer, 1 as amount
}

select 'a' as customer, 2 as amount
`,
};

beforeEach(() => {
  repository = emptyProject();
  mkdirSync(repository.path('.git'));
  for (const [path, text] of Object.entries(FILES)) repository.write(`models/${path}`, text);
});

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.example',
  GITHUB_REPOSITORY: 'o/r',
  GITHUB_SHA: 'abc',
};
const inGithub = () => repository.withEnv({ ...GITHUB, GITHUB_STEP_SUMMARY: repository.path('summary.md') });
const annotations = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('::'));

describe('in GitHub Actions', () => {
  test('a run that fails annotates the lines at fault, and its summary stands on the page of the run', async () => {
    repository.write('summary.md', 'of another step\n');
    const { code, stdout, stderr } = await inGithub().tidemark('run', '--project-dir', 'models');
    expect([code, stdout]).toEqual([1, '']);
    const found = annotations(stderr);
    expect(found.map((line) => line.split('::')[1])).toEqual([
      'warning file=models/definitions/late.sqlx,line=6,col=1,title=ASSERTION_FAILED',
      'error file=models/definitions/orders.sqlx,line=7,col=37,title=ASSERTION_FAILED',
      'error file=models/definitions/daily.sqlx,line=5,col=7,title=ACTION_FAILED',
    ]);
    expect(found[2]).toMatch(/::d\.daily: Binder Error: .*"amont" not found in FROM clause!%0A/);
    const summary = repository.read('summary.md');
    expect(summary).toMatch(/^of another step\n## ❌ tidemark run: models on duckdb\n\n2 failed, 1 warned, /);
    expect(summary).toContain(
      'views · <a href="https://github.example/o/r/blob/abc/models/definitions/daily.sqlx#L5"><code>models/definitions/daily.sqlx:5:7</code></a>',
    );
  });

  test('so does a project that does not compile, a unit test, and a dry run', async () => {
    const one = inGithub();
    const test = await one.tidemark('test', '--project-dir=models');
    expect(annotations(test.stderr).map((line) => line.split('::')[1])).toEqual([
      'error file=models/definitions/daily.sqlx,line=5,col=7,title=TEST_FAILED',
    ]);
    const dry = await one.tidemark('run', '--dry-run', '--project-dir', 'models');
    expect(annotations(dry.stderr).map((line) => line.split('::')[1])).toEqual([
      'error file=models/definitions/daily.sqlx,line=5,col=7,title=ACTION_FAILED',
    ]);
    repository.write('models/definitions/test.sqlx', 'config { type: "declaration", name: "test" }\n');
    repository.edit('models/definitions/daily.sqlx', 'ref("orders")', 'ref("ordrs")');
    const compile = await one.tidemark('compile', '--project-dir', 'models');
    expect(annotations(compile.stderr)).toEqual([
      '::error file=models/definitions/daily.sqlx,line=6,title=COMPILE_FAILED::d.daily depends on "ordrs", which does not exist. Did you mean "orders"?%0AEach problem names its file, action and line; mend them and compile again.',
    ]);
    expect(repository.read('summary.md').match(/^## .*$/gm)).toEqual([
      '## ❌ tidemark test: models on duckdb',
      '## ❌ tidemark run --dry-run: models on duckdb',
      '## ❌ tidemark compile: models on duckdb',
    ]);
  });

  test('--json keeps both streams readable; --annotations asks for annotations there, or for none elsewhere', async () => {
    const args = ['compile', '--project-dir', 'models'];
    repository.edit('models/definitions/daily.sqlx', 'ref("orders")', 'ref("ordrs")');
    const json = await inGithub().tidemark(...args, '--json');
    expect(json.stdout).toBe('');
    for (const line of json.stderr.trim().split('\n')) JSON.parse(line);
    const asked = await repository.tidemark(...args, '--json', '--annotations', 'github');
    expect(asked.stdout).toBe('');
    expect(annotations(asked.stderr)).toHaveLength(2);
    expect(annotations((await inGithub().tidemark(...args, '--annotations=none')).stderr)).toEqual([]);
    expect(annotations((await repository.tidemark(...args)).stderr)).toEqual([]);
  });
});

describe('elsewhere', () => {
  test('--junit and --summary write files, for a run that went well too', async () => {
    repository.edit('models/definitions/daily.sqlx', 'amont', 'amount');
    repository.edit('models/definitions/orders.sqlx', '500', '50');
    repository.edit('models/definitions/test.sqlx', '2 as amount', '1 as amount');
    const flags = ['--junit', 'out/run.xml', '--summary', 'out/run.md', '--project-dir', 'models', '--run-tests'];
    const { code, stdout, stderr } = await repository.tidemark('run', '--json', ...flags);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'SUCCESSFUL' });
    const xml = repository.read('out/run.xml');
    expect(xml).toMatch(
      /<testsuites name="tidemark run: models on duckdb" tests="7" failures="0" errors="0" skipped="0"/,
    );
    expect([...xml.matchAll(/<testsuite name="([^"]+)" tests="(\d)"/g)].map(([, name, n]) => [name, n])).toEqual([
      ['compile', '1'],
      ['unit tests', '1'],
      ['tables', '1'],
      ['assertions', '3'],
      ['views', '1'],
    ]);
    expect(repository.read('out/run.md')).toMatch(/^## ✅ tidemark run: models on duckdb\n\n7 passed, in /);
  });

  test('a failure besides the actions is a case too; a unit test keeps the run from starting', async () => {
    const run = (...args: string[]) =>
      repository.tidemark('run', '--project-dir', 'models', '--junit', 'r.xml', ...args);
    const first = await run('--run-tests');
    expect(first.code).toBe(1);
    expect(repository.read('r.xml')).toContain(
      'name="tidemark run: models on duckdb" tests="2" failures="0" errors="1"',
    );
    repository.write('file', '');
    expect((await run('--database', 'file/x.duckdb')).code).toBe(1);
    expect(repository.read('r.xml')).toMatch(
      /<testsuite name="run" tests="1" failures="0" errors="1".*\n.*<testcase name="WAREHOUSE_FAILED" classname="tidemark.run" time="0.000"><error message="/,
    );
  });

  test('a report that cannot be written fails a run that went well; a folder is refused before anything runs', async () => {
    repository.write('file', '');
    const args = ['compile', '--project-dir', 'models', '--junit'];
    const blocked = await repository.tidemark(...args, 'file/run.xml');
    expect(blocked.code).toBe(1);
    expect(blocked.stderr).toMatch(/^error DISK\n {2}\S+\/file\/run\.xml was not written: /m);
    const folder = await repository.tidemark('run', '--project-dir', 'models', '--junit', 'models');
    expect(folder.code).toBe(2);
    expect(folder.stderr).toMatch(/^error USAGE\n {2}--junit models is a folder; expected the name of a file\n/);
    expect(existsSync(repository.path('models/data'))).toBe(false);
  });
});
