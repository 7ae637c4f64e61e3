import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlightSql } from '../../site/highlight.ts';
import { render } from '../../site/html.ts';

const marked = (sql: string) => render(highlightSql(sql));

test.each([
  ['select 1', '<span class="sql-keyword">select</span> <span class="sql-number">1</span>'],
  ["x = 'it''s -- no'", 'x = <span class="sql-string">&#39;it&#39;&#39;s -- no&#39;</span>'],
  ['a -- select', 'a <span class="sql-comment">-- select</span>'],
  ["/* 'a' */ b", '<span class="sql-comment">/* &#39;a&#39; */</span> b'],
  ['"select" `from`', '&quot;select&quot; `from`'],
  ['col1, 1.5e3, x_2', 'col1, <span class="sql-number">1.5e3</span>, x_2'],
  ["$$ select 'a' $$", '<span class="sql-string">$$ select &#39;a&#39; $$</span>'],
  ["'open", '<span class="sql-string">&#39;open</span>'],
])('%s', (sql, expected) => {
  expect(marked(sql)).toBe(expected);
});

test('no character of the text is lost or added', () => {
  const pieces = fc.constantFrom("'", '"', '`', '$$', '--', '/*', '*/', '\n', '<', '&', 'select', '1.5', 'x', ' ');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const sql = parts.join('');
      const text = marked(sql)
        .replace(/<\/?span[^>]*>/g, '')
        .replaceAll('&lt;', '<')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
      expect(text).toBe(sql);
    }),
  );
});
