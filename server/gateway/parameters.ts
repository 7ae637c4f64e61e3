import type { Warehouse } from '../../warehouse/warehouse.ts';
import { HttpError } from './rest-error.ts';
import { engineType } from './types.ts';

/** A value that a client binds to a name in its SQL, as the REST interface gives it. */
export interface QueryParameter {
  readonly name?: string;
  readonly parameterType?: { readonly type?: string };
  readonly parameterValue?: { readonly value?: unknown };
}

/**
 * What stands in SQL of the engine for each parameter, by its name in lower case: a literal of its type. A script has many statements and the
 * engines bind values to one.
 *
 * @throws {HttpError} 400 for parameters without names, and for lists and records.
 */
export function spelledParameters(
  parameters: readonly QueryParameter[],
  { engine, statements }: Pick<Warehouse, 'engine' | 'statements'>,
): ReadonlyMap<string, string> {
  return new Map(
    parameters.map(({ name, parameterType, parameterValue }) => {
      const type =
        engineType(parameterType?.type ?? '', engine) ?? (/^date$/i.test(parameterType?.type ?? '') && 'date');
      if (!name || !type)
        throw new HttpError(
          400,
          'invalid',
          'The gateway takes query parameters that have a name and are no lists or records.',
        );
      const value = parameterValue?.value ?? null;
      return [name.toLowerCase(), `cast(${value === null ? 'null' : statements.literal(String(value))} as ${type})`];
    }),
  );
}
