// One table a policy and a way to bring rows in: `fail_merged` and the like. The compiler takes settings apart, so each gets its own.
const ways = {
  inserted: () => ({}),
  merged: () => ({ uniqueKey: ["id"] }),
  overwritten: () => ({ incrementalStrategy: "INSERT_OVERWRITE", bigquery: { partitionBy: "id" } }),
};
for (const onSchemaChange of ["IGNORE", "FAIL", "EXTEND", "SYNCHRONIZE"]) {
  for (const [way, settings] of Object.entries(ways)) {
    publish(`${onSchemaChange.toLowerCase()}_${way}`, { type: "incremental", onSchemaChange, ...settings() }).query(
      "select * from raw.source",
    );
  }
}
