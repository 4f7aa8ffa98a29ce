-- The role that the server connects as, with no more than it needs. To be run once by a superuser in the database, after
-- `chorograph migrate up` and `chorograph santri up`; to run it again is right after either of them. It gets no
-- password here: alter role chorograph_server password '…'.

do $$
begin
  if to_regrole('chorograph_cubes') is null then
    create role chorograph_cubes nologin;
  end if;
  if to_regrole('chorograph_server') is null then
    create role chorograph_server login nosuperuser nocreatedb nocreaterole noreplication;
  end if;
end
$$;

-- Regions, points and schools are read, never written.
grant usage on schema public to chorograph_server, chorograph_cubes;
grant select on public.provinsi, public.kabupaten, public.pesantren_map, public.santri_map,
  public.chorograph_santri_unmatched to chorograph_server;
grant select (id, nama_pesantren) on public.pondok_pesantren to chorograph_server;

-- Of persons the columns that are shown to keys of scope personal, as far as the table has them.
do $$
declare
  shown text;
begin
  select string_agg(quote_ident(a.attname), ', ') into shown from pg_attribute a
  where a.attrelid = 'public.santri_pribadi'::regclass and not a.attisdropped
    and a.attname in ('id', 'nama', 'nik', 'jenis_kelamin', 'provinsi', 'kabupaten', 'foto_count', 'pesantren_id');
  execute format('grant select (%s) on public.santri_pribadi to chorograph_server', shown);
end
$$;

-- A view is refreshed by its owner, with what its owner may read: a role of its own owns those that the pack made.
grant select on public.santri_map, public.pesantren_map to chorograph_cubes;
grant chorograph_cubes to chorograph_server;
do $$
declare
  made record;
begin
  for made in
    select c.oid::regclass as name, obj_description(c.oid, 'pg_class') like 'Chorograph pack santri%' as is_ours
    from pg_class c
    where c.relkind = 'm' and c.oid in (
      to_regclass('public.santri_cube_kabupaten'), to_regclass('public.santri_cube_provinsi'),
      to_regclass('public.pesantren_cube_kabupaten'), to_regclass('public.pesantren_cube_provinsi'),
      to_regclass('public.mv_santri_stats_kabupaten'), to_regclass('public.mv_pesantren_stats_kabupaten'))
  loop
    execute format('grant select on %s to chorograph_server', made.name);
    -- Adopted views stay with whoever refreshes them today.
    if made.is_ours then
      execute format('alter materialized view %s owner to chorograph_cubes', made.name);
    end if;
  end loop;
end
$$;

-- Its own tables: generations, records, keys, pyramids.
grant usage, create on schema chorograph to chorograph_server;
grant select, insert, update, delete on all tables in schema chorograph to chorograph_server;
grant usage on all sequences in schema chorograph to chorograph_server;
