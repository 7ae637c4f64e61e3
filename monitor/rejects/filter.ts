/** Which rejected records are meant; what is not named is not narrowed. */
export interface RejectFilter {
  /** `column:code`, or either of the two. */
  readonly reason?: string | undefined;
  /** A file of a source; `*` stands for any text. */
  readonly file?: string | undefined;
  /** A batch id or the beginning of one: that batch and later ones. */
  readonly since?: string | undefined;
  /** Exactly this batch. */
  readonly batch?: string | undefined;
}

/** A condition over the columns of `silver.stg_<source>`, with its parameters from $1 on. */
export interface Condition {
  readonly where: string;
  readonly parameters: readonly string[];
}

/** The rejected records that the filter names. */
export function rejectedWhere({ reason, file, since, batch }: RejectFilter): Condition {
  const parameters: string[] = [];
  const bind = (value: string) => `cast($${parameters.push(value)} as text)`;
  const conditions = ["verdict = 'rejected'"];
  if (reason !== undefined) {
    const texts = reason.includes(':') ? [`;${reason};`] : [`;${reason}:`, `:${reason};`];
    conditions.push(`(${texts.map((text) => `strpos(';' || reasons, ${bind(text)}) > 0`).join(' or ')})`);
  }
  if (file !== undefined) conditions.push(fileIs(file, bind));
  if (since !== undefined) conditions.push(`batch_id >= ${bind(since)}`);
  if (batch !== undefined) conditions.push(`batch_id = ${bind(batch)}`);
  return { where: conditions.join(' and '), parameters };
}

/** All records among which they are: without the reason. */
export function recordsWhere(filter: RejectFilter): Condition {
  const { where, parameters } = rejectedWhere({ ...filter, reason: undefined });
  return { where: where.replace("verdict = 'rejected'", 'true'), parameters };
}

function fileIs(file: string, bind: (value: string) => string): string {
  if (!file.includes('*')) return `source_file = ${bind(file)}`;
  const pattern = file.replace(/[!%_]/g, '!$&').replaceAll('*', '%');
  return `source_file like ${bind(pattern)} escape '!'`;
}
