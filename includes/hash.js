// @ts-check

/** A hash of a text, 16 hexadecimal digits, for telling whether it is the one of before: the compiler's sandbox has none of its own. @param {string} text */
const of = (text) => fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x01000193);

/** FNV-1a over UTF-16 code units. @param {string} text @param {number} basis */
function fnv1a(text, basis) {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

module.exports = { of };
