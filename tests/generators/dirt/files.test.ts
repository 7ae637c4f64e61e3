import { expect, test } from 'vitest';
import { fileDirt } from '../../../generators/dirt/file-dirt.ts';
import { type DirtRuleSpec, dirtRules } from '../../../generators/dirt/rule.ts';

const COLUMNS = ['id', 'ts', 'amount', 'active', 'plan'];
const RECORD = { id: 'p1', ts: '2026-03-04T05:06:07.000Z', amount: 49.5, active: true, plan: 'basic' };
const DAYS = 2000;
const dirtOf = (rule: Omit<DirtRuleSpec, 'source'>) =>
  fileDirt(dirtRules({ rule: { source: 's', ...rule } }, 3, DAYS), COLUMNS, DAYS);
const daysHit = (dirt: ReturnType<typeof dirtOf>) =>
  Array.from({ length: DAYS }, (_, day) => day).filter((day) => dirt.of(day) !== undefined);

test.each(['missing_column', 'renamed_column', 'changed_type', 'new_column', 'truncated_file', 'empty_file'] as const)(
  '%s hits files at its rate, and only on its days',
  (kind) => {
    const column = kind.endsWith('_file') ? {} : { column: kind === 'new_column' ? 'more' : 'plan' };
    const extra = kind === 'renamed_column' ? { to: 'plan_id' } : kind === 'new_column' ? { values: ['x', 'y'] } : {};
    const hits = daysHit(dirtOf({ kind, rate: 0.1, ...column, ...extra })).length;
    expect(Math.abs(hits - 200)).toBeLessThan(5 * Math.sqrt(180));
    expect(daysHit(dirtOf({ kind, rate: 1, ...column, ...extra, days: [5, 7] }))).toEqual([4, 5, 6]);
  },
);

test('shapes change the columns of the file and of each record', () => {
  const shape = (rule: Omit<DirtRuleSpec, 'source' | 'rate'>) => {
    const { columns, of, marks } = dirtOf({ rate: 1, ...rule }).of(0)!.shape!;
    return { columns, record: of(RECORD, 1, 2), marks };
  };
  expect(shape({ kind: 'missing_column', column: 'amount' })).toEqual({
    columns: ['id', 'ts', 'active', 'plan'],
    record: { id: 'p1', ts: RECORD.ts, active: true, plan: 'basic' },
    marks: [{ rule: 'rule', kind: 'missing_column', column: 'amount' }],
  });
  const renamed = shape({ kind: 'renamed_column', column: 'plan', to: 'plan_id' });
  expect(renamed.columns).toEqual(['id', 'ts', 'amount', 'active', 'plan_id']);
  expect(renamed.record).toEqual({ id: 'p1', ts: RECORD.ts, amount: 49.5, active: true, plan_id: 'basic' });
  const more = shape({ kind: 'new_column', column: 'more', values: ['x'] });
  expect(more.columns.at(-1)).toBe('more');
  expect(more.record).toEqual({ ...RECORD, more: 'x' });
  expect(shape({ kind: 'changed_type', column: 'amount' }).record.amount).toBe('about 49.5');
  expect(shape({ kind: 'changed_type', column: 'ts' }).record.ts).toBe(Date.parse(RECORD.ts));
  expect(shape({ kind: 'changed_type', column: 'active' }).record.active).toBe('Y');
  expect(shape({ kind: 'changed_type', column: 'plan' }).record.plan).toEqual({ value: 'basic' });
});

test('days that are out of order come in pairs, and every day stands in one file', () => {
  const dirt = dirtOf({ kind: 'out_of_order_days', rate: 0.3 });
  const content = Array.from({ length: DAYS }, (_, day) => dirt.of(day)?.order?.day ?? day);
  expect([...content].sort((a, b) => a - b)).toEqual(Array.from({ length: DAYS }, (_, day) => day));
  for (const [day, other] of content.entries()) {
    expect(Math.abs(other - day)).toBeLessThanOrEqual(1);
    expect(content[other]).toBe(day);
  }
  expect(content.filter((other, day) => other !== day).length).toBeGreaterThan(DAYS * 0.3);
});

test('a truncated file keeps a part, an empty one nothing', () => {
  const dirt = dirtOf({ kind: 'truncated_file', rate: 1 });
  for (let day = 0; day < 100; day++) {
    expect(dirt.of(day)!.keep!.share).toBeGreaterThan(0.1);
    expect(dirt.of(day)!.keep!.share).toBeLessThan(0.9);
  }
  expect(dirtOf({ kind: 'empty_file', rate: 1 }).of(0)!.keep!.share).toBe(0);
});
