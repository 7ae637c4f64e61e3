module.exports.twice = (sql) => `2 * (${sql})`;
