import { expect, test } from 'vitest';
import type { Problem } from '../../../core/errors.ts';
import { type Outcome, otherCases, runCases, testCases } from '../../../runner/ci/cases.ts';
import { junitXml, xmlText } from '../../../runner/ci/junit.ts';
import { summaryMarkdown } from '../../../runner/ci/summary.ts';
import type { ActionResult, RunRecord } from '../../../runner/record.ts';
import type { TestResult } from '../../../runner/unit-test.ts';

const action = (name: string, more: Partial<ActionResult> = {}): ActionResult => ({
  name,
  kind: 'table',
  status: 'SUCCESSFUL',
  fileName: `definitions/${name}.sqlx`,
  startedAt: 0,
  milliseconds: 20,
  tasks: [],
  ...more,
});

const assertion = (name: string, more: Partial<ActionResult> = {}) => action(name, { kind: 'assertion', ...more });

/** An escape of a terminal, and half of a character: XML can hold neither. */
const WEIRD = 'a <b> & "c"\u001b\ud83d ]]> 😀';

const BROKEN: Problem = {
  code: 'ACTION_FAILED',
  message: `s.broken: ${WEIRD}`,
  file: 'definitions/s.broken.sqlx',
  line: 3,
  column: 8,
  excerpt: '> 3 | select `x` ``` y\n    |        ^',
  nearest: 'z',
};
const FAILED: Problem = {
  code: 'ASSERTION_FAILED',
  message: 'a.failed found 2 rows that should not exist.\n  id = 1',
  file: 'definitions/a.failed.sqlx',
  line: 1,
  column: 1,
};
const WARNED: Problem = {
  code: 'ASSERTION_FAILED',
  message: 'a.warned found 1 row.',
  file: 'definitions/a.warned.sqlx',
};

const ACTIONS = [
  action('s.fine', { rows: 1234, milliseconds: 1500 }),
  action('s.broken', { status: 'FAILED' }),
  action('s.kept', { fromRun: 'r1', rows: 3 }),
  action('s.off', { status: 'DISABLED', reason: 'no source | for it', startedAt: undefined as never }),
  action('s.after', { kind: 'view', status: 'SKIPPED', reason: 's.broken failed', startedAt: undefined as never }),
  assertion('a.failed', { status: 'FAILED', rows: 2 }),
  assertion('a.warned', { status: 'WARNED', rows: 1 }),
  assertion('a.fine', { rows: 0 }),
];

function outcome(): Outcome {
  const problems = new Map([
    ['s.broken', BROKEN],
    ['a.failed', FAILED],
    ['a.warned', WARNED],
  ]);
  return {
    command: 'tidemark run',
    subject: 'shop on duckdb',
    startedAt: '2026-03-01T10:15:00.000Z',
    milliseconds: 2345,
    cases: runCases({ actions: ACTIONS } as unknown as RunRecord, problems),
  };
}

const inRepository = (file: string) => `models/${file}`;

