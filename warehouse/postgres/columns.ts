import { type Client, Query, type QueryResult } from 'pg';
import type { Column, Value } from '../warehouse.ts';
import { TEXT } from './query.ts';
import { bound, isNumeric, toNumber, toValue } from './values.ts';

/** Reads a whole result by column while it arrives, so that no object a row is ever made. */
export function readColumns(client: Client, sql: string, parameters: readonly Value[]): Promise<Column[]> {
  return new Promise((resolve, reject) => {
    let header: { name: string; type: number }[] | undefined;
    let numbers: (Float64Array | undefined)[] = [];
    let texts: (string | null)[][] = [];
    let total = 0;
    const begin = ({ fields }: QueryResult) => {
      header = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
      numbers = header.map(({ type }) => (isNumeric(type) ? new Float64Array(2048) : undefined));
      texts = header.map(() => []);
      return header;
    };
    const query = new Query<(string | null)[]>({
      text: sql,
      rowMode: 'array',
      types: TEXT,
      ...(parameters.length > 0 ? { values: bound(parameters) } : {}),
    } as unknown as string);
    query.on('row', (row: (string | null)[], result) => {
      const columns = header ?? begin(result as unknown as QueryResult);
      for (let i = 0; i < columns.length; i++) {
        const text = row[i]!;
        const { type } = columns[i]!;
        let into = numbers[i];
        if (!into) {
          const value = text === null ? null : toValue(text, type);
          texts[i]!.push(value === null ? null : String(value));
          continue;
        }
        if (total === into.length) {
          const larger = new Float64Array(total * 2);
          larger.set(into);
          numbers[i] = into = larger;
        }
        into[total] = text === null ? Number.NaN : toNumber(text, type);
      }
      total++;
    });
    query.on('error', reject);
    query.on('end', (result) => {
      const columns = header ?? begin(result as unknown as QueryResult);
      resolve(
        columns.map(({ name }, i): Column => {
          const values = numbers[i];
          return values
            ? { name, kind: 'number', values: values.slice(0, total) }
            : { name, kind: 'text', values: texts[i]! };
        }),
      );
    });
    client.query(query);
  });
}
