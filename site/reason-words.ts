const WORDS: Readonly<Record<string, string>> = {
  missing: 'required, and missing',
  not_allowed: 'not one of the allowed values',
  below_minimum: 'less than the smallest number that is accepted',
  above_maximum: 'more than the largest number that is accepted',
  pattern: 'does not match the pattern',
  implausible: 'outside of the plausible range',
  repaired: 'read in another format than the usual one',
  personal_data: 'an e-mail address or a telephone number in free text',
  malformed_json: 'the line is no JSON',
  not_an_object: 'the line is JSON and no object',
  malformed_csv: 'a quote that is not closed, or that stands where none may stand',
  column_count: 'more or fewer fields than the header',
  invalid_utf8: 'bytes that are no UTF-8',
  lone_surrogate: 'half of a character',
  nul_character: 'a NUL character',
};

/** A reason code of silver for people; undefined for one that speaks for itself, as the name of a rule. */
export function reasonWords(code: string): string | undefined {
  const type = /^not_(string|integer|number|boolean|date|timestamp)$/.exec(code)?.[1];
  return type === undefined ? WORDS[code] : `does not read as ${type === 'integer' ? 'an' : 'a'} ${type}`;
}
