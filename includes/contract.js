// @ts-check
/**
 * The data contract of the data set that is compiled (`vars.dataset`), as the models see it: which sources there are, which columns are
 * mapped, and the reason to give where something is missing. The YAML was validated before by the loader; what is wrong there is
 * reported with its line, here it would only be a stack.
 */
const canonical = require('./canonical');
const sql = require('./sql');

const name = dataform.projectConfig.vars.dataset || 'synthetic';

/** @param {string} file */
const read = (file) => require(`configs/datasets/${name}/${file}.yaml`).asJson;

const dataset = read('dataset');
/** Names with + between them: the optional sources that there are, and others. */
const made = (dataform.projectConfig.vars.sources || '').split('+');
const sources = [
  ...dataset.sources,
  ...(dataset.optional_sources || []).filter((/** @type {string} */ source) => made.includes(source)),
];
/** @type {{ [name: string]: any }} */
const contracts = {};
for (const file of [...sources, ...(dataset.references || [])]) contracts[file] = read(file);

/** @param {string} source */
const has = (source) => sources.includes(source);

/** True when the data set maps the canonical column. @param {string} source @param {string} column */
const maps = (source, column) => has(source) && contracts[source].columns[column] !== undefined;

/** True when the data set says which event types form the group. @param {string} group */
const hasGroup = (group) => dataset.event_groups?.[group] !== undefined;

/** The event types of a group. @param {string} group @returns {string[]} */
const group = (group) => dataset.event_groups?.[group] ?? [];

/**
 * Why a model that needs these sources or columns (`events`, `events.received_ts`) cannot be built from this data set; undefined when
 * it can.
 * @param {string[]} needs
 * @returns {string | undefined}
 */
function lacking(needs) {
  const missing = needs.filter((need) => {
    const [source, column] = need.split('.');
    return column === undefined ? !has(source) : !maps(source, column);
  });
  return missing.length === 0 ? undefined : `the data set ${name} has no source for ${missing.join(', ')}`;
}

/**
 * The severity of an assertion: `severities` of the data set, or what the assertion says of itself.
 * @param {string} assertion @param {'error' | 'warn'} [otherwise] @returns {'error' | 'warn'}
 */
const severity = (assertion, otherwise = 'error') => dataset.severities?.[assertion] ?? otherwise;

/** User attributes beyond the canonical ones that the contract marks as features. @returns {{ column: string, kind: string, description: string }[]} */
function extraUserFeatures() {
  if (!has('users')) return [];
  return Object.entries(contracts.users.columns)
    .filter(([column, spec]) => spec.feature !== undefined && canonical.users[column] === undefined)
    .map(([column, spec]) => ({ column, kind: spec.feature, description: spec.description }));
}

/** For descriptions: `day`, or `7th day` where gold takes a snapshot of each user on every 7th day only. */
const snapshots =
  dataset.snapshot_every_days > 1
    ? `every ${dataset.snapshot_every_days}th day, counted back from the last one,`
    : 'day';

/**
 * True on the days on which gold takes a snapshot of each user: every n-th day, counted back from the last one.
 * @param {string} day @param {string} lastDay
 */
function isSnapshotDay(day, lastDay) {
  const every = dataset.snapshot_every_days ?? 1;
  return every === 1 ? 'true' : `mod(${sql.dateDiff(lastDay, day)}, ${every}) = 0`;
}

module.exports = {
  name,
  dataset,
  sources,
  contracts,
  canonical,
  has,
  maps,
  hasGroup,
  group,
  lacking,
  severity,
  extraUserFeatures,
  isSnapshotDay,
  snapshots,
};
