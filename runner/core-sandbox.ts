import { readFileSync } from 'node:fs';
import nodePath from 'node:path';
import vm from 'node:vm';
import { isFile } from '../core/files.ts';
import type { Spelling } from '../warehouse/spelling.ts';
import type { Target } from '../warehouse/target.ts';
import { type CompileRequest, encodeCompileRequest } from './core-request.ts';
import { loadCoreScript, wrapped } from './core-script.ts';
import { type TestSession, watchTests } from './core-tests.ts';
import type { RawGraph, TestFacts } from './raw-graph.ts';

/** What came out of Dataform's compiler. */
export interface CoreResult {
  readonly graph: RawGraph;
  readonly tests: readonly TestFacts[];
  /** The JavaScript that was run for each file (absolute path), whose lines the stacks speak of. */
  readonly generated: ReadonlyMap<string, string>;
}

export interface SandboxOptions extends CompileRequest {
  /** Undefined leaves core's own spelling. */
  readonly spelling: Spelling | undefined;
  /** The bundle of `@dataform/core`. */
  readonly coreFile: string;
  /** `dataform.json` as core shall see it; undefined when the project has `workflow_settings.yaml`. */
  readonly dataformJson: object | undefined;
  /** Gets the parsed `workflow_settings.yaml` before core does, and may change it. */
  readonly onSettings: (settings: WorkflowSettings) => void;
  /** What the project's code prints. */
  readonly log: (line: string) => void;
}

/** The part of `workflow_settings.yaml` that is no business of core's alone. */
export interface WorkflowSettings {
  dataformCoreVersion?: unknown;
}

/** The part of `@dataform/core` that we touch; everything else goes through its documented entry point `main`. */
interface Core {
  readonly compiler: (code: string, path: string) => string;
  readonly main: (request: string) => string;
  readonly session: Session;
}

/** A message of protobuf, which gives itself as plain objects. */
interface Message {
  toJSON(): RawGraph;
}

interface Session extends TestSession {
  readonly projectConfig: { readonly defaultSchema: string };
  compile(): object;
  compilationSql(): { resolveTarget(target: Target): string; sqlString(text: string): string };
}

/** A compile is over before any timer could fire; one that did would hold the process or run in the middle of something else. */
const never = (): undefined => undefined;

/** What was made of a file, kept for the next compile in this process: valid as long as the text is the same. */
const prepared = new Map<string, { text: string; generated: string; script: vm.Script }>();
const EXTENSIONS = ['', '.js', '.sqlx', '.sql', '.yaml', '.yml', '.json'];

/**
 * Runs `@dataform/core` over a project in a context of its own, and hands back its graph before it is serialised.
 *
 * Project code can require files of the project and `path`, nothing else of Node. This keeps projects portable; it is no wall against
 * hostile code, which `node:vm` cannot be.
 *
 * @throws whatever core throws for errors that it does not collect, with the generated code of the files attached as `generated`.
 */
