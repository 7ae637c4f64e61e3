import { nameOf } from './graph-checks.ts';
import { incrementalQuery } from './normalise.ts';
import type { RawTarget, TestFacts } from './raw-graph.ts';
import { unterminated } from './statement-end.ts';

/** A text, or a function of a context that gives one. */
type Contextable = string | ((context: object) => string) | undefined;

/** The part of core's `Test` that we touch. */
interface CoreTest {
  readonly contextableInputs: Map<string, Contextable>;
  readonly contextableQuery: Contextable;
  readonly proto: {
    readonly name: string;
    readonly target?: RawTarget;
    testQuery?: string;
    expectedOutputQuery?: string;
  };
  getTarget(): RawTarget;
  getTestTarget(): RawTarget;
  getFileName(): string;
  input(name: unknown, query: string): unknown;
  compile(): object;
}

interface CoreModel {
  readonly proto?: { readonly enumType?: number };
  readonly contextableQuery?: Contextable;
  readonly contextableWhere?: Contextable;
  getTarget(): RawTarget;
}

/** The part of core's `Session` that compiling a test touches. */
export interface TestSession {
  /** All tests, once the project's files have run. */
  tests: readonly CoreTest[];
  readonly indexedActions: { find(target: RawTarget): readonly CoreModel[] };
  compileError(error: Error | string, file?: string, target?: RawTarget): void;
  finalizeSchema(schema: string): string;
  finalizeName(name: string): string;
}

/** `TableType.INCREMENTAL` of `core.proto`. */
const INCREMENTAL = 2;
/** Stands where a first build would read the table that it makes; no query holds it by accident. */
const NO_TABLE = '"self() before the table exists"';

/**
 * Lets core compile tests of incremental tables, which it refuses, and finds out which refs the inputs of each test replace. To be called
 * when the files of the project have run, before core compiles; the list that it gives is filled when core has compiled.
 *
 * A test that gives an input for the tested table itself says what the table holds, so it tests an incremental run; one that gives none
 * tests the first build. Errors in a test are reported for the file of the test, not for that of the model.
 */
export function watchTests(session: TestSession): readonly TestFacts[] {
  const facts: TestFacts[] = [];
  // Older cores have other fields; they compile their tests by themselves.
  if (!Array.isArray(session.tests) || session.tests.some((test) => !test.getTestTarget)) return facts;
  session.tests = session.tests.filter((test) => {
    // Core would stop with an error about an undefined value.
    if (!test.proto.target) session.compileError(new Error(NO_DATASET), test.getFileName());
    return test.proto.target;
  });
  for (const test of session.tests) {
    const compile = test.compile.bind(test);
    const used = watchInputs(test.contextableInputs);
    test.compile = () => {
      const { compileError } = session;
      session.compileError = (error, file, target) =>
        compileError.call(session, error, file ?? test.getFileName(), target ?? test.getTarget());
      try {
        const [model, ...others] = session.indexedActions.find(test.getTestTarget());
        if (!model || others.length > 0) return compile();
        const incremental = model.proto?.enumType === INCREMENTAL;
        const before = incremental ? compileIncremental(test, model, session) : undefined;
        const compiled = incremental ? test.proto : compile();
        facts.push({
          name: test.proto.name,
          model: finalTarget(model.getTarget(), session),
          usedInputs: [...used].map(inputName),
          unusedInputs: [...test.contextableInputs.keys()].filter((key) => !used.has(key)).map(inputName),
          ...(before === undefined ? {} : { before }),
        });
        return compiled;
      } finally {
        session.compileError = compileError;
      }
    };
  }
  return facts;
}

/** Fills the queries of the test; gives the query of what the table holds, if the test says so. */
function compileIncremental(test: CoreTest, model: CoreModel, session: TestSession): string | undefined {
  const inputs = test.contextableInputs;
  const own = [...inputs.keys()].find((key) => names(JSON.parse(key) as RawTarget, model.getTarget()));
  const before = own === undefined ? undefined : unterminated(apply(inputs.get(own), {}));
  const isIncremental = before !== undefined;
  const replaced = (...reference: unknown[]) => {
    const key = keyOf(test, reference.length === 1 ? reference[0] : reference);
    if (inputs.has(key)) return `(${apply(inputs.get(key), {})})`;
    session.compileError(new Error(missingInput(key, [...inputs.keys()])));
    return '';
  };
  const { database = '', schema = '', name } = finalTarget(model.getTarget(), session);
  const context = {
    ref: replaced,
    resolve: replaced,
    self: () => (isIncremental ? `(${before})` : NO_TABLE),
    incremental: () => isIncremental,
    when: (condition: unknown, yes: string, no = '') => (condition ? yes : no),
    name: () => name,
    schema: () => schema,
    database: () => database,
  };
  const query = apply(model.contextableQuery, context);
  const where = isIncremental ? apply(model.contextableWhere, context) : '';
  test.proto.testQuery = incrementalQuery(unterminated(query), where);
  test.proto.expectedOutputQuery = apply(test.contextableQuery, {});
  // As core says it of other tests.
  if (query.trim() === '') session.compileError(new Error('Test query is empty.'));
  if (test.proto.expectedOutputQuery.trim() === '') session.compileError(new Error('Expected query is empty.'));
  if (query.includes(NO_TABLE)) session.compileError(new Error(SELF_IN_FIRST_BUILD));
  return before;
}

export const NO_DATASET = 'Tests must operate upon a specified dataset.';
export const SELF_IN_FIRST_BUILD = 'The first build reads the table that it makes.';

/** In the words of core, so that a missing input is explained in one place. */
const missingInput = (key: string, given: readonly string[]): string =>
  `Input for dataset "${key}" has not been provided. Provided inputs: ${given.map((other) => JSON.stringify(other))}`;

/** Core asks for an input by `get` when, and only when, it replaces a ref. */
function watchInputs(inputs: CoreTest['contextableInputs']): ReadonlySet<string> {
  const used = new Set<string>();
  inputs.get = (key) => {
    used.add(key);
    return Map.prototype.get.call(inputs, key) as Contextable;
  };
  return used;
}

/** How core spells a reference as a key of inputs. */
function keyOf(test: CoreTest, reference: unknown): string {
  const contextableInputs = new Map<string, string>();
  test.input.call({ contextableInputs }, reference, '');
  return [...contextableInputs.keys()][0]!;
}

const apply = (value: Contextable, context: object): string =>
  (typeof value === 'function' ? value(context) : value) ?? '';

/** `raw.events`, as people name it; keys are targets as JSON. */
const inputName = (key: string): string => nameOf(JSON.parse(key) as RawTarget);

/** True when the reference, which may leave out schema and database, means the target. */
const names = (reference: RawTarget, target: RawTarget): boolean =>
  reference.name === target.name &&
  (!reference.schema || reference.schema === target.schema) &&
  (!reference.database || reference.database === target.database);

/** The target with the suffix and prefix that core gives actions after it has compiled them. */
const finalTarget = ({ schema = '', name }: RawTarget, session: TestSession): RawTarget => ({
  schema: session.finalizeSchema(schema),
  name: session.finalizeName(name),
});
