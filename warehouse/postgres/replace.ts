/**
 * Puts a new table or view in the place of what stands under a name, whatever that is. Made once a session, in its temporary schema, so
 * that it needs no right to create functions and leaves no trace; it works inside the transaction of its caller.
 *
 * Views that read the old relation are pointed to the new one with `create or replace view`, which keeps their identity, their grants,
 * their comments and what in turn depends on them. Truncating and filling the old table again would keep them too, but other transactions
 * would see it empty (truncate is not MVCC-safe), it could not follow a change of columns, and it would hold its lock for as long as the
 * query takes. Dropping with cascade, as the adapter of Dataform 2 did, loses them.
 *
 * A view that does not suit the new columns is dropped when the run makes it anew (`remade`); otherwise nothing is changed and the error
 * names it. Grants are carried over. Anything else that hangs on the old relation, such as a foreign key, is refused by the engine.
 *
 * One replacement at a time: two that share a dependent view would wait for each other. What takes long, the query, is over by then. A
 * reader of a view locks the view before the table, a replacement the other way round, so that both can wait for each other; the
 * replacement gives way long before the engine would call it a deadlock and end the reader. It never makes others queue for longer either.
 */
export const REPLACE_FUNCTION = `
create or replace function pg_temp.tidemark_replace(in_schema text, new_name text, final_name text, remade text[])
returns void language plpgsql set search_path = pg_catalog set lock_timeout = '100ms' as $replace$
declare
  old_name text := 'tidemark_old_' || md5(final_name);
  old record;
  fresh record;
  dependents jsonb;
  dependent record;
  further record;
  grants text[];
  statement text;
  reason text;
begin
  loop
    begin
      perform pg_advisory_xact_lock(hashtext('tidemark_replace'));
      select c.oid, c.relkind, c.relacl, c.relowner into old
      from pg_class as c where c.relnamespace = in_schema::regnamespace::oid and c.relname = final_name;
      if not found then
        execute format('alter table %s.%I rename to %I', in_schema, new_name, final_name);
        return;
      end if;
      select c.oid, c.relkind, c.reloptions into fresh
      from pg_class as c where c.relnamespace = in_schema::regnamespace::oid and c.relname = new_name;

      if old.relkind = 'v' and fresh.relkind = 'v' then
        begin
          execute format('create or replace view %s.%I as %s', in_schema, final_name, pg_get_viewdef(fresh.oid));
          execute format('drop view %s.%I', in_schema, new_name);
          return;
        exception when invalid_table_definition then
          null; -- Other columns than before: the view is swapped like a table.
        end;
      end if;

      select array_agg(format('grant %s on %s.%I to %s%s', a.privilege_type, in_schema, final_name,
        case a.grantee when 0 then 'public' else a.grantee::regrole::text end, case when a.is_grantable then ' with grant option' else '' end))
      into grants from aclexplode(old.relacl) as a where a.grantee <> old.relowner;

      select jsonb_agg(jsonb_build_object('oid', c.oid, 'name', format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')),
        'kind', c.relkind, 'definition', pg_get_viewdef(c.oid), 'options', coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')))
      into dependents
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      where c.oid <> all (array[old.oid, fresh.oid]) and c.oid in (
        select r.ev_class from pg_depend as d join pg_rewrite as r on r.oid = d.objid
        where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = old.oid
      );

      execute format('alter table %s.%I rename to %I', in_schema, final_name, old_name);
      execute format('alter table %s.%I rename to %I', in_schema, new_name, final_name);

      for dependent in
        select * from jsonb_to_recordset(coalesce(dependents, '[]')) as x(oid oid, name text, kind text, definition text, options text) order by name
      loop
        begin
          if dependent.kind <> 'v' then
            raise exception 'it is a materialized view';
          end if;
          execute format('create or replace view %s%s as %s', dependent.name, dependent.options, dependent.definition);
        exception when lock_not_available then
          raise;
        when others then -- Whatever keeps it from being made again.
          reason := sqlerrm;
          for further in
            with recursive reached as (
              select dependent.oid as oid, 0 as depth
              union
              select r.ev_class, reached.depth + 1
              from reached
              join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = reached.oid and d.classid = 'pg_rewrite'::regclass
              join pg_rewrite as r on r.oid = d.objid and r.ev_class <> d.refobjid
            )
            select format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')) as name, c.relkind
            from reached join pg_class as c on c.oid = reached.oid join pg_namespace as n on n.oid = c.relnamespace
            group by n.nspname, c.relname, c.relkind order by max(reached.depth) desc
          loop
            if not further.name = any(remade) then
              raise exception using errcode = 'dependent_objects_still_exist', message = format(
                '%s."%s" cannot be replaced: the view %s reads it and does not suit its new columns (%s), and this run does not make %s anew',
                in_schema, final_name, dependent.name, reason, further.name),
                hint = format('Nothing was changed. Select %s too, for example with --include-dependents, or drop it.', further.name);
            end if;
            execute format('drop %s view %s', case further.relkind when 'm' then 'materialized' else '' end, further.name);
          end loop;
        end;
      end loop;

      begin
        execute format('drop %s %s.%I',
          case old.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
          in_schema, old_name);
      exception when dependent_objects_still_exist then
        get stacked diagnostics reason = pg_exception_detail;
        raise exception using errcode = 'dependent_objects_still_exist',
          message = format('%s."%s" cannot be replaced, because other objects depend on it', in_schema, final_name),
          detail = replace(reason, old_name, final_name);
      end;
      foreach statement in array coalesce(grants, '{}') loop
        execute statement;
      end loop;
      return;
    exception when lock_not_available then
      -- All locks of this attempt are released here; whoever was in the way goes first.
      perform pg_sleep(0.02 + 0.08 * random());
    end;
  end loop;
end
$replace$`;
