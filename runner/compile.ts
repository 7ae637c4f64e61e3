import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { isFile } from '../core/files.ts';
import { compiledSpelling, type Spelling } from '../warehouse/spelling.ts';
import type { Target } from '../warehouse/target.ts';
import type { Engine } from '../warehouse/warehouse.ts';
import { checkPin, chooseCore } from './core-choice.ts';
import { type CoreResult, runCore, type WorkflowSettings } from './core-sandbox.ts';
import type { CompiledGraph } from './graph.ts';
import { collisions, emptyQueries, writesToAttached } from './graph-checks.ts';
import { normalise } from './normalise.ts';
import { findProjectFile, readDataformJson } from './project-file.ts';
import type { RawGraph } from './raw-graph.ts';

export interface CompileOptions {
  readonly projectDir: string;
  /** Decides the spelling of identifiers and literals, and is given to the project as `vars.engine`. */
  readonly engine: Engine;
  /** Win over those of the project file. */
  readonly vars?: { readonly [name: string]: string };
  readonly schemaSuffix?: string;
  /** Stands before every schema in the SQL, not in the names of actions; for engines where data sets share a database. */
  readonly schemaPrefix?: string;
  /** Databases beside the one of the run, to read from: what a declaration says lies in one of them is spelt with it. */
  readonly attached?: readonly string[];
  /** Another relation, as SQL, in the place of what an action makes; undefined leaves it. For a rehearsal. */
  readonly standIn?: (target: Target) => string | undefined;
  /** Gets what is wrong but does not stop the compile. */
  readonly warn?: (problem: Problem) => void;
  /** Gets what the project's own code prints. */
  readonly log?: (line: string) => void;
}

/**
 * Compiles a Dataform project with the official `@dataform/core` in this process.
 *
 * The graph equals that of `dataform compile --json` but for the spelling of identifiers and literals, which is that of the engine.
 *
 * @throws {TidemarkError} PROJECT_NOT_FOUND; or COMPILE_FAILED with all problems of the project, by file and line.
 */
export async function compileProject(options: CompileOptions): Promise<CompiledGraph> {
  const { graph, tests } = await compile(options);
  return normalise(graph, tests);
}

/** The graph as core makes it; throws as {@link compileProject}. */
export const compileRaw = async (options: CompileOptions): Promise<RawGraph> => (await compile(options)).graph;

async function compile({
  engine,
  vars = {},
  schemaSuffix,
  schemaPrefix,
  attached = [],
  standIn,
  warn = () => {},
  log = () => {},
  ...options
}: CompileOptions): Promise<Pick<CoreResult, 'graph' | 'tests'>> {
  if (!existsSync(options.projectDir)) {
    throw new TidemarkError({ code: 'PROJECT_NOT_FOUND', message: `${options.projectDir} does not exist.` });
  }
  // Stacks name real paths, and core compares them with the project's.
  const projectDir = realpathSync(resolve(options.projectDir));
  const projectFile = findProjectFile(projectDir);
  const core = chooseCore(projectDir, warn);
  const dataformJson = projectFile === 'dataform.json' ? await readDataformJson(projectDir, warn) : undefined;
  const filePaths = projectFiles(projectDir);
  const spelling = withStandIns(compiledSpelling(engine, schemaPrefix, attached), standIn);
  const onSettings = (settings: WorkflowSettings) => {
    // Core refuses every other version than its own; its own is what the project has installed.
    if (core.own || typeof settings.dataformCoreVersion !== 'string') return;
    checkPin(settings.dataformCoreVersion, core, projectFile, warn);
    delete settings.dataformCoreVersion;
  };
  try {
    const { graph, tests, generated } = runCore({
      projectDir,
      filePaths,
      vars: { ...vars, engine },
      ...(schemaSuffix === undefined ? {} : { schemaSuffix }),
      spelling,
      coreFile: core.file,
      dataformJson,
      onSettings,
      log,
    });
    const further = [
      ...emptyQueries(graph),
      ...(spelling ? collisions(graph) : []),
      ...writesToAttached(graph, attached),
    ];
    if (further.length > 0 || (graph.graphErrors?.compilationErrors ?? []).length > 0) {
      const { graphProblems } = await import('./compile-errors.ts');
      throw new TidemarkError(graphProblems(graph, further, { projectDir, generated }));
    }
    warnOfIgnoredSql(filePaths, graph, warn);
    return { graph, tests };
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    const { thrownProblems } = await import('./compile-errors.ts');
    throw new TidemarkError(thrownProblems(error, projectFile, filePaths, projectDir), { cause: error });
  }
}

function withStandIns(spelling: Spelling | undefined, standIn: CompileOptions['standIn']): Spelling | undefined {
  if (!spelling || !standIn) return spelling;
  return { ...spelling, relation: (target) => standIn(target) ?? spelling.relation(target) };
}

/** The files that core looks at, sorted so that a graph does not depend on the file system. */
function projectFiles(projectDir: string): string[] {
  return ['definitions', 'includes']
    .filter((folder) => existsSync(join(projectDir, folder)))
    .flatMap((folder) => readdirSync(join(projectDir, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() || (entry.isSymbolicLink() && isFile(join(entry.parentPath, entry.name))))
    .map((entry) => relative(projectDir, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !/\/(?:node_modules\/|\.)/.test(path))
    .sort();
}

function warnOfIgnoredSql(filePaths: readonly string[], graph: RawGraph, warn: (problem: Problem) => void): void {
  const used = new Set(
    [...(graph.tables ?? []), ...(graph.operations ?? []), ...(graph.assertions ?? [])].map(({ fileName }) => fileName),
  );
  for (const file of filePaths) {
    if (!file.startsWith('definitions/') || !file.endsWith('.sql') || used.has(file)) continue;
    warn({
      code: 'COMPILE_FAILED',
      message: 'A .sql file is no action unless an actions.yaml names it; it is ignored.',
      file,
      hint: 'Rename it to .sqlx or name it in actions.yaml.',
    });
  }
}