export function runCore({ spelling, coreFile, dataformJson, onSettings, log, ...request }: SandboxOptions): CoreResult {
  const { projectDir } = request;
  const coreScript = loadCoreScript(coreFile);
  const print = (...values: unknown[]) => log(values.map(String).join(' '));
  const context = vm.createContext({
    console: { log: print, info: print, warn: print, error: print, debug: print },
    // What packages for Dataform take for granted, for the stock compiler gives it too; the environment is empty.
    process: {
      argv: [],
      arch: process.arch,
      cwd: () => projectDir,
      env: {},
      nextTick: never,
      platform: process.platform,
      version: process.version,
      versions: process.versions,
    },
    clearImmediate: never,
    clearInterval: never,
    clearTimeout: never,
    setImmediate: never,
    setInterval: never,
    setTimeout: never,
    Buffer,
    TextDecoder,
    TextEncoder,
    URL,
  });
  const global = vm.runInContext('globalThis', context) as Record<string, unknown>;
  global.global = global;

  const running: string[] = [];
  // Core asks for this when a stack holds no file of the project. What actions.yaml names is made while no file runs, after it was read.
  let read: string | null = null;
  Object.defineProperty(global, '__dataform_current_file', { get: () => running.at(-1) ?? read });
  const modules = new Map<string, { exports: unknown }>();
  const generated = new Map<string, string>();
  let compiler: Core['compiler'] | undefined;

  const load = (file: string): unknown => {
    const known = modules.get(file);
    if (known) return known.exports;
    const { script, code } = file === coreFile ? coreScript : prepare(file, compiler);
    generated.set(file, code);
    const module = { exports: {} as unknown };
    modules.set(file, module);
    running.push(file);
    if (file !== coreFile) read = file;
    try {
      const require = (name: string) =>
        name === 'path' || name === 'node:path' ? nodePath : load(resolve(name, file));
      // Core's bundle names `fs` for source maps that it never reads; project code must not get it.
      const requireOfCore = (name: string) => (name === 'fs' ? {} : require(name));
      const run = script.runInContext(context) as (...parameters: unknown[]) => void;
      run.call(
        module.exports,
        module.exports,
        file === coreFile ? requireOfCore : require,
        module,
        file,
        nodePath.dirname(file),
      );
    } catch (error) {
      modules.delete(file);
      throw error;
    } finally {
      running.pop();
    }
    return module.exports;
  };
  const listed = new Set(request.filePaths);
  const resolve = (name: string, from: string): string => {
    if (name === '@dataform/core') return coreFile;
    // So core asks for each file that it was given; all others are looked for.
    if (listed.has(name)) return nodePath.join(projectDir, name);
    const bases = name.startsWith('.')
      ? [nodePath.resolve(nodePath.dirname(from), name)]
      : nodePath.isAbsolute(name)
        ? [name]
        : [nodePath.join(projectDir, name), ...packageFolders(nodePath.dirname(from), projectDir, name)];
    for (const base of bases) {
      if (base !== projectDir && !base.startsWith(projectDir + nodePath.sep)) continue;
      const file = existingFile(base);
      if (file) return file;
    }
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  };

  try {
    const core = load(coreFile) as Core;
    compiler = core.compiler;
    if (dataformJson)
      global[PROJECT_FILES['dataform.json']] = vm.runInContext(`(${JSON.stringify(dataformJson)})`, context);
    else {
      const settings = load(nodePath.join(projectDir, 'workflow_settings.yaml')) as { asJson?: WorkflowSettings };
      if (settings.asJson) onSettings(settings.asJson);
      global[PROJECT_FILES['workflow_settings.yaml']] = settings;
    }
    const { session } = core;
    if (spelling) respell(session, spelling);
    const made: { graph?: RawGraph; tests?: readonly TestFacts[] } = {};
    const compile = session.compile.bind(session);
    session.compile = () => {
      // From here on the file that was read last says nothing any more. The stock CLI has this name where no file of the project called.
      read = nodePath.join(projectDir, 'index.js');
      made.tests = watchTests(session);
      made.graph = (compile() as Message).toJSON();
      // Core would serialise what is returned here, for a process that is not there.
      return {};
    };
    core.main(encodeCompileRequest(request));
    coreScript.keep();
    if (!made.graph || !made.tests) throw new Error('core has compiled nothing');
    return { graph: made.graph, tests: made.tests, generated };
  } catch (error) {
    throw Object.assign(error as object, { generated });
  }
}

/** The two files that make a folder a Dataform project, and the globals by which core finds them. */
export const PROJECT_FILES = {
  'dataform.json': 'dataformJson',
  'workflow_settings.yaml': 'workflowSettingsYaml',
} as const;

/** Where Node looks for a package: in the `node_modules` of the folder and of those above it, up to the project's. */
function packageFolders(from: string, projectDir: string, name: string): string[] {
  const own = nodePath.join(from, 'node_modules', name);
  const inside = from.startsWith(projectDir + nodePath.sep);
  return inside
    ? [own, ...packageFolders(nodePath.dirname(from), projectDir, name)]
    : [nodePath.join(projectDir, 'node_modules', name)];
}

function existingFile(base: string): string | undefined {
  const file = EXTENSIONS.map((extension) => base + extension).find(isFile);
  if (file) return file;
  const description = nodePath.join(base, 'package.json');
  const { main = 'index.js' } = isFile(description)
    ? (JSON.parse(readFileSync(description, 'utf8')) as { main?: string })
    : {};
  return [main, `${main}.js`, `${main}/index.js`].map((name) => nodePath.join(base, name)).find(isFile);
}

function prepare(file: string, compiler: Core['compiler'] | undefined): { script: vm.Script; code: string } {
  const text = readFileSync(file, 'utf8');
  const known = prepared.get(file);
  if (known?.text === text) return { script: known.script, code: known.generated };
  const code = file.endsWith('.json') ? `module.exports = ${text.trim()}` : (compiler?.(text, file) ?? text);
  const script = new vm.Script(wrapped(code), { filename: file });
  prepared.set(file, { text, generated: code, script });
  return { script, code };
}

/** Sets the spelling where core makes identifiers and literals; every call site, also of the built-in assertions, asks there. */
function respell(session: Session, spelling: Spelling): void {
  const compilationSql = session.compilationSql.bind(session);
  session.compilationSql = () =>
    Object.assign(compilationSql(), {
      resolveTarget: ({ database, schema, name }: Target) =>
        spelling.relation({ database, schema: schema || session.projectConfig.defaultSchema, name }),
      sqlString: spelling.literal,
    });
}
