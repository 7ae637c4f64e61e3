import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areSurelyObjects, isSurelyObject } from '../../ingest/json-proof.ts';

const isObject = (line: string) => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};
const bytes = (text: string) => Buffer.from(text).toString('latin1');

const token = fc.constantFrom(
  ...['{', '}', '[', ']', '"', ':', ',', ' ', ', ', ': ', '\\', '\\n', '\\u0041', '\\x', 'a', '"a"', '"a":', '{"a":'],
  ...[
    '1',
    '0',
    '01',
    '-',
    '-1',
    '.',
    '1.5',
    'e',
    '1e5',
    'E+',
    'null',
    'true',
    'NaN',
    'é',
    '😀',
    '\t',
    '\x01',
    '\r',
    '\x7f',
  ],
);
const tokens = fc.array(token, { maxLength: 12 }).map((parts) => parts.join(''));
const broken = fc
  .tuple(fc.object({ maxDepth: 4 }), fc.nat(), token, fc.integer({ min: 0, max: 2 }))
  .map(([value, at, put, cut]) => {
    const text = JSON.stringify(value);
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + cut);
  });

test('what is surely an object is one', () => {
  let sure = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        tokens,
        broken,
        tokens.map((text) => `{"a":${text}}`),
      ),
      (line) => {
        const text = line.replaceAll('\n', ' ');
        if (!isSurelyObject(bytes(text), 0)) return;
        sure++;
        expect(isObject(text)).toBe(true);
      },
    ),
    { numRuns: 20_000, seed: 3 },
  );
  expect(sure).toBeGreaterThan(1000);
});

test('what is usual is surely an object: as JSON.stringify writes it, and with a space after colons and commas', () => {
  const scalar = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '/', ',', '}') }),
    fc.double(),
    fc.boolean(),
  );
  const value = fc.oneof(scalar, fc.array(scalar), fc.dictionary(fc.constantFrom('x', 'y z', 'é'), fc.array(scalar)));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', '"'), value), (object) => {
      const line = JSON.stringify(object);
      expect(isSurelyObject(bytes(line), 0)).toBe(true);
      expect(isSurelyObject(bytes(`no\n${line}\nno`), 3)).toBe(true);
      expect(areSurelyObjects(bytes(`${line}\n\n${line}\n`))).toBe(true);
    }),
  );
  expect(isSurelyObject('{"a": 1, "b": [1, {"c": null}], "d": {}}', 0)).toBe(true);
});

test.each([
  ['an array', '[1]'],
  ['a line without its line feed', '{}'],
  ['two objects on a line', '{}{}\n'],
  ['an object over two lines', '{"a":\n1}\n'],
  ['a second line that is none', '{}\nx\n'],
  ['a carriage return', '{}\r\n'],
  ['an escape by number', '{"a":"\\u0041"}\n'],
  ['a member of many objects in each other', `{"a":${'{"a":'.repeat(9)}1${'}'.repeat(9)}}\n`],
])('not surely objects: %s', (_, text) => {
  expect(areSurelyObjects(text)).toBe(false);
});

test.each([
  ['a list', `{"a":[${'1,'.repeat(900_000)}`],
  ['a text', `{"a":"${'x'.repeat(1_800_000)}`],
  ['escapes', `{"a":"${'\\n'.repeat(900_000)}`],
  ['objects', `{"a":[${'{"a":[{}]},'.repeat(150_000)}`],
])('a line of two megabytes that never ends is judged: %s', (_, start) => {
  expect(areSurelyObjects(`${start}\n`)).toBe(false);
});
