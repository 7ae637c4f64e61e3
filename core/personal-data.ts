/** What is masked in free text, and what stands in its place: the patterns of includes/personal.js. */
export const CONTACT_PATTERNS: readonly (readonly [pattern: string, mask: string])[] = [
  ['[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+', '[email]'],
  ['[+][0-9][0-9 ()./-]{6,18}[0-9]', '[phone]'],
  ['[(]?[0-9]{3}[)]?[ .-][0-9]{3}[ .-][0-9]{4}', '[phone]'],
];

const CONTACTS = CONTACT_PATTERNS.map(([pattern, mask]) => [new RegExp(pattern, 'g'), mask] as const);

/** Fields whose name says that they hold personal data. */
const PERSONAL_NAME =
  /(^|_)(e_?mail|phone|mobile|telephone|full_?name|first_?name|last_?name|sur_?name|family_?name|given_?name|maiden_?name|street|postal_?address|home_?address|address|birth_?(date|day)|date_?of_?birth|dob|ssn|iban|passport|tax_?id|credit_?card|ip_?address)(_|$)/;

/** True for a field like `email`, `billing.fullName`, `Phone No`; the last part of a path counts. */
export const isPersonalName = (field: string): boolean =>
  PERSONAL_NAME.test(
    field
      .slice(field.lastIndexOf('.') + 1)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replace(/[^A-Za-z0-9]+/g, '_')
      .toLowerCase(),
  );

/** True for a text that holds an e-mail address or a telephone number. */
export const holdsContact = (text: string): boolean => CONTACTS.some(([pattern]) => text.search(pattern) >= 0);

/** The text with e-mail addresses and telephone numbers masked. */
export const maskContacts = (text: string): string =>
  CONTACTS.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);

/**
 * A raw line for people: values of personal fields give way to the name of their field in brackets, and so does every contact in the
 * rest. Of a line that is no record nobody knows where a name stands, so that in a source with personal fields only its shape is kept:
 * `x` for letters, `9` for digits.
 *
 * @param record the line as a JSON object; undefined when it is none.
 * @param personalFields raw fields that hold personal data; dots lead into nested objects. Fields that are named so are masked anyway.
 */
export function maskLine(raw: string, record: unknown, personalFields: readonly string[]): string {
  if (typeof record !== 'object' || record === null) {
    return personalFields.length > 0 ? raw.replace(/\p{L}/gu, 'x').replace(/\p{N}/gu, '9') : maskContacts(raw);
  }
  const values = leaves(record, '')
    .filter(
      ([path]) =>
        personalFields.some((field) => path === field || path.startsWith(`${field}.`)) || isPersonalName(path),
    )
    .flatMap(([path, value]) =>
      spellings(value).map((text) => [text, `[${path.slice(path.lastIndexOf('.') + 1)}]`] as const),
    )
    .sort(([a], [b]) => b.length - a.length);
  return maskContacts(values.reduce((text, [value, mask]) => text.replaceAll(value, mask), raw));
}

/** How a value can stand in a line: as it is, escaped in JSON, with quotes doubled in CSV. */
function spellings(value: string): string[] {
  const all = [value, JSON.stringify(value).slice(1, -1), value.replaceAll('"', '""')];
  return [...new Set(all)].filter((text) => text !== '');
}

/** The values of an object that are no objects, by path. */
function leaves(value: unknown, path: string): [path: string, value: string][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, Array.isArray(value) ? path : path === '' ? key : `${path}.${key}`),
  );
}
