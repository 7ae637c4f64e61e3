const { execSync } = require("node:child_process");
