const other = require("../../case");
