import { count, percent, plural } from '../../core/format.ts';
import { isPersonalName } from '../../core/personal-data.ts';
import type { ColumnType, Format } from '../contract-types.ts';
import type { FoundFormat } from './formats.ts';
import type { FieldProfile } from './profile.ts';
import { patternOf } from './shape.ts';

/** A column of a first contract. */
export interface ColumnDraft {
  readonly name: string;
  readonly profile: FieldProfile;
  readonly type: ColumnType;
  /** Undefined: the standard one. */
  readonly format: Format | undefined;
  readonly required: boolean;
  readonly allowed: readonly (string | number)[] | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Of some of the values; to be held against all of them. */
  readonly pattern: string | undefined;
  readonly personal: 'drop' | 'hash' | undefined;
  readonly description: string;
  /** What the reader of the contract should know, a line each. */
  readonly notes: readonly string[];
}

/** Names of the columns that staging adds to those of a contract. */
const TAKEN = new Set(
  'row_hash record_no is_late lateness_seconds verdict reasons flags raw source_file line_no batch_id loaded_at problem'.split(
    ' ',
  ),
);

/** Lower snake case; the last part of a path when no other field ends in it. */
export function columnNames(fields: readonly string[]): string[] {
  const snake = (text: string) =>
    text
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '');
  const safe = (text: string) => {
    const name = /^[a-z]/.test(text) ? text : `f_${text}`.replace(/_$/, '');
    return TAKEN.has(name) ? `${name}_value` : name;
  };
  const short = fields.map((field) => safe(snake(field.slice(field.lastIndexOf('.') + 1))));
  const taken = new Set<string>();
  return fields.map((field, i) => {
    const alone = short.filter((name) => name === short[i]).length === 1;
    const wanted = alone ? short[i]! : safe(snake(field));
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
    taken.add(name);
    return name;
  });
}

const IDENTIFIER =
  /(^|_)(id|uuid|guid|key|code|no|nr|number|sku|zip|postcode|hash|token|country|currency|iban|ean|isbn)$/;
export const isIdentifier = (name: string): boolean => IDENTIFIER.test(name);
const SHARE = /(^|_)(rate|share|ratio|probability|index|fraction)$/;

/** The same column of another type, once its values were found to be written in a format of their own. */
export const inFormat = (draft: ColumnDraft, { type, format }: FoundFormat): ColumnDraft => ({
  ...draft,
  type,
  format,
  allowed: undefined,
  pattern: undefined,
  notes: [`All ${count(draft.profile.present)} values are written as ${format}.`],
});

/** The column where its values read in several formats: which one it is, is for people to say. */
export const inDoubt = (draft: ColumnDraft, formats: readonly FoundFormat[]): ColumnDraft => ({
  ...draft,
  notes: [
    ...draft.notes,
    `All values read as ${formats.map(({ type, format }) => `${type} (format: ${format})`).join(' and as ')}. Say which.`,
  ],
});

/** What the values of a field allow to say about its column, for `records` records. */
export function draftColumn(name: string, profile: FieldProfile, records: number): ColumnDraft {
  const { present, distinct, readsAs, contacts, least, largest, values, longest } = profile;
  const notes: string[] = [];
  const type = typeOf(name, profile);
  const personal = personalOf(name, profile, type);
  const isNumber = type === 'integer' || type === 'number';
  if (present === 0) notes.push('Empty in all records.');
  if (type === 'string' && present > 0) {
    const [nearly, n] = Object.entries(readsAs).reduce((best, next) => (next[1] > best[1] ? next : best));
    if (n < present && n >= 0.9 * present) {
      notes.push(`${percent(n / present)} of the values read as ${nearly}, and ${count(present - n)} do not.`);
    }
  }
  if (contacts > 0 && personal === undefined) {
    notes.push(`${plural(contacts, 'value')} with an e-mail address or a telephone number.`);
  }
  const allowed = personal || contacts > 0 ? undefined : allowedOf(name, profile, type, records);
  if (allowed && distinct > 1) notes.push(`All ${count(present)} values are one of these.`);
  const min = isNumber && least !== null && least >= 0 && !allowed ? 0 : undefined;
  const max = isNumber && min === 0 && largest! <= 1 && SHARE.test(name) ? 1 : undefined;
  if (isNumber && !allowed) notes.push(`Found ${least} to ${largest}. Say min and max where more is impossible.`);
  const patterned = type === 'string' && !allowed && !personal && isIdentifier(name) && values?.length !== 1;
  return {
    name,
    profile,
    type,
    format: undefined,
    required: records > 0 && present === records,
    allowed,
    min,
    max,
    pattern: patterned && longest <= 64 ? patternOf(profile.sample) : undefined,
    personal,
    description: `${profile.field.slice(0, 1).toUpperCase()}${profile.field.slice(1).replace(/[._]+/g, ' ')}.`,
    notes,
  };
}

function typeOf(name: string, { present, readsAs, leadingZeros }: FieldProfile): ColumnType {
  if (present === 0) return 'string';
  const all = (type: keyof typeof readsAs) => readsAs[type] === present;
  if (all('boolean')) return 'boolean';
  if (all('date')) return 'date';
  if (all('timestamp')) return 'timestamp';
  // What identifies is not counted with, and a number loses its leading zeros.
  if (isIdentifier(name) || leadingZeros > 0) return 'string';
  if (all('integer')) return 'integer';
  return all('number') ? 'number' : 'string';
}

function personalOf(
  name: string,
  { present, contacts, field }: FieldProfile,
  type: ColumnType,
): 'drop' | 'hash' | undefined {
  const byLook = type === 'string' && present > 0 && contacts >= 0.5 * present;
  if (!byLook && !isPersonalName(field) && !isPersonalName(name)) return undefined;
  // A digest still tells one person from another, which is what addresses and numbers are joined by.
  return type === 'string' && (byLook || /mail|phone|mobile|iban|passport|ssn/.test(name)) ? 'hash' : 'drop';
}

/** A closed set: few values, each of them often. */
function allowedOf(
  name: string,
  { values, present, distinct, longest }: FieldProfile,
  type: ColumnType,
  records: number,
): ColumnDraft['allowed'] {
  if (!values || distinct === 0 || present < 20 || longest > 40) return undefined;
  if (type === 'integer') return distinct === 2 && values.join() === '0,1' ? [0, 1] : undefined;
  const often = present >= 5 * distinct && distinct <= Math.max(2, records / 10);
  return type === 'string' && often && !/(^|_)id$/.test(name) ? values : undefined;
}
