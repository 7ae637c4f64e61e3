const columns = () => `user_id,
  evnt_type,
  n`;

const filter = (column) => `${column} > 1`;

module.exports = { columns, filter };
