const { join } = require("path");
const { twice } = require("./more/twice");

module.exports = { twice, path: join("a", "b"), quote: (text) => `'${text.replace(/'/g, "''")}'` };
