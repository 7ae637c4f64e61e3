/** What differs between engines. Each field says what the runner does when it is false. */
export interface Capabilities {
  /** False: the runner runs one action at a time. */
  readonly concurrentStatements: boolean;
  /** False: a replacement is made under another name and swapped in by renaming inside a transaction. */
  readonly createOrReplaceTable: boolean;
  /** False: what stands under the name with another type is dropped first, in the same transaction. */
  readonly replacesOtherTypes: boolean;
  /** False: DDL is committed at once, so a failed action can leave a part behind. */
  readonly transactionalDdl: boolean;
  /** False: `uniqueKey` is done by update and insert in one transaction. */
  readonly merge: boolean;
  /** False: a materialized view is made as a plain view, and the plan says so. */
  readonly materializedViews: boolean;
  /** False: partitionBy and clusterBy are accepted and have no effect. */
  readonly partitioning: boolean;
  /** False: `indexes` in the properties of a table have no effect. */
  readonly indexes: boolean;
  /** False: descriptions stay in the documentation only. */
  readonly comments: boolean;
}
