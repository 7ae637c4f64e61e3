import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configNames } from '../../core/config.ts';
import { packageRoot } from '../../core/files.ts';

const configs = join(packageRoot(), 'configs');
const read = (...path: string[]) => readFileSync(join(configs, ...path), 'utf8');
type Schema = Readonly<Record<string, unknown>>;

/** A schema for files that extend another: nothing is required in a map, and null removes. A list is whole, so what it holds stays. */
function ofChanges(schema: Schema): Schema {
  const mapped = (maps: unknown) =>
    Object.fromEntries(Object.entries(maps as Record<string, Schema>).map(([key, value]) => [key, removable(value)]));
  const { required: _, minProperties: __, ...rest } = schema;
  return {
    ...rest,
    ...(rest.properties ? { properties: mapped(rest.properties) } : {}),
    ...(rest.$defs
      ? {
          $defs: Object.fromEntries(
            Object.entries(rest.$defs as Record<string, Schema>).map(([key, value]) => [key, ofChanges(value)]),
          ),
        }
      : {}),
    ...(typeof rest.additionalProperties === 'object'
      ? { additionalProperties: removable(rest.additionalProperties as Schema) }
      : {}),
  };
}

const removable = (schema: Schema): Schema => {
  const { type, ...rest } = ofChanges(schema);
  if (type !== undefined) return { ...rest, type: [type, 'null'].flat() };
  const { description, ...other } = rest;
  return { ...(description === undefined ? {} : { description }), anyOf: [other, { type: 'null' }] };
};

test('scenario-change.schema.json is scenario.schema.json for a file that extends another', async () => {
  const schema = JSON.parse(read('schemas', 'scenario.schema.json')) as Schema;
  const change = {
    $comment:
      'Made of scenario.schema.json by tests/generators/change-schema.test.ts: npx vitest run tests/generators/change-schema -u',
    ...ofChanges(schema),
    $id: 'scenario-change.schema.json',
    required: ['extends'],
  };
  await expect(`${JSON.stringify(change)}\n`).toMatchFileSnapshot(
    join(configs, 'schemas', 'scenario-change.schema.json'),
  );
});

test('each scenario names the schema that an editor should hold it to, and passes it', () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addFormat('date', true);
  for (const name of configNames(join(configs, 'scenarios'))) {
    const text = read('scenarios', `${name}.yaml`);
    const value = parse(text) as { extends?: string };
    const schema = value.extends === undefined ? 'scenario' : 'scenario-change';
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=../schemas/${schema}.schema.json`);
    const validate =
      ajv.getSchema(`${schema}.schema.json`) ?? ajv.compile(JSON.parse(read('schemas', `${schema}.schema.json`)));
    expect([name, validate(value), validate.errors]).toEqual([name, true, null]);
  }
});
