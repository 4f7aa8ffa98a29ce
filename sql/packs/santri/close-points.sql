-- Takes students one by one away from the server: points, heat, tiles, features, persons. Counts per region stay. After
-- role.sql, by a superuser; role.sql opens them again. Nothing that the server is asked can go around it.

revoke chorograph_cubes from chorograph_server;
revoke select on public.santri_map, public.santri_pribadi from chorograph_server;
do $$
declare
  columns text;
begin
  select string_agg(quote_ident(attname), ', ') into columns from pg_attribute
  where attrelid = 'public.santri_pribadi'::regclass and attnum > 0 and not attisdropped;
  execute format('revoke select (%s) on public.santri_pribadi from chorograph_server', columns);
end
$$;
