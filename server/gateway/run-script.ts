import { ONCE, persist, REPEATABLE } from '../../runner/persist.ts';
import type { Connection, Warehouse } from '../../warehouse/warehouse.ts';
import { replacementOf } from './replace.ts';
import type { Respelling } from './respell.ts';
import { type ResultSet, readResult } from './results.ts';
import { readSchemaChange, type SchemaChange, schemaChanges } from './schema-change.ts';
import { readScript, type Step } from './script.ts';
import { makeSpeller, type Speller } from './speller.ts';
import { readStatement, type Statement } from './statement.ts';
import { type Dialect, type Token, textOf, tokenize } from './tokens.ts';
import { declaration, reference, variableTable } from './variables.ts';

export interface ScriptContext {
  readonly warehouse: Warehouse;
  /** For this script alone while it runs. */
  readonly connection: Connection;
  readonly spelling: Respelling['spelling'];
  readonly dialect: Dialect;
  /** What stands for `@name` in SQL of the engine. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

export interface ScriptOutcome {
  /** Of the last query. */
  readonly result: ResultSet | undefined;
  /** Rows that all statements changed. */
  readonly changed: number;
  /** As BigQuery names it: `SELECT`, `CREATE_TABLE`, ..., or `SCRIPT` of several. */
  readonly type: string;
}

/** How often a statement is sent again after it lost against another transaction. */
const RETRY_LIMIT = 5;

/**
 * Runs a script, statement by statement; each is committed when it has ended, as BigQuery does. Temporary tables go when the script ends.
 *
 * @throws what the engine throws, with its text; Error for what the gateway cannot do.
 */
export async function runScript(sql: string, context: ScriptContext): Promise<ScriptOutcome> {
  const run = new ScriptRun(sql, context);
  const steps = readScript(tokenize(sql, context.dialect));
  try {
    await run.steps(withoutReplacedDrops(steps));
    return { result: run.result, changed: run.changed, type: typeOf(steps) };
  } catch (error) {
    throw run.located(error);
  } finally {
    await run.end();
  }
}

/** A table that becomes a view is dropped by a statement of its own; here the replacement itself does it, so that nobody finds nothing. */
function withoutReplacedDrops(steps: readonly Step[]): Step[] {
  const made = steps.map((step) => (step.kind === 'sql' ? readStatement(step.tokens) : undefined));
  return steps.filter((_, i) => {
    const drop = made[i];
    if (drop?.kind !== 'drop') return true;
    return !made.some(
      (later, j) =>
        j > i &&
        later?.kind === 'replace' &&
        later.type !== drop.type &&
        later.target.schema === drop.target.schema &&
        later.target.name === drop.target.name,
    );
  });
}

/** What a script has made so far. */
class ScriptRun {
  result: ResultSet | undefined;
  changed = 0;
  private readonly variables = new Map<string, string>();
  private readonly procedures = new Map<string, SchemaChange>();
  private readonly temporary = new Set<string>();
  private inTransaction = false;
  private readonly context: ScriptContext;

  private readonly speller: Speller;

  constructor(script: string, context: ScriptContext) {
    this.context = context;
    this.speller = makeSpeller(script, context, this.variables);
  }

