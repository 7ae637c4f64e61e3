import { Dialect, parse } from '@polyglot-sql/sdk';
import { expect } from 'vitest';
import { lintGoogleSql } from '../../warehouse/bigquery/lint.ts';
import type { BigqueryService } from '../../warehouse/bigquery/service.ts';

/** The same service, which notes down the SQL that it is asked. */
export function listening(service: BigqueryService, asked: Set<string>): BigqueryService {
  return {
    ...service,
    rows(sql, parameters) {
      asked.add(sql);
      return service.rows(sql, parameters);
    },
    columns(sql, parameters) {
      asked.add(sql);
      return service.columns(sql, parameters);
    },
  };
}

/** The gateway's engines know more than BigQuery does: what was asked of them has to be GoogleSQL to our lint and to a parser, too. */
export function expectGoogleSql(asked: Iterable<string>): void {
  const statements = [...asked].flatMap((sql) => sql.replace(/\$(\d+)/g, '@p$1').split(';\n'));
  expect(statements.length).toBeGreaterThan(4);
  const wrong = statements.flatMap((sql) => {
    const { success, error } = parse(sql, Dialect.BigQuery);
    return [...lintGoogleSql(sql).map(({ message }) => message), ...(success ? [] : [error])].map((message) => ({
      sql,
      message,
    }));
  });
  expect(wrong).toEqual([]);
}
