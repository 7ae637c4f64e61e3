import type { Target } from '../../warehouse/target.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { HttpError } from './rest-error.ts';
import { engineType } from './types.ts';

/** A column of a table that a client wants. */
export interface NewField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

/** The REST interface has an older name for some types. */
const NAMES: { readonly [type: string]: string } = { integer: 'int64', float: 'float64', boolean: 'bool' };

/**
 * The statement that makes an empty table.
 *
 * @throws {HttpError} 400 for no columns, and for lists and records.
 */
export function creation(
  target: Target,
  fields: readonly NewField[],
  { engine, statements }: Pick<Warehouse, 'engine' | 'statements'>,
): string {
  if (fields.length === 0) throw new HttpError(400, 'invalid', `The table ${target.name} needs a schema.`);
  const columns = fields.map(({ name, type, mode }) => {
    const google = NAMES[type.toLowerCase()] ?? type.toLowerCase();
    const known = engineType(google, engine) ?? (google === 'date' || google === 'time' ? google : undefined);
    if (known === undefined || mode?.toUpperCase() === 'REPEATED')
      throw new HttpError(400, 'invalid', `The gateway makes no column ${name} of the type ${mode ?? ''} ${type}.`);
    return `${statements.identifier(name)} ${known}${mode?.toUpperCase() === 'REQUIRED' ? ' not null' : ''}`;
  });
  return `create table ${statements.relation(target)} (${columns.join(', ')})`;
}
