/** The name of a relation. `database` is empty where the engine has one database only. */
export interface Target {
  readonly database?: string | undefined;
  readonly schema: string;
  readonly name: string;
}

/** `schema.name`: how people and records name an action. */
export const targetName = (target: Target): string => `${target.schema}.${target.name}`;
