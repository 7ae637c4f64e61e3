import type { Problem } from '../../core/errors.ts';
import type { Statements } from '../statements.ts';
import type { Target } from '../target.ts';
import type { Connection, Row } from '../warehouse.ts';

interface SchemaRights extends Row {
  schema: string;
  found: boolean;
  allowed: boolean;
}

interface Foreign extends Row {
  schema: string;
  name: string;
  kind: string;
  owner: string;
}

/** What the role may not do: use and fill the schemas, make those that are not there, make temporary tables, replace what is there. */
export async function missingRights(
  connection: Connection,
  { catalog, identifier }: Statements,
  writes: readonly Target[],
): Promise<Problem[]> {
  if (writes.length === 0) return [];
  const names = writes.map(catalog);
  const schemas = [...new Set(names.map(({ schema }) => schema))].sort();
  const [about] = await connection.rows<{ role: string; database: string; create: boolean; temporary: boolean }>(
    `select current_user as role, current_database() as database,
       has_database_privilege(current_database(), 'create') as create, has_database_privilege(current_database(), 'temporary') as temporary`,
  );
  const { role, database } = about!;
  const rights = await connection.rows<SchemaRights>(
    `select w.schema, n.oid is not null as found, coalesce(has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create'), false) as allowed
     from unnest(array[${placeholders(schemas)}]) as w(schema) left join pg_namespace as n on n.nspname = w.schema order by w.schema`,
    schemas,
  );
  const foreign = await connection.rows<Foreign>(
    `select n.nspname as schema, c.relname as name, c.relkind::text as kind, pg_get_userbyid(c.relowner) as owner
     from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where n.nspname in (${placeholders(schemas)}) and c.relkind in ('r', 'p', 'f', 'v', 'm') and not pg_has_role(c.relowner, 'usage')
     order by n.nspname, c.relname`,
    schemas,
  );
  const written = new Set(names.map(({ schema, name }) => `${schema}.${name}`));
  const problem = (message: string, statement: string): Problem => ({
    code: 'RIGHTS_MISSING',
    message,
    hint: `Its owner or an administrator can run: ${statement};`,
  });
  const to = identifier(role);
  return [
    ...(about!.temporary
      ? []
      : [
          problem(
            `${role} may not make temporary tables in the database ${database}.`,
            `grant temporary on database ${identifier(database)} to ${to}`,
          ),
        ]),
    ...rights
      .filter(({ found, allowed }) => (found ? !allowed : !about!.create))
      .map(({ schema, found }) =>
        found
          ? problem(
              `${role} may not make tables in the schema ${schema}.`,
              `grant usage, create on schema ${identifier(schema)} to ${to}`,
            )
          : problem(
              `The schema ${schema} does not exist, and ${role} may not make schemas in the database ${database}.`,
              `create schema ${identifier(schema)} authorization ${to}`,
            ),
      ),
    ...foreign
      .filter(({ schema, name }) => written.has(`${schema}.${name}`))
      .map(({ schema, name, kind, owner }) =>
        problem(
          `${schema}.${name} belongs to ${owner}, so ${role} may not replace it.`,
          `alter ${KINDS[kind]} ${identifier(schema)}.${identifier(name)} owner to ${to}`,
        ),
      ),
  ];
}

const KINDS: { readonly [relkind: string]: string } = {
  r: 'table',
  p: 'table',
  f: 'foreign table',
  v: 'view',
  m: 'materialized view',
};

const placeholders = (values: readonly string[]): string => values.map((_, i) => `$${i + 1}`).join(', ');
