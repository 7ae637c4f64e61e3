import type { Constant, FilesSpec } from '../contract-types.ts';
import type { ColumnDraft } from './draft.ts';
import { LATE_AFTER, type Times } from './times.ts';

/** A first contract, as data. */
export interface ContractDraft {
  readonly source: string;
  readonly files: FilesSpec;
  readonly columns: readonly ColumnDraft[];
  readonly grain: readonly string[];
  readonly times: Times;
  /** Lines for the reader: of the whole, and of the grain. */
  readonly notes: { readonly whole: readonly string[]; readonly grain: string };
}

/** The contract as YAML with its reasons as comments. */
export function contractText({ source, files, columns, grain, times, notes }: ContractDraft): string {
  const { event, received, why } = times;
  const late = event && received;
  return [
    '# yaml-language-server: $schema=../../schemas/source.schema.json',
    ...notes.whole.map(comment('')),
    'version: 1',
    `source: ${scalar(source)}`,
    `description: ${scalar(`One row per ${grain.join(', ')}.`)}`,
    'owner: unknown # who answers for this source',
    `files: { ${Object.entries(files)
      .map(([key, value]) => `${key}: ${scalar(value as Constant)}`)
      .join(', ')} }`,
    'columns:',
    ...columns.flatMap(columnLines),
    comment('')(notes.grain),
    `grain: [${grain.map(scalar).join(', ')}]`,
    ...(event
      ? [...said(why.event), `event_time: ${event.name}`]
      : ['# No column says when it happened: event_time is not given.']),
    ...(received ? [...said(why.received), `received_time: ${received.name}`] : []),
    ...(late ? [...said(why.lateness), `lateness: { late_after_seconds: ${LATE_AFTER} }`] : []),
    '',
  ].join('\n');
}

const said = (why: string | undefined) => (why === undefined ? [] : [comment('')(why)]);
const comment =
  (indent: string) =>
  (text: string): string =>
    `${indent}# ${text.replace(/\s+/g, ' ')}`;

function columnLines(column: ColumnDraft): string[] {
  const { name, type, format, required, profile, allowed, min, max, pattern, personal, description, notes } = column;
  const keys: (readonly [string, string])[] = [
    ['type', type],
    ...(format === undefined ? [] : [['format', scalar(format)] as const]),
    ...(required ? [['required', 'true'] as const] : []),
    ...(profile.field === name ? [] : [['from', scalar(profile.field)] as const]),
    ...(allowed ? [['allowed', `[${allowed.map(scalar).join(', ')}]`] as const] : []),
    ...(min === undefined ? [] : [['min', String(min)] as const]),
    ...(max === undefined ? [] : [['max', String(max)] as const]),
    ...(pattern === undefined ? [] : [['pattern', JSON.stringify(pattern)] as const]),
    ...(personal === undefined ? [] : [['personal', personal] as const]),
    ['description', scalar(description)],
  ];
  return [...notes.map(comment('  ')), `  ${name}:`, ...keys.map(([key, value]) => `    ${key}: ${value}`)];
}

/** Plain where nothing else can be meant by it, else in double quotes, which YAML reads as JSON does. */
function scalar(value: Constant): string {
  const isPlain =
    typeof value !== 'string' ||
    (/^[A-Za-z_](?:[A-Za-z0-9_./-]| (?=[A-Za-z0-9]))*$/.test(value) && !KEYWORD.test(value));
  return isPlain ? String(value) : JSON.stringify(value);
}

const KEYWORD = /^(true|false|null|yes|no|on|off|y|n)$/i;
