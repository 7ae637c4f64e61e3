const { sources } = require("configs/sources.yaml").asJson;

for (const { name, columns } of sources) declare({ schema: "raw", name, columns });
