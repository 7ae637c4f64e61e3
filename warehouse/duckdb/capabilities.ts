import type { Capabilities } from '../capabilities.ts';

export const duckdbCapabilities: Capabilities = {
  concurrentStatements: true,
  createOrReplaceTable: true,
  replacesOtherTypes: false,
  transactionalDdl: true,
  merge: true,
  materializedViews: false,
  partitioning: false,
  indexes: false,
  comments: true,
};