test('JUnit XML: a suite a kind, failures apart from errors, paths of the repository, nothing that XML cannot hold', () => {
  expect(junitXml(outcome(), inRepository)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tidemark run: shop on duckdb" tests="8" failures="1" errors="1" skipped="2" time="2.345" timestamp="2026-03-01T10:15:00.000Z">
  <testsuite name="tables" tests="4" failures="0" errors="1" skipped="1" time="1.520" timestamp="2026-03-01T10:15:00.000Z">
    <testcase name="s.fine" classname="tidemark.tables" file="models/definitions/s.fine.sqlx" time="1.500"/>
    <testcase name="s.broken" classname="tidemark.tables" file="models/definitions/s.broken.sqlx" line="3" time="0.020"><error message="s.broken: a &lt;b&gt; &amp; &quot;c&quot; ]]&gt; 😀" type="ACTION_FAILED">ACTION_FAILED definitions/s.broken.sqlx:3:8
  s.broken: a &lt;b&gt; &amp; &quot;c&quot; ]]&gt; 😀 Did you mean &quot;z&quot;?
  &gt; 3 | select \`x\` \`\`\` y
      |        ^
  The message holds the engine text and the file of the action. (docs/errors.md#action_failed)</error></testcase>
    <testcase name="s.kept" classname="tidemark.tables" file="models/definitions/s.kept.sqlx" time="0.000"><system-out>unchanged since run r1</system-out></testcase>
    <testcase name="s.off" classname="tidemark.tables" file="models/definitions/s.off.sqlx" time="0.000"><skipped message="no source | for it"/></testcase>
  </testsuite>
  <testsuite name="views" tests="1" failures="0" errors="0" skipped="1" time="0.000" timestamp="2026-03-01T10:15:00.000Z">
    <testcase name="s.after" classname="tidemark.views" file="models/definitions/s.after.sqlx" time="0.000"><skipped message="s.broken failed"/></testcase>
  </testsuite>
  <testsuite name="assertions" tests="3" failures="1" errors="0" skipped="0" time="0.060" timestamp="2026-03-01T10:15:00.000Z">
    <testcase name="a.failed" classname="tidemark.assertions" file="models/definitions/a.failed.sqlx" line="1" time="0.020"><failure message="a.failed found 2 rows that should not exist." type="ASSERTION_FAILED">ASSERTION_FAILED definitions/a.failed.sqlx:1:1
  a.failed found 2 rows that should not exist.
    id = 1
  Query the assertion view named in the message to see the rows. (docs/errors.md#assertion_failed)</failure></testcase>
    <testcase name="a.warned" classname="tidemark.assertions" file="models/definitions/a.warned.sqlx" time="0.020"><system-out>ASSERTION_FAILED definitions/a.warned.sqlx
  a.warned found 1 row.
  Query the assertion view named in the message to see the rows. (docs/errors.md#assertion_failed)</system-out></testcase>
    <testcase name="a.fine" classname="tidemark.assertions" file="models/definitions/a.fine.sqlx" time="0.020"/>
  </testsuite>
</testsuites>
`);
});

test('a line end in an attribute is written as a number, since a reader of XML would make a blank of it', () => {
  const [one] = otherCases([{ code: 'WAREHOUSE_FAILED', message: 'gone' }], 'run');
  const xml = junitXml({ ...outcome(), cases: [{ ...one!, name: 'a\nb\tc' }] }, inRepository);
  expect(xml).toContain('<testcase name="a&#10;b&#9;c" classname="tidemark.run" time="0.000">');
  expect(xmlText('\u0000\u0008\ufffe\uffff\udc00ok\u0085')).toBe('ok\u0085');
});

