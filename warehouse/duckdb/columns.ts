import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { ansiSpelling } from '../spelling.ts';
import type { Column, Value } from '../warehouse.ts';
import { bindingTypes, isNumeric, toValue } from './values.ts';

/**
 * Reads a whole result by column, chunk by chunk, so that no object a row is ever made. Numbers are converted to double inside the
 * engine, where it runs on all threads; what arrives is copied into one growing Float64Array a column.
 */
export async function readColumns(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly Value[],
): Promise<Column[]> {
  const prepared = await connection.prepare(sql);
  const header: { name: string; type: DuckDBType }[] = [];
  try {
    for (let i = 0; i < prepared.columnCount; i++)
      header.push({ name: prepared.columnName(i), type: prepared.columnType(i) });
  } finally {
    prepared.destroySync();
  }
  // The columns are renamed by position, because names of a result need not be unique.
  const names = header.map((_, i) => ansiSpelling.identifier(`c${i}`));
  const casts = header.map(({ type }, i) =>
    isNumeric(type) ? `coalesce(cast(${names[i]} as double), 'nan'::double)` : names[i],
  );
  const wrapped = `select ${casts.join(', ')} from (\n${sql}\n) as t(${names.join(', ')})`;
  const result = await connection.stream(wrapped, [...parameters], bindingTypes(parameters) as DuckDBType[]);

  const numbers = header.map(({ type }) => (isNumeric(type) ? new Float64Array(2048) : undefined));
  const texts = header.map((): (string | null)[] => []);
  let total = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const rows = chunk.rowCount;
    for (let i = 0; i < header.length; i++) {
      const vector = chunk.getColumnVector(i);
      let into = numbers[i];
      if (into) {
        if (total + rows > into.length) {
          const larger = new Float64Array(Math.max(total + rows, into.length * 2));
          larger.set(into);
          numbers[i] = into = larger;
        }
        for (let row = 0; row < rows; row++) into[total + row] = vector.getItem(row) as number;
      } else {
        const text = texts[i]!;
        for (let row = 0; row < rows; row++) {
          const value = toValue(vector.getItem(row));
          text.push(value === null ? null : String(value));
        }
      }
    }
    total += rows;
  }
  return header.map(({ name }, i): Column => {
    const values = numbers[i];
    return values
      ? { name, kind: 'number', values: values.slice(0, total) }
      : { name, kind: 'text', values: texts[i]! };
  });
}
