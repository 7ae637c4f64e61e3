const rate = (a, b) => {
  return `${a} / ${b}`;

module.exports = { rate };
