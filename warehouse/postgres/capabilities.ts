import type { Capabilities } from '../capabilities.ts';

export const postgresCapabilities: Capabilities = {
  concurrentStatements: true,
  createOrReplaceTable: false,
  replacesOtherTypes: true,
  transactionalDdl: true,
  merge: true,
  materializedViews: true,
  partitioning: false,
  indexes: true,
  comments: true,
};
