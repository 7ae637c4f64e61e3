publish("x", { type: "table" }).query(() => "select 1";
