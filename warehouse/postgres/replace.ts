/**
 * Puts a new table or view in the place of what stands under a name, whatever that is. Made once a session, in its temporary schema, so
 * that it needs no right to create functions and leaves no trace; it works inside the transaction of its caller.
 *
 * Views that read the old relation are pointed to the new one with `create or replace view`, which keeps their identity, their grants,
 * their comments and what in turn depends on them. Truncating and filling the old table again would keep them too, but other transactions
 * would see it empty (truncate is not MVCC-safe), it could not follow a change of columns, and it would hold its lock for as long as the
 * query takes. Dropping with cascade, as the adapter of Dataform 2 did, loses them.
 *
 * A materialized view cannot be pointed elsewhere, nor can a view that does not suit the new columns. One that the run makes anew (`remade`)
 * keeps the old relation, under a name that begins with `tidemark_old_`, until it is replaced itself; should that fail, or the run be killed
 * before, it can still be read. Any other materialized view is computed again from the new rows here, with its indexes and comments, and
 * what reads it stays; for any other view nothing is changed and the error names it. Grants are carried over. Anything else that hangs on the old relation, such as a foreign key, is refused.
 *
 * One replacement at a time: two that share a dependent view would wait for each other. What takes long, the query, is over by then, but
 * for materialized views outside of the run. A reader of a view locks the view before the table, and so does a replacement. Where readers
 * come in another order, both can wait for each other; the replacement gives way long before the engine would call it a deadlock and end
 * the reader. It never makes others queue for longer either.
 */
