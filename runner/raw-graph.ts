/** Dataform's `CompiledGraph` message as JSON, as far as we read it. Field names and meaning: `core.proto` of `@dataform/core`. */
export interface RawGraph {
  readonly projectConfig: RawProjectConfig;
  readonly tables?: readonly RawTable[];
  readonly operations?: readonly RawOperation[];
  readonly assertions?: readonly RawAssertion[];
  readonly declarations?: readonly RawAction[];
  readonly tests?: readonly RawTest[];
  readonly notebooks?: readonly RawAction[];
  readonly dataPreparations?: readonly RawAction[];
  readonly graphErrors?: { readonly compilationErrors?: readonly RawError[] };
  readonly dataformCoreVersion: string;
}

export interface RawProjectConfig {
  readonly warehouse?: string;
  readonly defaultDatabase?: string;
  readonly defaultSchema?: string;
  readonly assertionSchema?: string;
  readonly vars?: { readonly [name: string]: string };
}

export interface RawTarget {
  readonly database?: string;
  readonly schema?: string;
  readonly name: string;
}

export interface RawError {
  readonly fileName?: string;
  readonly actionName?: string;
  readonly actionTarget?: RawTarget;
  readonly message: string;
  readonly stack?: string;
}

export interface RawAction {
  readonly target: RawTarget;
  readonly canonicalTarget?: RawTarget;
  readonly dependencyTargets?: readonly RawTarget[];
  readonly tags?: readonly string[];
  readonly disabled?: boolean;
  readonly fileName?: string;
  readonly actionDescriptor?: {
    readonly description?: string;
    readonly columns?: readonly {
      readonly path?: readonly string[];
      readonly description?: string;
      readonly tags?: readonly string[];
    }[];
    readonly metadata?: { readonly overview?: string; readonly extraProperties?: RawStruct };
  };
}

export interface RawTable extends RawAction {
  readonly enumType: 'TABLE' | 'INCREMENTAL' | 'VIEW';
  readonly query?: string;
  readonly preOps?: readonly string[];
  readonly postOps?: readonly string[];
  readonly materialized?: boolean;
  readonly protected?: boolean;
  readonly where?: string;
  readonly incrementalQuery?: string;
  readonly incrementalPreOps?: readonly string[];
  readonly incrementalPostOps?: readonly string[];
  readonly uniqueKey?: readonly string[];
  readonly onSchemaChange?: 'IGNORE' | 'FAIL' | 'EXTEND' | 'SYNCHRONIZE';
  readonly incrementalStrategy?: 'INCREMENTAL_STRATEGY_UNSPECIFIED' | 'MERGE' | 'INSERT_OVERWRITE';
  readonly jitCode?: string;
  readonly bigquery?: {
    readonly partitionBy?: string;
    readonly updatePartitionFilter?: string;
    readonly incrementalPredicates?: readonly string[];
    readonly [option: string]: unknown;
  };
}

export interface RawOperation extends RawAction {
  readonly queries?: readonly string[];
  readonly hasOutput?: boolean;
  readonly jitCode?: string;
}

export interface RawAssertion extends RawAction {
  readonly query?: string;
  readonly parentAction?: RawTarget;
  readonly jitCode?: string;
}

/** Tests have a name of their own besides the target. */
export interface RawTest extends RawAction {
  readonly name: string;
  readonly testQuery?: string;
  readonly expectedOutputQuery?: string;
}

/** What we find out about a test while core compiles it, and its message does not hold. */
export interface TestFacts {
  readonly name: string;
  /** The tested table or view, as the graph names it. */
  readonly model: RawTarget;
  /** Inputs that replaced a ref, and inputs that replaced none: `schema.name` or `name`, as the test writes them. */
  readonly usedInputs: readonly string[];
  readonly unusedInputs: readonly string[];
  /** The query of what an incremental table holds before the run, when the test gives it. */
  readonly before?: string;
}

/** `google.protobuf.Struct`. */
export interface RawStruct {
  readonly fields?: { readonly [key: string]: RawValue };
}

export interface RawValue {
  readonly nullValue?: unknown;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: RawStruct;
  readonly listValue?: { readonly values?: readonly RawValue[] };
}
