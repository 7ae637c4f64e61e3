const config = require("configs/absent.yaml").asJson;
