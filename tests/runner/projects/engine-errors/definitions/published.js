publish('published', { type: 'table' }).query(
  (ctx) => `
    select
      user_id,
      evnt_type
    from ${ctx.ref('raw', 'events')}
  `,
);
