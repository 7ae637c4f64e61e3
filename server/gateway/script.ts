import { closing, next } from './shapes.ts';
import { type Token, textOf, trimmed, wordOf } from './tokens.ts';

/** A piece of a script. What is no word of the scripting language is SQL. */
export type Step =
  | { readonly kind: 'sql'; readonly tokens: readonly Token[] }
  | {
      readonly kind: 'declare';
      readonly names: readonly string[];
      readonly type: string;
      readonly value?: readonly Token[];
    }
  | { readonly kind: 'set'; readonly name: string; readonly value: readonly Token[]; readonly tokens: readonly Token[] }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Step[] }
  | { readonly kind: 'block'; readonly steps: readonly Step[]; readonly handler?: readonly Step[] }
  | { readonly kind: 'raise'; readonly message?: readonly Token[] }
  | { readonly kind: 'immediate'; readonly text: readonly Token[] }
  | { readonly kind: 'procedure'; readonly parts: readonly string[]; readonly body: readonly Token[] }
  | { readonly kind: 'call'; readonly parts: readonly string[] };

interface Branch {
  readonly condition: readonly Token[];
  readonly steps: readonly Step[];
}

const LOOPS = new Set(['while', 'loop', 'repeat', 'for', 'break', 'leave', 'continue', 'iterate']);
/** Procedures of these names are Dataform's own, made and called by one job when the columns of an incremental table may change. */
const OWN_PROCEDURE = /^df_osc_\w+$/;

/**
 * Reads a script; a text of one statement is a script of one step. What cannot be read as scripting is SQL, for the engine to judge.
 *
 * @throws Error for a loop, before anything of the script has run.
 */
export function readScript(tokens: readonly Token[]): Step[] {
  return new Reader(tokens).steps([]);
}

/** Where the reader stands in the tokens. */
class Reader {
  private at = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** Steps up to one of these words, which is left to the caller, or to the end. */
  steps(until: readonly string[]): Step[] {
    const steps: Step[] = [];
    for (;;) {
      while (this.tokens[this.at]?.kind === 'blank' || this.tokens[this.at]?.text === ';') this.at++;
      if (this.at >= this.tokens.length || until.includes(this.word() ?? '')) return steps;
      steps.push(this.step());
    }
  }

  private word(): string | undefined {
    return wordOf(this.tokens[this.at]);
  }

  private step(): Step {
    const second = this.tokens[next(this.tokens, this.at)];
    const word = this.word();
    if (word === 'begin' && wordOf(second) !== 'transaction' && second !== undefined && second.text !== ';')
      return this.block();
    if (word === 'if' && second !== undefined) return this.condition();
    const start = this.at;
    const rest = trimmed(this.statement());
    switch (word) {
      case 'declare':
        return declaration(rest);
      case 'set': {
        const sign = rest.findIndex(({ text }) => text === '=');
        const [name] = trimmed(rest.slice(1, Math.max(sign, 1)));
        if (sign < 0 || wordOf(name) === undefined) return { kind: 'sql', tokens: rest };
        return { kind: 'set', name: wordOf(name)!, value: trimmed(rest.slice(sign + 1)), tokens: rest };
      }
      case 'raise': {
        const sign = rest.findIndex(({ text }) => text === '=');
        return { kind: 'raise', ...(sign < 0 ? {} : { message: trimmed(rest.slice(sign + 1)) }) };
      }
      case 'execute':
        if (wordOf(second) !== 'immediate') return { kind: 'sql', tokens: rest };
        return { kind: 'immediate', text: trimmed(rest.slice(next(rest, 0) + 1)) };
      case 'call':
        return isOwn(second) ? { kind: 'call', parts: second!.parts! } : { kind: 'sql', tokens: rest };
      case 'create': {
        const name = rest.find(({ kind }) => kind === 'path');
        const isProcedure = rest.slice(0, 8).some((token) => wordOf(token) === 'procedure');
        if (!isProcedure || !isOwn(name)) return { kind: 'sql', tokens: rest };
        return this.procedure(start, name!.parts!);
      }
      default:
        if (word !== undefined && LOOPS.has(word)) throw unsupported(word.toUpperCase());
        return { kind: 'sql', tokens: rest };
    }
  }

  /** Up to the semicolon, which is passed. */
  private statement(): readonly Token[] {
    const start = this.at;
    while (this.at < this.tokens.length && this.tokens[this.at]!.text !== ';') {
      this.at = this.tokens[this.at]!.text === '(' ? closing(this.tokens, this.at) + 1 : this.at + 1;
    }
    return this.tokens.slice(start, this.at++);
  }

  private block(): Step {
    this.at++;
    const steps = this.steps(['end', 'exception']);
    if (this.word() !== 'exception') {
      this.statement();
      return { kind: 'block', steps };
    }
    while (this.at < this.tokens.length && this.word() !== 'then') this.at++;
    this.at++;
    const handler = this.steps(['end']);
    this.statement();
    return { kind: 'block', steps, handler };
  }

  private condition(): Step {
    const branches: Branch[] = [];
    while (this.word() === 'if' || this.word() === 'elseif') {
      this.at++;
      const condition = this.upToThen();
      branches.push({ condition, steps: this.steps(['elseif', 'else', 'end']) });
    }
    let otherwise: Step[] = [];
    if (this.word() === 'else') {
      this.at++;
      otherwise = this.steps(['end']);
    }
    this.statement();
    return { kind: 'if', branches, otherwise };
  }

  /** A condition may hold `case when ... then ... end`. */
  private upToThen(): readonly Token[] {
    const start = this.at;
    let cases = 0;
    for (; this.at < this.tokens.length; this.at++) {
      const word = this.word();
      if (word === 'case') cases++;
      if (word === 'end') cases--;
      if (word === 'then' && cases === 0) break;
    }
    return trimmed(this.tokens.slice(start, this.at++));
  }

  /** From `begin` to the end that stands after it; Dataform's own procedure ends its blocks with `end if`. */
  private procedure(start: number, parts: readonly string[]): Step {
    this.at = start;
    while (this.at < this.tokens.length && this.word() !== 'begin') this.at++;
    const body = ++this.at;
    let depth = 1;
    for (; this.at < this.tokens.length; this.at++) {
      const word = this.word();
      const after = wordOf(this.tokens[next(this.tokens, this.at)]);
      if (word === 'begin' || word === 'case') depth++;
      if (word === 'end' && after !== 'if' && --depth === 0) break;
    }
    const tokens = this.tokens.slice(body, this.at);
    this.statement();
    return { kind: 'procedure', parts, body: tokens };
  }
}

const isOwn = (token: Token | undefined): boolean =>
  token?.kind === 'path' && OWN_PROCEDURE.test(token.parts!.at(-1) ?? '');

/** `declare a, b int64 default 1`. */
function declaration(tokens: readonly Token[]): Step {
  const said = tokens.slice(1);
  const names: string[] = [];
  let at = next(said, -1);
  for (;;) {
    names.push(wordOf(said[at]) ?? '');
    at = next(said, at);
    if (said[at]?.text !== ',') break;
    at = next(said, at);
  }
  const value = said.findIndex((token, i) => i >= at && wordOf(token) === 'default');
  const type = textOf(trimmed(said.slice(at, value < 0 ? said.length : value)));
  return { kind: 'declare', names, type, ...(value < 0 ? {} : { value: trimmed(said.slice(value + 1)) }) };
}

/** What the gateway cannot run of a script. */
const unsupported = (what: string): Error =>
  new Error(`The gateway runs no ${what} of a script; IF, BEGIN, DECLARE, SET and EXECUTE IMMEDIATE it does.`);
