publish("stray", { type: "table" }).query("select 1 as a");
