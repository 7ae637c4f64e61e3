import type { Problem } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Path } from '../../core/yaml-file.ts';
import type { Checks } from '../scenario/checks.ts';
import { checkDelays } from './check-delays.ts';
import { type DirtSpec, kindOf, type Option } from './rule.ts';
import { MOST_RULES } from './source-dirt.ts';

/** What a rule can point at. */
export interface SourceColumns {
  readonly name: string;
  readonly columns: readonly string[];
}

const OPTIONS: readonly Option[] = ['delays', 'mean_seconds', 'value', 'values', 'factor', 'to', 'mean_hours'];

/** Takes a problem at a place below the section. */
export type Report = (path: Path, message: string, more?: Partial<Problem>) => void;

/** Reports rules that the schema lets through and that can strike nothing, or not in the way that they say. */
export function checkDirt(
  spec: DirtSpec,
  days: number,
  sources: readonly SourceColumns[],
  { each, report: reportAt }: { readonly each: Checks['each']; readonly report: Report },
): void {
  each(spec, (name, rule) => {
    const report = (key: string, message: string, more: Partial<Problem> = {}) => reportAt([name, key], message, more);
    const known = (key: string, value: string, names: readonly string[], what: string) => {
      if (names.includes(value)) return;
      const near = nearest(value, names);
      report(
        key,
        `"${value}" is no ${what}; expected one of ${names.join(', ')}.`,
        near === undefined ? {} : { nearest: near },
      );
    };
    const kind = kindOf(rule.kind);
    const source = sources.find(({ name: other }) => other === rule.source);
    if (!source)
      known(
        'source',
        rule.source,
        sources.map((one) => one.name),
        'source of this scenario',
      );
    if (kind.column && rule.column === undefined) report('kind', `${rule.kind} needs a column`);
    if (!kind.column && rule.column !== undefined)
      report('column', `${rule.kind} takes no column; it strikes the whole ${wholeOf(kind.level)}`);
    if (kind.column && rule.column !== undefined && source && rule.kind !== 'new_column')
      known('column', rule.column.split('.')[0]!, source.columns, `column of ${source.name}`);
    if (rule.kind === 'new_column' && rule.column !== undefined && source?.columns.includes(rule.column))
      report('column', `${source.name} has a column ${rule.column} already`);
    if (rule.kind === 'null_user' && source && !source.columns.includes('user_id'))
      report('source', `${source.name} has no column user_id`);
    const fits: readonly Option[] = [...(kind.needs ?? []), ...(kind.takes ?? [])];
    for (const option of OPTIONS) {
      if (kind.needs?.includes(option) && rule[option] === undefined) report('kind', `${rule.kind} needs ${option}`);
      if (rule[option] !== undefined && !fits.includes(option)) report(option, `${rule.kind} takes no ${option}`);
    }
    if (rule.days) {
      const [from, to] = rule.days;
      if (from > to) report('days', `found ${from} to ${to}, expected the first day before the last`);
      else if (from > days) report('days', `begins on day ${from}; the scenario ends on day ${days}`);
    }
    if (rule.delays) checkDelays([name, 'delays'], rule.delays, reportAt);
  });
  for (const { name } of sources) {
    const rules = Object.values(spec).filter(({ source }) => source === name);
    if (rules.length > MOST_RULES) reportAt([], `${rules.length} rules strike ${name}, expected at most ${MOST_RULES}`);
  }
}

const wholeOf = (level: string): string => (level === 'file' || level === 'order' ? 'file' : 'record');
