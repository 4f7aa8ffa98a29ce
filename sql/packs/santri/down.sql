-- Removes what up.sql created: everything with its comment. Tables that were adopted stay with every row and without
-- the columns that were added; a table that was created and holds rows by now stays too, and is told.

do $$
declare
  made record;
begin
  for made in
    select c.oid::regclass as name, c.relkind = 'm' as is_materialized
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('m', 'v')
      and obj_description(c.oid, 'pg_class') like 'Chorograph pack santri%'
  loop
    execute format('drop %s view %s', case when made.is_materialized then 'materialized' else '' end, made.name);
  end loop;

  for made in
    select t.tgname as name, t.tgrelid::regclass as relation
    from pg_trigger t
    where not t.tgisinternal and obj_description(t.oid, 'pg_trigger') like 'Chorograph pack santri%'
  loop
    execute format('drop trigger %I on %s', made.name, made.relation);
  end loop;

  for made in
    select c.oid::regclass as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'i'
      and obj_description(c.oid, 'pg_class') like 'Chorograph pack santri%'
  loop
    execute format('drop index %s', made.name);
  end loop;

  for made in
    select a.attrelid::regclass as relation, a.attname as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) like 'Chorograph pack santri%'
  loop
    execute format('alter table %s drop column %I', made.relation, made.name);
  end loop;

  for made in
    select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and obj_description(p.oid, 'pg_proc') like 'Chorograph pack santri%'
  loop
    execute format('drop function %s', made.name);
  end loop;
end
$$;

-- Those that refer to others first.
do $$
declare
  relation text;
  has_rows boolean;
begin
  foreach relation in array array['santri_map', 'pesantren_map', 'santri_skor', 'pesantren_skor', 'santri_pribadi',
    'pondok_pesantren', 'kabupaten', 'provinsi']
  loop
    continue when coalesce(obj_description(to_regclass('public.' || relation), 'pg_class'), '') not like 'Chorograph pack santri%';
    execute format('select exists (select from public.%I)', relation) into has_rows;
    if has_rows then
      raise notice 'public.% holds rows and stays', relation;
    else
      execute format('drop table public.%I', relation);
    end if;
  end loop;
end
$$;
