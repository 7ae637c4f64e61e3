import { googleSqlTokens, type Token } from './sql-tokens.ts';
import { ESCAPES, FOREIGN_FUNCTIONS, FOREIGN_PARTS, FOREIGN_TYPES, PART_LAST, RESERVED } from './sql-words.ts';

/** Something in a statement that BigQuery refuses, or reads in another way than DuckDB and Postgres do. */
export interface Finding {
  /** `refused`: no GoogleSQL. `differs`: GoogleSQL, and means something else elsewhere or is not there. */
  readonly kind: 'refused' | 'differs';
  /** What was found. */
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
  /** Index into the SQL. */
  readonly index: number;
}

/** Where a rule looks: code without comments, and the call or parenthesis around the token. */
interface Place {
  readonly tokens: readonly Token[];
  readonly i: number;
  /** The word before the innermost open parenthesis; empty for a parenthesis that is no call. */
  readonly call: string;
}

type Rule = (place: Place) => Omit<Finding, 'index'> | undefined;

const refused = (message: string, hint: string) => ({ kind: 'refused', message, hint }) as const;
const differs = (message: string, hint: string) => ({ kind: 'differs', message, hint }) as const;

/**
 * Looks for what SQL of DuckDB and Postgres has and GoogleSQL has not, or reads differently. It is no parser: what it finds is wrong, what
 * it does not find may be, too.
 */
export function lintGoogleSql(sql: string): Finding[] {
  const all = googleSqlTokens(sql);
  const findings = all.flatMap((token) => ofText(sql, token));
  const tokens = all.filter(({ type }) => type !== 'comment');
  const calls: string[] = [];
  tokens.forEach((token, i) => {
    const place = { tokens, i, call: calls.at(-1) ?? '' };
    for (const rule of RULES) {
      const found = rule(place);
      if (found) findings.push({ ...found, index: token.start });
    }
    if (token.text === '(') calls.push(isWord(tokens[i - 1]) ? tokens[i - 1]!.text : '');
    else if (token.text === ')') calls.pop();
  });
  return findings.sort((a, b) => a.index - b.index);
}

/** What is wrong with a comment, a string or a name by itself. */
function ofText(sql: string, { type, written, start, closed }: Token): Finding[] {
  const at = (found: Omit<Finding, 'index'>, offset = 0) => [{ ...found, index: start + offset }];
  if (type === 'comment') {
    const nested = written.startsWith('/*') ? written.indexOf('/*', 2) : -1;
    if (nested >= 0)
      return at(
        refused('a comment in a comment: on BigQuery the first */ ends both', 'Take out the inner /*.'),
        nested,
      );
    if (!closed) return at(refused('a comment that does not end', 'Close it with */.'));
    const isFirst = /(^|\n)[ \t]*$/.test(sql.slice(0, start));
    if (written.startsWith('#') && !isFirst)
      return at(
        differs('# begins a comment on BigQuery, and is an operator on Postgres', 'Write -- for a comment, ^ for xor.'),
      );
    return [];
  }
  if (type === 'name') return closed ? [] : at(refused('a name without its closing backquote', 'Close it.'));
  if (type !== 'string' && type !== 'double') return [];
  if (!closed)
    return at(
      refused('a string that does not end on its line', "Close it, or write a line break as \\n or in '''...'''."),
    );
  if (type === 'double')
    return at(
      differs(
        `${written} is a string on BigQuery, and a name on DuckDB and Postgres`,
        "Write names bare or through ref(), strings in '...'.",
      ),
    );
  return /^[rR]|^[bB][rR]/.test(written) ? [] : ofEscapes(written).flatMap(({ found, offset }) => at(found, offset));
}

/** A backslash escapes on BigQuery alone. One before a quote is how Dataform itself writes quotes for BigQuery. */
function ofEscapes(written: string): { found: Omit<Finding, 'index'>; offset: number }[] {
  return [...written.matchAll(/\\([\s\S])/g)].flatMap(({ 0: text, 1: letter, index }) => {
    if (`'"\``.includes(letter!)) return [];
    const found = ESCAPES.test(letter!)
      ? differs(
          `${text} in a string escapes on BigQuery alone`,
          "Write a pattern without backslashes ([0-9], [.]), or r'...'.",
        )
      : refused(
          `${text} is no escape that BigQuery knows`,
          "Write a pattern without backslashes ([0-9], [.]), or r'...'.",
        );
    return [{ found, offset: index }];
  });
}

