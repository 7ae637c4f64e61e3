import { expect, test } from 'vitest';
import { readStockOutput } from '../../runner/stock-output.ts';

test('reads what the Dataform CLI 3.0.69 prints of each action', () => {
  const out = [
    'Compiling...',
    '',
    '\x1b[32mTable created: \x1b[0m \x1b[36mshop.orders\x1b[0m [table] ',
    ' \t jobId: dataform-1,',
    ' \t Bytes billed: 0 B',
    '\x1b[33mSkipping dataset creation: \x1b[0m \x1b[36mshop.late\x1b[0m [table] (Run timed out after 5 seconds)',
    '\x1b[33mDataset creation disabled: \x1b[0m \x1b[36mshop.off\x1b[0m [view] [disabled]',
    '',
  ];
  expect(readStockOutput(out.join('\n'))).toEqual([
    { name: 'shop.orders', status: 'SUCCESSFUL', sql: '' },
    { name: 'shop.late', status: 'SKIPPED', sql: '', reason: 'Run timed out after 5 seconds' },
    { name: 'shop.off', status: 'DISABLED', sql: '' },
  ]);
  const error = [
    '\x1b[91mDataset creation failed: \x1b[0m \x1b[36mshop.a\x1b[0m [table] ',
    '  > create or replace table `p.shop.a` as',
    '  > select x',
    '  \x1b[91mbigquery error: Unrecognized name: x',
    'in two lines at [2:8]\x1b[0m',
    '\x1b[91mAssertion failed: \x1b[0m \x1b[36mchecks.b\x1b[0m ',
    '  > select 1',
    '  \x1b[91mbigquery error: Assertion failed: query returned 7 row(s).\x1b[0m',
  ];
  expect(readStockOutput(error.join('\r\n'))).toEqual([
    {
      name: 'shop.a',
      status: 'FAILED',
      sql: 'create or replace table `p.shop.a` as\nselect x',
      reason: 'Unrecognized name: x\nin two lines at [2:8]',
    },
    { name: 'checks.b', status: 'FAILED', sql: 'select 1', reason: 'Assertion failed: query returned 7 row(s).' },
  ]);
});
