import type { Capabilities } from '../capabilities.ts';

export const duckdbCapabilities: Capabilities = {
  concurrentStatements: true,
  createOrReplaceTable: true,
  transactionalDdl: true,
  merge: true,
  materializedViews: false,
  partitioning: false,
  comments: true,
};
