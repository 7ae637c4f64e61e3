function positive(n) {
  if (n < 0) throw new Error(`${n} is not positive`);
  return n;
}

module.exports = { positive };
