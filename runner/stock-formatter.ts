import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import vm from 'node:vm';
import { TidemarkError } from '../core/errors.ts';

/** The text of a `.sqlx` or `.js` file in the form that `dataform format` gives it. */
export type Formatter = (text: string, extension: 'sqlx' | 'js') => string;

/** What the formatter of the stock CLI is made of; nothing else of the CLI is loaded. */
const PACKAGES: readonly string[] = ['google-sql-syntax-ts', 'js-beautify', 'moo', 'typeid-js'];

let loaded: Formatter | undefined;

/**
 * The formatter of the stock Dataform CLI, so that files come out the same to the byte. The CLI is one bundle that exports nothing and
 * starts when it is loaded; here it is run without its last statement, which would start it, and with empty stand-ins for the packages that
 * formatting does not need. Its checks of the result are made by `formatText`.
 *
 * @throws {TidemarkError} FORMATTER_MISSING when `@dataform/cli` is not installed, or another version than this was made for.
 */
export function stockFormatter(): Formatter {
  loaded ??= load();
  return loaded;
}

function load(): Formatter {
  const require = createRequire(import.meta.url);
  let file: string;
  try {
    file = require.resolve('@dataform/cli/bundle.js');
  } catch (error) {
    throw new TidemarkError(
      { code: 'FORMATTER_MISSING', message: '@dataform/cli is not installed.' },
      { cause: error },
    );
  }
  const text = readFileSync(file, 'utf8').replace(/^#!.*/, '');
  const code = text.replace(/\nrunCli\(\);\s*$/, '\nreturn format;');
  if (code === text || !/^function format\(text, fileExtension\) \{$/m.test(code)) {
    const { version } = require('@dataform/cli/package.json') as { version: string };
    throw new TidemarkError({
      code: 'FORMATTER_MISSING',
      message: `the formatter is not where it is expected in @dataform/cli ${version}.`,
    });
  }
  const requireOfCli = createRequire(file);
  const run = vm.runInThisContext(`(function (require, process, module, exports, __filename, __dirname) {${code}\n})`, {
    filename: file,
  }) as (...parameters: unknown[]) => Formatter;
  return run(
    (name: string): unknown => (isBuiltin(name) || PACKAGES.includes(name) ? requireOfCli(name) : standIn()),
    // The CLI looks at its arguments and environment while it loads, and listens for failures of the whole process.
    { argv: [], env: {}, platform: 'linux', stdin: {}, stdout: {}, stderr: {}, on() {} },
    { exports: {} },
    {},
    file,
    dirname(file),
  );
}

/** Takes every call and gives itself for every property. */
function standIn(): unknown {
  const itself: unknown = new Proxy(class {}, {
    get: (target, key) => (key === 'prototype' ? target.prototype : key === Symbol.toPrimitive ? () => '' : itself),
    apply: () => itself,
    construct: () => itself as object,
  });
  return itself;
}
