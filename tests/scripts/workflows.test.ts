import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../core/files.ts';

const root = packageRoot();
const FOLDER = join(root, '.github', 'workflows');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

/** The workflows of this repository, and those that the documentation tells people to write. */
const WORKFLOWS: readonly (readonly [string, Workflow])[] = [
  ...readdirSync(FOLDER).map((name) => [name, parse(readFileSync(join(FOLDER, name), 'utf8'))] as const),
  ...[...readFileSync(join(root, 'docs', 'ci.md'), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
    .map(([, text]) => text!)
    .filter((text) => /^jobs:/m.test(text))
    .map((text, i) => [`docs/ci.md, workflow ${i + 1}`, parse(text)] as const),
];

const PERMISSIONS = { type: 'object', additionalProperties: { enum: ['read', 'write', 'none'] } };

/** What we ask of a workflow: rights, an end of each job, one of a kind at a time; actions of a known major version. */
const SHAPE = {
  type: 'object',
  required: ['name', 'on', 'permissions', 'concurrency', 'jobs'],
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    on: { type: 'object' },
    permissions: PERMISSIONS,
    concurrency: { type: 'object', required: ['group', 'cancel-in-progress'] },
    jobs: {
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        type: 'object',
        required: ['runs-on', 'timeout-minutes', 'steps'],
        additionalProperties: false,
        properties: {
          'runs-on': { const: 'ubuntu-latest' },
          'timeout-minutes': { type: 'integer', maximum: 60 },
          needs: { type: 'string' },
          permissions: PERMISSIONS,
          environment: { type: 'object' },
          strategy: { type: 'object' },
          services: {
            type: 'object',
            additionalProperties: { type: 'object', required: ['image', 'ports', 'options'] },
          },
          env: { type: 'object', additionalProperties: { type: 'string' } },
          steps: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              additionalProperties: false,
              properties: {
                id: { type: 'string' },
                name: { type: 'string' },
                if: { type: 'string' },
                uses: { type: 'string', pattern: '^[a-z-]+/[a-z-]+@v\\d+$' },
                with: { type: 'object' },
                run: { type: 'string', pattern: '^[^\\n]+$' },
                env: { type: 'object' },
                'working-directory': { type: 'string' },
              },
              oneOf: [{ required: ['run'] }, { required: ['uses'] }],
            },
          },
        },
      },
    },
  },
};

describe.each(WORKFLOWS)('%s', (_, workflow) => {
  test('has the shape of a workflow, least rights, and an end', () => {
    const check = new Ajv2020({ allErrors: true, strict: false }).compile(SHAPE);
    check(workflow);
    expect(check.errors ?? []).toEqual([]);
  });

  test('calls scripts, files and commands that there are', () => {
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    const commands = steps.flatMap(({ run }) => run ?? []);
    expect(commands.filter((command) => !isKnown(command))).toEqual([]);
  });
});

test('every workflow of the repository and the template of the documentation is looked at', () => {
  expect(WORKFLOWS.map(([name]) => name)).toEqual(['ci.yml', 'pages.yml', 'weekly.yml', 'docs/ci.md, workflow 1']);
});

/** A script of package.json, a file of the repository, or our command with a subcommand that it has. */
function isKnown(command: string): boolean {
  const words = command.split(' ');
  if (words[0] === 'npm') {
    const name = words[1] === 'run' ? words[2]! : words[1]!;
    if (scripts[name] === undefined) return false;
    return name !== 'tidemark' || isSubcommand(words[4]!);
  }
  const file = (words[0] === 'node' ? words[1]! : words[0]!).replace(/^\.tidemark\//, '');
  if (file === 'dist/bin/tidemark.cjs') return isSubcommand(words[2]!);
  return existsSync(join(root, file));
}

const isSubcommand = (name: string): boolean => existsSync(join(root, 'cli', 'commands', `${name}.ts`));
