import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TidemarkError } from '../../core/errors.ts';
import { type LayeredConfig, loadLayeredConfig } from '../../core/layered-config.ts';
import { parseSettings } from '../../core/setting.ts';

interface Source {
  readonly description: string;
  readonly owner?: string;
  readonly columns: Readonly<
    Record<string, { readonly type: string; readonly min?: number; readonly allowed?: string[] }>
  >;
  readonly grain: readonly string[];
}

const BASE = `version: 1
source: events
description: The base.
owner: somebody
files: { pattern: "*.jsonl", format: jsonl }
columns:
  id: { type: string, description: d }
  size: { type: number, min: 0, description: d }
  kind: { type: string, allowed: [a, b], description: d }
grain: [id]
`;

/** A folder `configs` with these files, by name. */
function folder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-'));
  mkdirSync(join(dir, 'configs'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'configs', `${name}.yaml`), text);
  return dir;
}

function load(files: Readonly<Record<string, string>>, name: string, set: string[] = []): LayeredConfig<Source> {
  const dir = folder(files);
  const config = loadLayeredConfig<Source>(
    join(dir, 'configs', `${name}.yaml`),
    { schema: 'source', projectDir: dir },
    parseSettings(set),
  );
  if (config.problems.length > 0) throw new TidemarkError(config.inOrder(config.problems));
  return config;
}

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('a file that extends another', () => {
  const child = `extends: base
description: The child.
columns:
  size: { max: 5, min: null }
  kind: { allowed: [c] }
`;

  test('has its maps merged, its lists and values replaced, and what is null removed', () => {
    const { value } = load({ base: BASE, child }, 'child');
    expect(value).toEqual({
      version: 1,
      source: 'events',
      owner: 'somebody',
      description: 'The child.',
      files: { pattern: '*.jsonl', format: 'jsonl' },
      columns: {
        id: { type: 'string', description: 'd' },
        size: { type: 'number', max: 5, description: 'd' },
        kind: { type: 'string', allowed: ['c'], description: 'd' },
      },
      grain: ['id'],
    });
  });

  test('knows where each value stands, also over three files', () => {
    const last = 'extends: child\ncolumns:\n  id: { required: true }\n';
    const config = load({ base: BASE, child, last }, 'last');
    expect(config.origin(['columns', 'id', 'required'])).toEqual({ file: 'configs/last.yaml', line: 3, column: 19 });
    expect(config.origin(['columns', 'size', 'max'])).toEqual({ file: 'configs/child.yaml', line: 4, column: 16 });
    expect(config.origin(['columns', 'size', 'type'])).toEqual({ file: 'configs/base.yaml', line: 8, column: 17 });
    expect(config.origin(['columns', 'kind', 'allowed', 0])).toEqual({
      file: 'configs/child.yaml',
      line: 5,
      column: 21,
    });
  });

  test('that is wrong in both files is refused for all of it, each at its place', () => {
    const base = BASE.replace('min: 0', 'min: zero').replace('grain: [id]', 'grain: id');
    const wrong = 'extends: base\ncolumns:\n  kind: { typ: string }\n  size: { type: numbr }\n';
    expect(messageOf(() => load({ base, wrong }, 'wrong'))).toMatchInlineSnapshot(`
      "CONFIG_UNKNOWN_KEY configs/wrong.yaml:3:11
        columns.kind.typ: unknown key; known here: type, required, description, from, concat, days_after, value, map, allowed, min, max, pattern, plausible, format, accept_formats, severity, personal, feature. Did you mean "type"?
        Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)
      CONFIG_INVALID configs/wrong.yaml:4:17
        columns.size.type: found "numbr", expected one of string, integer, number, boolean, date, timestamp. Did you mean "number"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/base.yaml:8:30
        columns.size.min: found "zero", expected number
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/base.yaml:10:8
        grain: found "id", expected array
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('removes only what is there', () => {
    const wrong = 'extends: base\nowners: null\ncolumns: { id: { min: null } }\n';
    expect(messageOf(() => load({ base: BASE, wrong }, 'wrong'))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/wrong.yaml:2:1
        owners: null removes what the extended file says, and it says nothing here; known there: version, source, description, owner, files, columns, grain. Did you mean "owner"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/wrong.yaml:3:18
        columns.id.min: null removes what the extended file says, and it says nothing here; known there: type, description.
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('extends a file that is there, and not itself', () => {
    expect(messageOf(() => load({ base: BASE, child: 'extends: bas\n' }, 'child'))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/child.yaml:1:10
        extends: found "bas", expected one of base. Did you mean "base"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
    expect(messageOf(() => load({ base: BASE, child: 'extends: ../base\n' }, 'child'))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/child.yaml:1:10
        extends: found "../base", expected one of base. Did you mean "base"?
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
    expect(messageOf(() => load({ base: BASE, child: 'extends: [base]\n' }, 'child'))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/child.yaml:1:10
        extends: found ["base"], expected the name of another file
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
    const cycle = { a: 'version: 1\nextends: b\n', b: 'extends: c\n', c: '# none\nextends: b\n' };
    expect(messageOf(() => load(cycle, 'a'))).toMatchInlineSnapshot(`
      "CONFIG_INVALID configs/c.yaml:2:10
        extends: b extends c extends b: a cycle
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });
});

describe('settings of the command line', () => {
  test('stand above the files, typed as YAML; the last one counts', () => {
    const set = [
      'columns.size.min=-2.5',
      'owner=first',
      'owner=1',
      'owner="1"',
      'columns.kind.allowed.1=z',
      'grain=[id, kind]',
    ];
    const config = load({ base: BASE }, 'base', set);
    expect(config.value).toMatchObject({
      owner: '1',
      columns: { size: { min: -2.5 }, kind: { allowed: ['a', 'z'] } },
      grain: ['id', 'kind'],
    });
    expect(config.written.columns.kind).toMatchObject({ allowed: ['a', 'b'] });
    expect(config.origin(['columns', 'kind', 'allowed', 1])).toEqual({ flag: '--set columns.kind.allowed.1=z' });
    expect(config.origin(['columns', 'kind', 'allowed', 0])).toMatchObject({ file: 'configs/base.yaml', line: 9 });
    expect(config.isGiven(['columns', 'size'])).toBe(true);
    expect(config.isGiven(['columns', 'id'])).toBe(false);
    expect(load({ base: BASE }, 'base', ['columns.size.min=null']).value.columns.size).not.toHaveProperty('min');
  });

  test('that the schema refuses name the flag; what is wrong in the file keeps its place', () => {
    const base = BASE.replace('grain: [id]', 'grain: id');
    const set = ['columns.size.min=low', 'columns.size.mni=1', 'columns.other.type=string'];
    expect(messageOf(() => load({ base }, 'base', set))).toMatchInlineSnapshot(`
      "CONFIG_UNKNOWN_KEY
        --set columns.size.mni=1: columns.size.mni: unknown key; known here: type, required, description, from, concat, days_after, value, map, allowed, min, max, pattern, plausible, format, accept_formats, severity, personal, feature.
        Use the nearest key, which the message names, or remove it. (docs/errors.md#config_unknown_key)
      CONFIG_INVALID
        --set columns.size.min=low: columns.size.min: found "low", expected number
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID
        --set columns.other.type=string: columns.other: the key "description" is missing
        The message says what was found and what was expected. (docs/errors.md#config_invalid)
      CONFIG_INVALID configs/base.yaml:10:8
        grain: found "id", expected array
        The message says what was found and what was expected. (docs/errors.md#config_invalid)"
    `);
  });

  test('that lead nowhere', () => {
    const set = ['description.long=x', 'grain.1=kind', 'grain.0.id=x', 'extends=base'];
    expect(messageOf(() => load({ base: BASE }, 'base', set))).toMatchInlineSnapshot(`
      "USAGE
        --set description.long=x: description is "The base.", so nothing can stand below it
        Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
      USAGE
        --set grain.1=kind: grain is a list; expected an index from 0 to 0
        Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
      USAGE
        --set grain.0.id=x: grain.0 is "id", so nothing can stand below it
        Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)
      USAGE
        --set extends=base: the extended file is part of the file; name another file instead
        Read \`tidemark <command> --help\`; the message names the nearest match. (docs/errors.md#usage)"
    `);
  });

  test('that are none: all at once', () => {
    expect(messageOf(() => parseSettings(['owner', '=1', 'a..b=1', 'a=[1', 'owner=x']))).toMatchInlineSnapshot(`
      "USAGE
        --set owner: found no path=value
        Write it as in \`--set path.to.value=5\`. (docs/errors.md#usage)
      USAGE
        --set =1: found no path=value
        Write it as in \`--set path.to.value=5\`. (docs/errors.md#usage)
      USAGE
        --set a..b=1: found no path=value
        Write it as in \`--set path.to.value=5\`. (docs/errors.md#usage)
      USAGE
        --set a=[1: the value is no YAML: Flow sequence must end with a ] at line 1, column 3:
        Write it as in \`--set path.to.value=5\`. (docs/errors.md#usage)"
    `);
  });
});
