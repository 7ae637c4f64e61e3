import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../core/error-codes.ts';
import { asTidemarkError, formatProblem, TidemarkError } from '../../core/errors.ts';

test('a problem is printed with its place, the nearest match, the way out and the page that explains it', () => {
  expect(
    formatProblem({
      code: 'CONFIG_UNKNOWN_KEY',
      message: 'dirt.late_rat: unknown key; known here: late_rate, null_rate.',
      file: 'configs/scenarios/baseline.yaml',
      line: 12,
      column: 3,
      nearest: 'late_rate',
    }),
  ).toBe(
    [
      'CONFIG_UNKNOWN_KEY configs/scenarios/baseline.yaml:12:3',
      '  dirt.late_rat: unknown key; known here: late_rate, null_rate. Did you mean "late_rate"?',
      '  Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)',
    ].join('\n'),
  );
});

test('an impossible request outweighs a failed run', () => {
  const failed = { code: 'RUN_FAILED', message: 'a' } as const;
  expect(new TidemarkError(failed).exitCode).toBe(1);
  expect(new TidemarkError([failed, { code: 'USAGE', message: 'b' }]).exitCode).toBe(2);
});

test('a full disk is no defect of ours', () => {
  expect(asTidemarkError(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })).code).toBe('DISK');
  expect(asTidemarkError(new Error('x is not a function')).code).toBe('UNEXPECTED');
});

test('docs/errors.md lists every code; update it with vitest -u', async () => {
  const sections = Object.entries(ERROR_CODES).map(
    ([code, { exit, means, wayOut }]) => `## ${code}\n\n${means}\n\nWay out: ${wayOut} Exit code ${exit}.\n`,
  );
  const head =
    '# Errors\n\nExit codes: 0 all well, 1 the run or a check failed, 2 the user asked for something impossible.\n';
  await expect(`${[head, ...sections].join('\n')}`).toMatchFileSnapshot('../../docs/errors.md');
});
