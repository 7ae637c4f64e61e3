import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { emptyProject, type Project, run } from '../support/project.ts';

const WORKFLOW = `name: ci
env: { WHERE: everywhere }
jobs:
  green:
    env: { WHO: job }
    steps:
      - uses: actions/checkout@v4
      - run: test "$WHERE $WHO $CI" = "everywhere job true"
      - run: test "$(cat tracked.txt)" = tracked && test ! -e untracked.txt
      - run: test "$(pwd)" = "$GITHUB_WORKSPACE/sub"
        working-directory: sub
      - if: steps.nowhere.outcome == 'success'
        run: exit 9
  red:
    steps:
      - id: first
        run: echo said; echo of the failure >&2; exit 3
      - name: not reached
        run: exit 0
      - if: \${{ !cancelled() && steps.first.outcome == 'failure' }}
        run: echo still
      - if: failure()
        run: exit 4
  unknown:
    steps:
      - if: github.actor == 'me'
        run: exit 0
`;

/** A repository with the script, as the command finds it in a clone of ours. */
function repository(): Project {
  const project = emptyProject();
  cpSync(join(packageRoot(), 'scripts'), project.path('scripts'), { recursive: true });
  symlinkSync(join(packageRoot(), 'node_modules'), project.path('node_modules'), 'junction');
  project.write('.gitignore', 'node_modules\n');
  project.write('.github/workflows/ci.yml', WORKFLOW);
  project.write('tracked.txt', 'tracked\n');
  project.write('sub/file.txt', '');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: project.dir });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '--message', 'first');
  project.write('untracked.txt', '');
  return project;
}

test('runs the steps of a job in a clone of what is committed, and says what came of each', async () => {
  const project = repository();
  const check = async (...args: string[]) => {
    const { code, stderr } = await run(process.execPath, ['scripts/check-workflow.mjs', ...args], project.dir);
    return [
      code,
      ...stderr
        .replaceAll(/ \(\d+\.\d s\)/g, '')
        .replace(/, at \w+/, '')
        .trimEnd()
        .split('\n'),
    ];
  };
  expect(await check('green')).toEqual([
    0,
    'ci.yml: green',
    '  --    actions/checkout@v4 (an action: not run here)',
    '  ok    test "$WHERE $WHO $CI" = "everywhere job true"',
    '  ok    test "$(cat tracked.txt)" = tracked && test ! -e untracked.txt',
    '  ok    test "$(pwd)" = "$GITHUB_WORKSPACE/sub"',
    '  skip  exit 9',
  ]);
  expect(await check('red')).toEqual([
    1,
    'ci.yml: red',
    '        said',
    '        of the failure',
    '  FAIL  echo said; echo of the failure >&2; exit 3: exit code 3',
    '  skip  not reached',
    '  ok    echo still',
    '  FAIL  exit 4: exit code 4',
  ]);
  const [code, ...lines] = await check('unknown');
  expect([
    code,
    lines.some((line) => String(line).includes(`the condition "github.actor == 'me'" cannot be judged here`)),
  ]).toEqual([1, true]);
  expect(await check('blue')).toEqual([2, 'Name a job of ci.yml: green, red, unknown.']);
  expect(await check('green', '--workflow', 'other.yml')).toEqual([
    2,
    expect.stringMatching(/^There is no .*\.github\/workflows\/other\.yml\.$/),
  ]);
});