export const REPLACE_FUNCTION = `
create or replace function pg_temp.tidemark_sweep()
returns void language plpgsql set search_path = pg_catalog as $sweep$
declare
  further record;
  swept boolean := true;
begin
  while swept loop -- What was kept for a view that has been replaced since; one can have kept another. The name ends in digits.
    swept := false;
    for further in
      select format('%I.%I', n.nspname, c.relname) as name, c.relkind
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relname > 'tidemark_old_' and c.relname < 'tidemark_old_:' and c.relkind in ('r', 'v', 'm') and pg_has_role(c.relowner, 'usage') and not exists (
        select from pg_depend as d join pg_rewrite as r on r.oid = d.objid
        where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and r.ev_class <> c.oid
      )
    loop
      execute format('drop %s %s', case further.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, further.name);
      swept := true;
    end loop;
  end loop;
end
$sweep$;

create or replace function pg_temp.tidemark_replace(in_schema text, new_name text, final_name text, remade text[], inner_call boolean default false)
returns void language plpgsql set search_path = pg_catalog set lock_timeout = '100ms' as $replace$
declare
  old_name text;
  kept boolean;
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
      kept := false;
      perform pg_advisory_xact_lock(hashtext('tidemark_replace'));
      select c.oid, c.relkind, c.relacl, c.relowner into old
      from pg_class as c where c.relnamespace = in_schema::regnamespace::oid and c.relname = final_name;
      if not found then
        execute format('alter table %s.%I rename to %I', in_schema, new_name, final_name);
        return;
      end if;
      old_name := 'tidemark_old_' || old.oid;
      select c.oid, c.relkind, c.reloptions into fresh
      from pg_class as c where c.relnamespace = in_schema::regnamespace::oid and c.relname = new_name;

      if old.relkind = 'v' and fresh.relkind = 'v' then
        begin
          execute format('create or replace view %s.%I as %s', in_schema, final_name, pg_get_viewdef(fresh.oid));
          execute format('drop view %s.%I', in_schema, new_name);
          if not inner_call then
            perform pg_temp.tidemark_sweep();
          end if;
          return;
        exception when invalid_table_definition then
          null; -- Other columns than before: the view is swapped like a table.
        end;
      end if;

      select array_agg(format('grant %s on %s.%I to %s%s', a.privilege_type, in_schema, final_name,
        case a.grantee when 0 then 'public' else a.grantee::regrole::text end, case when a.is_grantable then ' with grant option' else '' end))
      into grants from aclexplode(old.relacl) as a where a.grantee <> old.relowner;

      select jsonb_agg(jsonb_build_object('oid', c.oid, 'name', format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')),
        'in_schema', quote_ident(n.nspname), 'bare_name', c.relname, 'kind', c.relkind, 'populated', c.relispopulated,
        'definition', rtrim(pg_get_viewdef(c.oid), ';'), 'options', coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', ''),
        'finish', (
          select coalesce(jsonb_agg(replace(pg_get_indexdef(i.indexrelid), ' INDEX ' || quote_ident(x.relname) || ' ON ', ' INDEX ON ')), '[]')
          from pg_index as i join pg_class as x on x.oid = i.indexrelid where c.relkind = 'm' and i.indrelid = c.oid
        ) || (
          select coalesce(jsonb_agg(case d.objsubid when 0 then format('comment on materialized view %I.%I is %L', n.nspname, c.relname, d.description)
            else format('comment on column %I.%I.%I is %L', n.nspname, c.relname, a.attname, d.description) end), '[]')
          from pg_description as d left join pg_attribute as a on a.attrelid = d.objoid and a.attnum = d.objsubid
          where c.relkind = 'm' and d.classoid = 'pg_class'::regclass and d.objoid = c.oid
        )))
      into dependents
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      where c.oid <> all (array[old.oid, fresh.oid]) and c.oid in (
        select r.ev_class from pg_depend as d join pg_rewrite as r on r.oid = d.objid
        where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = old.oid
      );

      -- Locks what is altered below, the outermost first, as readers do; a change of owner to the owner changes nothing.
      for further in
        with recursive reached as (
          select old.oid as oid, 'm'::"char" as relkind, 0 as depth
          union
          select c.oid, c.relkind, reached.depth + 1
          from reached
          join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = reached.oid and d.classid = 'pg_rewrite'::regclass
          join pg_rewrite as r on r.oid = d.objid and r.ev_class <> all (array[d.refobjid, fresh.oid])
          join pg_class as c on c.oid = r.ev_class join pg_namespace as n on n.oid = c.relnamespace
          where reached.relkind = 'm' and not (c.relkind = 'm' and format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')) = any(remade))
        )
        select oid::regclass::text as name, relowner::regrole::text as owner
        from reached join pg_class using (oid) where depth > 0 group by oid, relowner order by max(depth) desc, oid
      loop
        begin
          execute format('alter table %s owner to %s', further.name, further.owner);
        exception when insufficient_privilege then
          null; -- Said below, with the name of what stands in the way.
        end;
      end loop;
      execute format('alter table %s.%I rename to %I', in_schema, final_name, old_name);
      execute format('alter table %s.%I rename to %I', in_schema, new_name, final_name);

      for dependent in
        select * from jsonb_to_recordset(coalesce(dependents, '[]'))
          as x(oid oid, name text, in_schema text, bare_name text, kind text, populated boolean, definition text, options text, finish text[])
        order by name
      loop
        if dependent.kind = 'm' and dependent.name = any(remade) then
          kept := true;
          continue;
        end if;
        begin
          if dependent.kind = 'v' then
            execute format('create or replace view %s%s as %s', dependent.name, dependent.options, dependent.definition);
          else
            execute format('create materialized view %s.%I%s as %s %s', dependent.in_schema, 'tidemark_new_' || dependent.oid,
              dependent.options, dependent.definition, case when dependent.populated then '' else 'with no data' end);
            perform pg_temp.tidemark_replace(dependent.in_schema, 'tidemark_new_' || dependent.oid, dependent.bare_name, remade, true);
            foreach statement in array dependent.finish loop
              execute statement;
            end loop;
            execute format('analyze %s', dependent.name);
          end if;
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
          end loop;
          kept := true;
        end;
      end loop;

      begin
        if not kept then
          execute format('drop %s %s.%I',
            case old.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
            in_schema, old_name);
        elsif exists (select from pg_constraint where confrelid = old.oid and conrelid <> old.oid) then
          raise dependent_objects_still_exist using detail = (
            select string_agg(format('constraint %I on table %s depends on table %s', conname, conrelid::regclass, old.oid::regclass), e'\\n')
            from pg_constraint where confrelid = old.oid and conrelid <> old.oid);
        end if;
      exception when dependent_objects_still_exist then
        get stacked diagnostics reason = pg_exception_detail;
        raise exception using errcode = 'dependent_objects_still_exist',
          message = format('%s."%s" cannot be replaced, because other objects depend on it', in_schema, final_name),
          detail = replace(reason, old_name, final_name);
      end;
      foreach statement in array coalesce(grants, '{}') loop
        execute statement;
      end loop;

      if not inner_call then
        perform pg_temp.tidemark_sweep();
      end if;
      return;
    exception when lock_not_available then
      if inner_call then
        raise;
      end if;
      -- All locks of this attempt are released here; whoever was in the way goes first.
      perform pg_sleep(0.02 + 0.08 * random());
    end;
  end loop;
end
$replace$`;
