// @ts-check
/** Helpers for config blocks: what stands in `metadata.extraProperties`, and the tags by which the trainer finds its columns. */
const contract = require('./contract');

/**
 * Settings of a model that the stock tools carry along and ours read: its grain, its owner, its severity, and why it is disabled.
 * `generation` is for incremental tables: the runner builds one in full when its rows hold another value in the column. `indexes` are lists
 * of columns, for Postgres.
 * @param {{ grain: string[], owner?: string, needs?: string[], severity?: 'error' | 'warn', indexes?: string[][],
 *   generation?: { column: string, value: string } }} settings
 */
function metadata({ grain, owner = 'analytics', needs = [], severity, indexes, generation }) {
  const reason = contract.lacking(needs);
  return {
    extraProperties: {
      grain,
      owner,
      ...(severity === undefined ? {} : { severity }),
      ...(indexes === undefined ? {} : { indexes }),
      ...(generation ? { generation } : {}),
      ...(reason === undefined ? {} : { disabledReason: reason }),
    },
  };
}

/** True when the data set lacks something that the model needs. @param {...string} needs */
const disabled = (...needs) => contract.lacking(needs) !== undefined;

/** @param {string} description */
const key = (description) => ({ description, tags: ['key'] });
/** @param {string} description */
const time = (description) => ({ description, tags: ['time'] });
/** @param {string} description */
const label = (description) => ({ description, tags: ['label'] });
/** @param {string} description */
const slice = (description) => ({ description, tags: ['slice'] });

/**
 * A column that the model learns from. `count` is taken as log(1 + x), `numeric`, `rate` and `flag` as they are, `categorical` one-hot.
 * One that is not `available` is marked so: the data set has no source for it.
 * @param {'count' | 'numeric' | 'rate' | 'flag' | 'categorical'} kind
 * @param {string} description
 * @param {{ unit?: string, available?: boolean, slice?: boolean }} [options] `unit` of a number, which the description ends with
 */
function feature(kind, description, { unit, available = true, slice = false } = {}) {
  const tags = ['feature', kind];
  if (slice) tags.push('slice');
  if (!available) tags.push('unavailable');
  const sentences = [
    description,
    ...(unit === undefined ? [] : [`Unit: ${unit}.`]),
    ...(available ? [] : [`Not available in the data set ${contract.name}.`]),
  ];
  return { description: sentences.join(' '), tags };
}

module.exports = { metadata, disabled, key, time, label, slice, feature };
