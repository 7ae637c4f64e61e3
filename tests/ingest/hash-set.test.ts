import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashSet } from '../../ingest/hash-set.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('binary');
const mayRepeat = (hashes: readonly string[], ...options: Parameters<typeof hashSet>) => {
  const set = hashSet(...options);
  for (const hash of hashes) set.add(hash);
  return set.mayRepeat();
};

test('a repetition is found, however many hashes stand between', () => {
  const hashes = Array.from({ length: 200_000 }, (_, i) => md5(`${i}`));
  expect(mayRepeat(hashes)).toBe(false);
  expect(mayRepeat([...hashes, hashes[0]!])).toBe(true);
  expect(mayRepeat([...hashes, hashes[199_999]!])).toBe(true);
});

test('it repeats when the bytes that are looked at repeat, and only then', () => {
  const digest = fc.string({ unit: fc.constantFrom('\0', '\x01', '\x80', '\xff'), minLength: 8, maxLength: 16 });
  fc.assert(
    fc.property(fc.array(digest), fc.integer({ min: 4, max: 8 }), (digests, bytes) => {
      const seen = digests.map((text) => text.slice(0, bytes));
      // One without a place counts as a repetition.
      const odd = seen.some((text) => /^\0+$/.test(text));
      expect(mayRepeat(digests, bytes)).toBe(odd || new Set(seen).size < seen.length);
    }),
  );
});

test('more hashes than there is memory for may repeat', () => {
  const hashes = Array.from({ length: 60_000 }, (_, i) => md5(`${i}`));
  expect(mayRepeat(hashes.slice(0, 49_000), 8, 1 << 16)).toBe(false);
  expect(mayRepeat(hashes, 8, 1 << 16)).toBe(true);
});
