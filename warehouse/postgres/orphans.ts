/**
 * Removes our temporary tables and function from the temporary schemas of sessions that are no more. A session removes them itself when it
 * ends, but not when the server crashes; the server then does so when it needs the same schema again, which may be never.
 */
export const SWEEP_ORPHANS = `
do $do$
declare
  orphan record;
begin
  for orphan in
    with schemas as (
      select oid, cast(substr(nspname, 9) as integer) as session from pg_namespace where nspname ~ '^pg_temp_[0-9]+$'
    )
    select 'table' as kind, c.oid::regclass::text as name, s.session from pg_class as c join schemas as s on s.oid = c.relnamespace
    where c.relkind = 'r' and starts_with(c.relname, 'tidemark_') and pg_has_role(c.relowner, 'usage')
    union all
    select 'function', p.oid::regprocedure::text, s.session from pg_proc as p join schemas as s on s.oid = p.pronamespace
    where starts_with(p.proname, 'tidemark_') and pg_has_role(p.proowner, 'usage')
  loop
    -- Asked anew each time: a new session can have got the schema.
    perform pg_stat_clear_snapshot();
    continue when orphan.session in (select pg_stat_get_backend_idset());
    begin
      execute format('drop %s if exists %s', orphan.kind, orphan.name);
    exception when others then null; -- The server or another run was faster.
    end;
  end loop;
end $do$`;
