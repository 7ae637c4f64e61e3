import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { sqlInputs } from '../../runner/sql-inputs.ts';
import { CASES } from './helpers.ts';

interface Case {
  readonly sql: string;
  readonly reads?: readonly string[];
  readonly unsteady?: string;
}

const cases = parse(readFileSync(join(CASES, 'sql-inputs.yaml'), 'utf8')) as Record<string, Case>;

test.each(Object.entries(cases))('%s', (_name, { sql, reads = [], unsteady }) => {
  const inputs = sqlInputs(sql);
  expect(inputs.relations.map((parts) => parts.join('.'))).toEqual(reads);
  expect(inputs.unsteady).toBe(unsteady);
});