  async steps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.context.signal.throwIfAborted();
      await this.step(step);
    }
  }

  /** Leaves the connection as it was, for the next script. */
  async end(): Promise<void> {
    const { connection, warehouse } = this.context;
    try {
      if (this.inTransaction) await connection.execute('rollback');
      for (const name of this.temporary) await connection.execute(warehouse.statements.dropTemporary(name));
    } catch {
      // The connection is lost or was interrupted; what was temporary is gone with its session, or is replaced by the next of its name.
    }
  }

  private async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'sql':
        return this.statement(readStatement(step.tokens));
      case 'declare':
        for (const name of step.names) await this.declare(name, step.type, step.value);
        return;
      case 'set':
        // What was never declared is a setting of the engine.
        if (!this.variables.has(step.name)) return this.statement(readStatement(step.tokens));
        return this.assign(step.name, this.spell(step.value));
      case 'if':
        for (const { condition, steps } of step.branches) {
          if (await this.isTrue(condition)) return this.steps(steps);
        }
        return this.steps(step.otherwise);
      case 'block':
        return this.block(step);
      case 'raise':
        throw new Error(step.message ? await this.text(step.message) : 'raised by the script');
      case 'immediate':
        return this.steps(readScript(tokenize(await this.text(step.text), this.context.dialect)));
      case 'procedure': {
        const change = readSchemaChange(step.body);
        if (!change)
          throw new Error('The gateway cannot read this procedure; it knows those of the Dataform CLI 3.0.69.');
        this.procedures.set(step.parts.at(-1)!, change);
        return;
      }
      case 'call': {
        const change = this.procedures.get(step.parts.at(-1)!);
        if (!change) throw new Error(`Procedure is not found: ${step.parts.join('.')}`);
        const changes = await schemaChanges(change, this.context, this.spell(change.query));
        return changes.length > 0 ? this.send(changes, false) : undefined;
      }
    }
  }

  private async block({ steps, handler }: Extract<Step, { kind: 'block' }>): Promise<void> {
    if (!handler) return this.steps(steps);
    try {
      await this.steps(steps);
    } catch (error) {
      if (this.context.signal.aborted) throw error;
      const [last] = handler.slice(-1);
      const raises = last?.kind === 'raise' && !last.message;
      await this.steps(raises ? handler.slice(0, -1) : handler);
      if (raises) throw error;
    }
  }

  private async statement(statement: Statement): Promise<void> {
    const { warehouse, connection } = this.context;
    const { statements } = warehouse;
    switch (statement.kind) {
      case 'replace':
        return this.send(await replacementOf(statement, this.spell(statement.query), this.context), true);
      case 'temporary':
        this.temporary.add(statement.name);
        return this.send(statements.createTemporary(statement.name, this.spell(statement.query)), true);
      case 'schema':
        return this.send([statements.createSchema(statement.schema)], true);
      case 'drop schema': {
        const { schema } = statements.catalog({ schema: statement.schema, name: '' });
        return this.send([`drop schema if exists ${statements.identifier(schema)} ${textOf(statement.rest)}`], true);
      }
      case 'query':
        this.result = await persist(
          {
            safety: REPEATABLE,
            attempt: () => readResult(connection, this.spell(statement.tokens), statements.identifier),
          },
          this.persistence(),
        );
        return;
      case 'drop':
        return this.send([this.spell(statement.tokens)], true);
      case 'other':
        if (/^drop procedure\b/i.test(textOf(statement.tokens)) && this.procedures.size > 0) return;
        if (statement.verb === 'begin' || statement.verb === 'start') this.inTransaction = true;
        await this.send([this.spell(statement.tokens)], false);
        if (/^(commit|rollback|end)$/.test(statement.verb)) this.inTransaction = false;
        return;
    }
  }

  /** In one transaction, if they are several. */
  private async send(statements: readonly string[], repeatable: boolean): Promise<void> {
    const { connection } = this.context;
    const attempt = async () => {
      if (statements.length === 1) return connection.execute(statements[0]!);
      if (!this.inTransaction) return (await connection.executeAll(statements)).reduce((sum, n) => sum + n, 0);
      let rows = 0;
      for (const sql of statements) rows += await connection.execute(sql);
      return rows;
    };
    this.changed += await persist(
      { safety: repeatable && !this.inTransaction ? REPEATABLE : ONCE, attempt },
      this.persistence(),
    );
  }

  private persistence() {
    const { warehouse, connection, signal } = this.context;
    return { warehouse, connection, signal, retryLimit: RETRY_LIMIT };
  }

  private async declare(name: string, type: string, value: readonly Token[] | undefined): Promise<void> {
    const { warehouse } = this.context;
    const query = declaration(type, value && this.spell(value), warehouse.engine);
    this.temporary.add(variableTable(name));
    await this.send(warehouse.statements.createTemporary(variableTable(name), query), true);
    this.variables.set(name, reference(name, warehouse));
  }

  private assign(name: string, value: string): Promise<void> {
    const table = this.context.warehouse.statements.temporary(variableTable(name));
    return this.send([`update ${table} set value = (${value})`], true);
  }

  private async isTrue(condition: readonly Token[]): Promise<boolean> {
    const rows = await this.context.connection.rows(`select (${this.spell(condition)}) as value`);
    return rows[0]?.value === true;
  }

  private async text(expression: readonly Token[]): Promise<string> {
    const rows = await this.context.connection.rows(`select ${this.spell(expression)} as value`);
    return String(rows[0]?.value ?? '');
  }

  private spell(tokens: readonly Token[]): string {
    return this.speller.spell(tokens);
  }

  /** What the engine says of a piece of this script, with its place. */
  located(error: unknown): unknown {
    return this.context.signal.aborted ? error : this.speller.located(error);
  }
}

/** What BigQuery calls a job of these steps. */
export function typeOf(steps: readonly Step[]): string {
  const [first] = steps;
  if (steps.length !== 1 || first?.kind !== 'sql') return 'SCRIPT';
  const statement = readStatement(first.tokens);
  if (statement.kind === 'query') return 'SELECT';
  if (statement.kind === 'replace') return statement.type === 'table' ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_VIEW';
  return textOf(first.tokens.slice(0, 1)).toUpperCase();
}
