const ratings = (rows) =>
  rows.map(([text, count, mean, isNew], i) => `select '${text}' as ${i === 0 ? 'article' : 'other'}, ${count} as n, ${mean} as stars, ${isNew} as is_new`);
const rows = [['cup', 1, 3.5, true], ['jug', 2, 4.5, false], ['tea?', 3, 2.5, true]];
const of = (list) => ratings(list).join(' union all\n');
const about = (name, given, expected, dataset = 'ratings_kept') =>
  test(name).dataset(dataset).input('ratings', given).expect(expected);

about('agrees', `select *, date '2026-07-23' as day from (${of(rows)})`, `select *, date '2026-07-23' as day from (${of(rows)})`);
about('has a row too few', of(rows.slice(0, 2)), of(rows));
about('has a column too many', of(rows), `select article, n, stars from (${of(rows)})`);
about('has another column', of(rows).replaceAll('is_new', 'is_old'), of(rows));
about('has other values', of([['cup', 5, 3.5, true], ['jug', 2, 12, false], ['WRONG', 3, 2.5, true]]), of(rows));
about('agrees through a view', of(rows.slice(0, 1)), of(rows.slice(0, 1)), 'ratings_shown');
