publish("made", { type: "view", disabled: true }).query((ctx) => `select * from ${ctx.ref("steps")}`);
operate("grants").queries(["select 1", "select 2"]).tags(["late"]);
publish("ranges", { type: "incremental", uniqueKey: ["a"], bigquery: { incrementalPredicates: ["DATAFORM_DEST.a > 2"] } }).query("select 1 as a");
assert("made_check").query((ctx) => `select * from ${ctx.ref("log")} where false`);
