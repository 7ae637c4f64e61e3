const rate = (value) => sql.cast(String(value), 'number');

// What is converted depends on the sources that there are; each asks for a day before the first rate.
const made = test('a day before the first rate of a currency has none')
  .dataset({ schema: 'analytics', name: 'dim_fx_rate' })
  .input('silver_fx_rates', `select 'EUR' as currency, ${rate(1.1)} as usd_per_unit, date '2026-01-02' as rate_date`);
for (const [source, time] of currencies.converted()) {
  made.input(
    `silver_${source}`,
    `select 'EUR' as currency, ${sql.toTimestamp("date '2026-01-01'")} as ${time}
    union all select 'GBP', ${sql.toTimestamp("date '2026-01-02'")}`,
  );
}
made.expect(
  `select 'EUR' as currency, ${rate(1.1)} as usd_per_unit, false as is_filled, date '2026-01-02' as rate_date, date '2026-01-02' as date_day`,
);