const isWord = (token: Token | undefined, ...words: string[]): boolean =>
  token?.type === 'word' && (words.length === 0 || words.includes(token.text));
const isMark = (token: Token | undefined, ...marks: string[]): boolean =>
  token?.type === 'mark' && marks.includes(token.text);

/** True when the token ends something that has a value, so that an operator may follow. */
const endsOperand = (token: Token | undefined): boolean =>
  token !== undefined &&
  (['name', 'string', 'double', 'number'].includes(token.type) ||
    isMark(token, ')', ']') ||
    (isWord(token) && !RESERVED.has(token.text)));

const OPERATORS: Readonly<Record<string, string>> = {
  '::': 'Write cast(x as type).',
  '->': "Write json_query(x, '$.key').",
  '->>': "Write json_value(x, '$.key').",
  '%': 'Write mod(a, b).',
  $: 'Write strings in quotes, and values instead of $1.',
};

const TIME_PARTS = /^(microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)$/;

/** Each looks at one token; the first words of a message say what was found. */
const RULES: readonly Rule[] = [
  ({ tokens, i, call }) => {
    const { text } = tokens[i]!;
    if (!isMark(tokens[i], ...Object.keys(OPERATORS))) return undefined;
    // A lambda: x -> x + 1.
    if (text === '->' && isWord(tokens[i - 1]) && call.startsWith('array_')) return undefined;
    return refused(`the operator ${text}, which BigQuery does not have`, OPERATORS[text]!);
  },
  ({ tokens, i }) =>
    isMark(tokens[i], '~') && (endsOperand(tokens[i - 1]) || isMark(tokens[i - 1], '!'))
      ? refused('the operator ~, which BigQuery does not have', "Write regexp_contains(x, '...').")
      : undefined,
  ({ tokens, i }) =>
    isMark(tokens[i], '/') && isMark(tokens[i + 1], '/')
      ? refused('the operator //, which BigQuery does not have', 'Write div(a, b).')
      : undefined,
  ({ tokens, i }) =>
    isMark(tokens[i], '^') && endsOperand(tokens[i - 1])
      ? differs('^ is xor on BigQuery, and a power on DuckDB and Postgres', 'Write pow(a, b), or bit_xor().')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'ilike')
      ? refused('ilike, which BigQuery does not have', 'Write lower(x) like lower(y).')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'similar') && isWord(tokens[i + 1], 'to')
      ? refused('similar to, which BigQuery does not have', "Write regexp_contains(x, '...').")
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'filter') && isMark(tokens[i - 1], ')') && isMark(tokens[i + 1], '(')
      ? refused('a filter clause, which BigQuery does not have', 'Write countif(x), or sum(case when x then y end).')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'within') && isWord(tokens[i + 1], 'group')
      ? refused('within group, which BigQuery does not have', 'Write percentile_cont(x, p) over ().')
      : undefined,
  ({ tokens, i, call }) => {
    const part = tokens[i];
    if (call !== 'extract' || !isMark(tokens[i - 1], '(') || !isWord(part) || !FOREIGN_PARTS[part!.text])
      return undefined;
    return refused(`extract(${part!.text}), which BigQuery does not have`, `Write ${FOREIGN_PARTS[part!.text]}.`);
  },
  ({ tokens, i }) => {
    const { text } = tokens[i]!;
    if (!isWord(tokens[i]) || !isMark(tokens[i + 1], '(') || isMark(tokens[i - 1], '.')) return undefined;
    const instead = Object.hasOwn(FOREIGN_FUNCTIONS, text) ? FOREIGN_FUNCTIONS[text] : undefined;
    if (instead === undefined) return undefined;
    return refused(`${text}(), which BigQuery does not have`, `Write ${instead}.`);
  },
  ({ tokens, i }) =>
    isWord(tokens[i]) &&
    PART_LAST.has(tokens[i]!.text) &&
    isMark(tokens[i + 1], '(') &&
    tokens[i + 2]?.type === 'string'
      ? refused(
          `${tokens[i]!.text}(${tokens[i + 2]!.text}, ...): on BigQuery the part stands last and bare`,
          `Write ${tokens[i]!.text}(..., ${tokens[i + 2]!.text.replaceAll("'", '')}).`,
        )
      : undefined,
  ({ tokens, i, call }) => {
    const type = tokens[i];
    if (!['cast', 'safe_cast'].includes(call) || !isWord(tokens[i - 1], 'as') || !isWord(type)) return undefined;
    const instead = Object.hasOwn(FOREIGN_TYPES, type!.text) ? FOREIGN_TYPES[type!.text] : undefined;
    if (instead === undefined) return undefined;
    return refused(`the type ${type!.text}, which BigQuery does not have`, `Write ${instead}.`);
  },
  ({ tokens, i }) =>
    isWord(tokens[i], 'timestamptz') && tokens[i + 1]?.type === 'string'
      ? refused('the type timestamptz, which BigQuery does not have', "Write timestamp '...'.")
      : undefined,
  ({ tokens, i }) => {
    if (!isWord(tokens[i], 'interval') || tokens[i + 1]?.type !== 'string') return undefined;
    const isRange = isWord(tokens[i + 2]) && TIME_PARTS.test(tokens[i + 2]!.text) && isWord(tokens[i + 3], 'to');
    return isRange
      ? undefined
      : refused(`interval ${tokens[i + 1]!.text}: on BigQuery the number stands bare`, 'Write interval 1 day.');
  },
  ({ tokens, i }) =>
    isMark(tokens[i], '-') && isDate(tokens, i - 1, 'end') && isDate(tokens, i + 1, 'start')
      ? differs('a date minus a date is an interval on BigQuery, and a number elsewhere', 'Write date_diff(a, b, day).')
      : undefined,
  ({ tokens, i }) =>
    isMark(tokens[i], '+', '-') && isDate(tokens, i - 1, 'end') && tokens[i + 1]?.type === 'number'
      ? differs('arithmetic with a date and a number', 'Write date_add(d, interval n day).')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'union') && !isWord(tokens[i + 1], 'all', 'distinct')
      ? refused('union without all or distinct', 'Write union all or union distinct.')
      : undefined,
  ({ tokens, i }) => {
    if (!isWord(tokens[i], 'except', 'intersect') || isWord(tokens[i + 1], 'distinct')) return undefined;
    if (tokens[i]!.text === 'except' && isMark(tokens[i - 1], '*'))
      return differs('select * except, which Postgres does not have', 'Name the columns.');
    return refused(`${tokens[i]!.text} without distinct`, `Write ${tokens[i]!.text} distinct.`);
  },
  ({ tokens, i }) =>
    isWord(tokens[i], 'values') && isMark(tokens[i - 1], '(') && isMark(tokens[i + 1], '(')
      ? refused('a list of values as a relation', 'Write select ... union all select ....')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'distinct') && isWord(tokens[i + 1], 'on') && isMark(tokens[i + 2], '(')
      ? refused('distinct on, which BigQuery does not have', 'Write row_number() and keep 1.')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'lateral', 'natural', 'asof', 'semi', 'anti', 'positional') &&
    isWord(tokens[i + 1], 'join', 'left', 'inner')
      ? refused(`a ${tokens[i]!.text} join, which BigQuery does not have`, 'Write a join with its conditions.')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'lateral') && isWord(tokens[i - 1], 'join')
      ? refused('a lateral join, which BigQuery does not have', 'Write a join with its conditions.')
      : undefined,
  ({ tokens, i, call }) =>
    isWord(tokens[i]) &&
    isWord(tokens[i - 1], 'as') &&
    isMark(tokens[i + 1], '(') &&
    !['cast', 'safe_cast'].includes(call)
      ? refused(`names of columns after the alias ${tokens[i]!.text}`, 'Name the columns where they are selected.')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'collate') && !isMark(tokens[i + 1], '(')
      ? refused(
          'collate as an operator, which BigQuery does not have',
          "Write collate(x, 'und:ci'), or nothing: text is ordered by bytes.",
        )
      : undefined,
  ({ tokens, i, call }) =>
    isWord(tokens[i], 'at') && isWord(tokens[i + 1], 'time') && !['extract', 'cast', 'safe_cast'].includes(call)
      ? refused(
          'at time zone, which BigQuery does not have here',
          'Write datetime(ts, zone) or timestamp(datetime, zone).',
        )
      : undefined,
  ({ tokens, i }) =>
    isMark(tokens[i], '[') && endsOperand(tokens[i - 1]) && tokens[i + 1]?.type === 'number'
      ? refused('an array with a bare index', 'Write [safe_offset(0)] or [safe_ordinal(1)].')
      : undefined,
  ({ tokens, i }) => {
    const [before, now] = [tokens[i - 1], tokens[i]!];
    if (now.type !== 'string' || before?.end !== now.start) return undefined;
    if (before.type === 'string') return refused("a quote doubled within a string, as in 'it''s'", "Write 'it\\'s'.");
    return isWord(before, 'e')
      ? refused("a string with the prefix e, as in e'...'", "Write '...': backslashes escape.")
      : undefined;
  },
  ({ tokens, i, call }) => {
    const { type, text } = tokens[i]!;
    if (type !== 'word' || !RESERVED.has(text) || ['cast', 'safe_cast'].includes(call)) return undefined;
    const isAlias = isWord(tokens[i - 1], 'as') && !isMark(tokens[i + 1], '(') && text !== 'struct';
    const isCte =
      (isWord(tokens[i - 1], 'with') || isMark(tokens[i - 1], ',')) &&
      isWord(tokens[i + 1], 'as') &&
      isMark(tokens[i + 2], '(');
    return isAlias || isCte
      ? refused(
          `${text} as a name, which BigQuery reserves`,
          `Write \`${text}\` in backquotes, or choose another name.`,
        )
      : undefined;
  },
  ({ tokens, i }) => {
    const { type, written } = tokens[i]!;
    return type === 'word' && isWord(tokens[i - 1], 'as') && /\p{Lu}/u.test(written) && /\p{Ll}/u.test(written)
      ? differs(`the name ${written}: Postgres writes it in lower case, BigQuery as it stands`, 'Use lower snake case.')
      : undefined;
  },
  ({ tokens, i }) =>
    isWord(tokens[i], 'qualify')
      ? differs('qualify, which Postgres does not have', 'Filter in a query around it.')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'group') && isWord(tokens[i + 1], 'by') && isWord(tokens[i + 2], 'all')
      ? differs('group by all, which Postgres does not have', 'Name the columns.')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'any_value') && isMark(tokens[i + 1], '(')
      ? differs('any_value(): which value it gives, each engine chooses', 'Write min() or max().')
      : undefined,
  ({ tokens, i }) =>
    isWord(tokens[i], 'greatest', 'least') && isMark(tokens[i + 1], '(')
      ? differs(
          `${tokens[i]!.text}() is null on BigQuery as soon as one value is; DuckDB and Postgres leave nulls out`,
          'Write coalesce() around what may be null, or case.',
        )
      : undefined,
];

/** A date literal, `current_date`, or a column whose name says that it is a date; seen from its end or its start. */
function isDate(tokens: readonly Token[], at: number, from: 'start' | 'end'): boolean {
  if (from === 'end') {
    if (tokens[at]?.type === 'string') return isWord(tokens[at - 1], 'date');
    return isWord(tokens[at]) && isDateName(tokens[at]!.text);
  }
  if (isWord(tokens[at], 'date') && tokens[at + 1]?.type === 'string') return true;
  const last = isMark(tokens[at + 1], '.') ? at + 2 : at;
  return isWord(tokens[last]) && isDateName(tokens[last]!.text) && !isMark(tokens[last + 1], '(');
}

const isDateName = (name: string): boolean => /^current_date$|(^|_)date$|^date_day$/.test(name) && name !== 'date';
