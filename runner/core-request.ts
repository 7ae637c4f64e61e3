/** What the compiler is asked: Dataform's `CompileConfig`, as far as we use it. */
export interface CompileRequest {
  readonly projectDir: string;
  /** Relative to the project, with forward slashes. */
  readonly filePaths: readonly string[];
  readonly vars: { readonly [name: string]: string };
  readonly schemaSuffix?: string;
}

/**
 * Encodes a `CoreExecutionRequest` in base64. The message types are not exported by `@dataform/core`, and this request holds strings
 * only, so it is written here; field numbers are those of `core.proto`.
 */
export function encodeCompileRequest({ projectDir, filePaths, vars, schemaSuffix }: CompileRequest): string {
  const override = [
    ...(schemaSuffix ? [field(7, schemaSuffix)] : []),
    ...Object.entries(vars).map(([key, value]) => field(14, Buffer.concat([field(1, key), field(2, value)]))),
  ];
  const config = [field(1, projectDir), field(3, Buffer.concat(override)), ...filePaths.map((path) => field(8, path))];
  return field(1, field(1, Buffer.concat(config))).toString('base64');
}

/** A length-delimited field: tag, length, bytes. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
