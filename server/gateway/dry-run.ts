import { replacementOf } from './replace.ts';
import type { ScriptContext } from './run-script.ts';
import { readSchemaChange, type SchemaChange, schemaChanges } from './schema-change.ts';
import { readScript, type Step } from './script.ts';
import { makeSpeller, type Speller } from './speller.ts';
import { readStatement, type Statement } from './statement.ts';
import { type Token, tokenize } from './tokens.ts';
import { declaration, reference, variableTable } from './variables.ts';

/** What an engine explains without doing it. */
const EXPLAINED = new Set(['insert', 'update', 'delete', 'merge']);
/** What an engine undoes with the transaction, and of what kind of thing. */
const UNDONE =
  /^\s*(create|drop|alter|truncate|comment)\b(?!\s+(or\s+replace\s+)?(persistent\s+)?(database|secret|tablespace|role|user|system|subscription|extension)\b)/i;

/**
 * Lets the engine check a script, and changes nothing. A single statement is explained. Of several each may need what those before it make,
 * so these are made, without rows, in a transaction that is always undone. What is neither explained nor undone is not sent.
 *
 * @throws what the engine says of the first statement that it refuses.
 */
export async function dryRun(sql: string, context: ScriptContext): Promise<void> {
  const steps = readScript(tokenize(sql, context.dialect));
  const rehearsal = new Rehearsal(sql, context);
  try {
    if (!(await rehearsal.alone(steps))) await undone(context, () => rehearsal.steps(steps));
  } catch (error) {
    throw rehearsal.speller.located(error);
  }
}

const UNDO = Symbol('undo');

async function undone({ connection }: ScriptContext, work: () => Promise<void>): Promise<void> {
  try {
    await connection.transaction(async () => {
      await work();
      throw UNDO;
    });
  } catch (error) {
    if (error !== UNDO) throw error;
  }
}

/** Goes through a script; both ways of a condition are gone, because nobody computes it. */
class Rehearsal {
  private readonly variables = new Map<string, string>();
  private readonly procedures = new Map<string, SchemaChange>();
  private readonly context: ScriptContext;

  readonly speller: Speller;

  constructor(script: string, context: ScriptContext) {
    this.context = context;
    this.speller = makeSpeller(script, context, this.variables);
  }

  /** Checks a single statement; false where there are several, or where the engine cannot tell without doing it. */
  async alone(steps: readonly Step[]): Promise<boolean> {
    const [only] = steps;
    if (steps.length !== 1 || only?.kind !== 'sql') return false;
    const statement = readStatement(only.tokens);
    if (statement.kind === 'replace' || statement.kind === 'temporary') await this.describe(statement.query);
    else if (statement.kind === 'query' || (statement.kind === 'other' && EXPLAINED.has(statement.verb)))
      await this.statement(statement);
    else return false;
    return true;
  }

  async steps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.step(step);
  }

  private async step(step: Step): Promise<void> {
    const { statements, engine } = this.context.warehouse;
    switch (step.kind) {
      case 'sql':
        return this.statement(readStatement(step.tokens));
      case 'declare':
        for (const name of step.names) {
          const query = declaration(step.type, step.value && this.spell(step.value), engine);
          await this.send(statements.createTemporary(variableTable(name), `${query} limit 0`));
          this.variables.set(name, reference(name, this.context.warehouse));
        }
        return;
      case 'set':
        if (this.variables.has(step.name)) await this.describe(step.value, true);
        return;
      case 'if':
        for (const { condition, steps } of step.branches) {
          await this.describe(condition, true);
          await this.steps(steps);
        }
        return this.steps(step.otherwise);
      case 'block':
        // What stands in the handler may undo what was never done.
        return this.steps(step.steps);
      case 'procedure': {
        const change = readSchemaChange(step.body);
        if (change) this.procedures.set(step.parts.at(-1)!, change);
        return;
      }
      case 'call': {
        const change = this.procedures.get(step.parts.at(-1)!);
        if (change) await this.send(await schemaChanges(change, this.context, this.spell(change.query)));
        return;
      }
      case 'raise':
      case 'immediate':
        return;
    }
  }

  private async statement(statement: Statement): Promise<void> {
    const { warehouse } = this.context;
    switch (statement.kind) {
      case 'replace': {
        await this.describe(statement.query);
        return this.send(await replacementOf(statement, empty(this.spell(statement.query)), this.context));
      }
      case 'temporary':
        await this.describe(statement.query);
        return this.send(warehouse.statements.createTemporary(statement.name, empty(this.spell(statement.query))));
      case 'schema':
        return this.send([warehouse.statements.createSchema(statement.schema)]);
      case 'query':
        return this.describe(statement.tokens);
      case 'drop':
        return this.send([this.spell(statement.tokens)]);
      case 'drop schema':
        return;
      case 'other': {
        const sql = this.spell(statement.tokens);
        if (EXPLAINED.has(statement.verb)) return this.send([warehouse.statements.explain(sql)]);
        if (UNDONE.test(sql)) return this.send([sql]);
      }
    }
  }

  /** Lets the engine read a query, or an expression. */
  private async describe(tokens: readonly Token[], isExpression = false): Promise<void> {
    const sql = this.spell(tokens);
    await this.context.connection.describe(isExpression ? `select (${sql}) as value` : sql);
  }

  /** Statement by statement: the transaction is open already. */
  private async send(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.context.connection.execute(sql);
  }

  private spell(tokens: readonly Token[]): string {
    return this.speller.spell(tokens);
  }
}

const empty = (query: string): string => `select * from (\n${query}\n) as rehearsed limit 0`;