test('the summary: what failed comes first with its lines, then what ran, the slowest, what was skipped, and all', () => {
  const link = ({ file, line }: Pick<Problem, 'file' | 'line'>) => ({
    path: `models/${file}`,
    href: `https://host/o/r/blob/abc/models/${file}#L${line}`,
  });
  expect(summaryMarkdown(outcome(), link)).toBe(`## ❌ tidemark run: shop on duckdb

2 failed, 1 warned, 1 skipped, 3 passed, 1 disabled, in 2.3 s.

### Failed

#### <code>s.broken</code>

tables · <a href="https://host/o/r/blob/abc/models/definitions/s.broken.sqlx#L3"><code>models/definitions/s.broken.sqlx:3:8</code></a> · ACTION_FAILED

s.broken: a &#60;b&#62; &#38; "c"\u001b\ud83d ]]&#62; 😀 Did you mean "z"?

\`\`\`\`text
> 3 | select \`x\` \`\`\` y
    |        ^
\`\`\`\`

#### <code>a.failed</code>

assertions · <a href="https://host/o/r/blob/abc/models/definitions/a.failed.sqlx#L1"><code>models/definitions/a.failed.sqlx:1:1</code></a> · ASSERTION_FAILED

a.failed found 2 rows that should not exist.

\`\`\`text
  id = 1
\`\`\`

### Warnings

#### <code>a.warned</code>

assertions · <a href="https://host/o/r/blob/abc/models/definitions/a.warned.sqlx#Lundefined"><code>models/definitions/a.warned.sqlx</code></a> · ASSERTION_FAILED

a.warned found 1 row.

### What ran

|  | passed | warned | failed | skipped | disabled |
| --- | ---: | ---: | ---: | ---: | ---: |
| tables | 2 |  | 1 |  | 1 |
| views |  |  |  | 1 |  |
| assertions | 1 | 1 | 1 |  |  |

### Slowest

|  | time | of all | rows |
| --- | ---: | ---: | ---: |
| <code>s.fine</code> | 1.5 s | 95 % | 1,234 |
| <code>s.broken</code> | 20 ms | 1 % |  |
| <code>a.failed</code> | 20 ms | 1 % |  |
| <code>a.warned</code> | 20 ms | 1 % |  |
| <code>a.fine</code> | 20 ms | 1 % |  |

<details><summary>1 skipped</summary>

|  | why |
| --- | --- |
| <code>s.after</code> | s.broken failed |

</details>

<details><summary>All 8</summary>

|  | kind | state | rows | time |
| --- | --- | --- | ---: | ---: |
| <code>s.fine</code> | tables | passed | 1,234 | 1.5 s |
| <code>s.broken</code> | tables | failed |  | 20 ms |
| <code>s.kept</code> | tables | passed | 3 |  |
| <code>s.off</code> | tables | disabled |  |  |
| <code>s.after</code> | views | skipped |  |  |
| <code>a.failed</code> | assertions | failed |  | 20 ms |
| <code>a.warned</code> | assertions | warned |  | 20 ms |
| <code>a.fine</code> | assertions | passed |  | 20 ms |

</details>
`);
});

test('a thousand failures of a large project fit into what GitHub takes of a step', () => {
  const problems = new Map<string, Problem>();
  const actions = Array.from({ length: 5000 }, (_, i) => action(`s.n${i}`, { status: 'FAILED' }));
  for (const { name } of actions) {
    problems.set(name, {
      code: 'ACTION_FAILED',
      message: `${name}: ${'|'.repeat(100_000)}`,
      excerpt: 'x'.repeat(100_000),
    });
  }
  const cases = runCases({ actions } as unknown as RunRecord, problems);
  const text = summaryMarkdown({ ...outcome(), cases }, ({ file = '' }) => ({ path: file }));
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  expect(text).toContain('And 4,975 more: <code>s.n25</code>, ');
});

test('unit tests: those that the engine refused are errors, and an interrupted one is skipped', () => {
  const result = (name: string, more: Partial<TestResult>): TestResult => ({
    name,
    model: 's.m',
    fileName: 'definitions/t.sqlx',
    status: 'FAILED',
    milliseconds: 1,
    ...more,
  });
  const differs = result('differs', { reason: '1 cell differs.' });
  const refused = result('refused', { reason: 'no', sql: 'select', mode: 'incremental' });
  const results = [differs, refused, result('open', { status: 'CANCELLED', reason: 'interrupted' })];
  const problem: Problem = { code: 'TEST_FAILED', message: 'm', file: 'definitions/m.sqlx', line: 9 };
  const cases = testCases(results, new Map([differs, refused].map((one) => [one, problem])));
  expect(cases.map(({ name, state, note }) => [name, state, note])).toEqual([
    ['s.m differs', 'failed', undefined],
    ['s.m (incremental) refused', 'broken', undefined],
    ['s.m open', 'skipped', 'interrupted'],
  ]);
  // A model that the engine refuses is shown where it stands.
  expect(junitXml({ ...outcome(), cases }, inRepository)).toContain(
    'name="s.m (incremental) refused" classname="tidemark.unit tests" file="models/definitions/m.sqlx" line="9"',
  );
});
