import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/files.ts';
import { CONTACT_PATTERNS, holdsContact, isPersonalName, maskContacts, maskLine } from '../../core/personal-data.ts';

test('contacts are masked, and what only looks like one is not', () => {
  const text = 'a@b.example, +1 202 555 0123, (202) 555-0123 or 202.555.0123';
  expect(maskContacts(text)).toBe('[email], [phone], [phone] or [phone]');
  for (const plain of ['2026-03-01T10:15:00.123Z', '1234567890', '12.50', '@home', 'u-2026-001', '+12', '10.0.0.1']) {
    expect([maskContacts(plain), holdsContact(plain)]).toEqual([plain, false]);
  }
});

test('reports look for what silver looks for', () => {
  const silver = readFileSync(join(packageRoot(), 'includes', 'personal.js'), 'utf8');
  const patterns = [...silver.matchAll(/^ {2}\['(.*)', '(\[\w+\])'\],$/gm)].map(([, pattern, mask]) => [pattern, mask]);
  expect(patterns).toEqual(CONTACT_PATTERNS);
});

test('names of fields that hold personal data are known in any spelling', () => {
  for (const name of ['email', 'E-Mail', 'billing.fullName', 'Phone No', 'customer_first_name', 'dateOfBirth']) {
    expect([name, isPersonalName(name)]).toEqual([name, true]);
  }
  for (const name of ['plan_name', 'company_name', 'name', 'user_id', 'emails_sent', 'phonetic', 'streetcar']) {
    expect([name, isPersonalName(name)]).toEqual([name, false]);
  }
});

test('values of personal fields give way wherever they stand in the line, however they are escaped', () => {
  const record = { who: { name: 'Ann "A" Lee' }, tags: [{ email: 'x' }], note: 'Ann "A" Lee came', n: 1 };
  expect(maskLine(JSON.stringify(record), record, ['who.name'])).toBe(
    '{"who":{"name":"[name]"},"tags":[{"email":"[email]"}],"note":"[name] came","n":1}',
  );
  expect(maskLine('1;"Ann ""A"" Lee"', { id: '1', name: 'Ann "A" Lee' }, ['name'])).toBe('1;"[name]"');
  expect(maskLine('{"id":1}', { id: 1 }, ['who'])).toBe('{"id":1}');
});

test('of a line that is no record a source with personal fields shows the shape only', () => {
  expect(maskLine('{"name":"Zoë 7', undefined, ['name'])).toBe('{"xxxx":"xxx 9');
  expect(maskLine('{"to":"a@b.example', undefined, [])).toBe('{"to":"[email]');
});
