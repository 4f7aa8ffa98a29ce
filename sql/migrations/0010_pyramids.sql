-- Up Migration
-- Pyramids: dense points added up in grid cells, zoom by zoom, for tiles below a layer's switch zoom.
-- Each build fills a table of its own, chorograph.pyramid_<id>_<build>; the row here names the one in use.
create table chorograph.pyramid (
  layer text primary key,
  id integer generated always as identity unique,
  build integer not null default 0,
  definition text,
  source_token text,
  categories text[] not null default '{}',
  has_other boolean not null default false,
  points bigint,
  left_out bigint,
  cells bigint,
  build_ms integer,
  built_at timestamptz
);
comment on table chorograph.pyramid is 'One row per layer that is served from grid cells below its switch zoom';
comment on column chorograph.pyramid.build is 'Number of the build in use, 0 before the first';
comment on column chorograph.pyramid.definition is 'What the build was made by: any change of it calls for another';
comment on column chorograph.pyramid.source_token is 'Generation of the source when the build began to read it';
comment on column chorograph.pyramid.categories is 'Values counted one by one, in the order of the columns category_0, category_1, …';
comment on column chorograph.pyramid.has_other is 'Whether there are more values, counted together in category_other';
comment on column chorograph.pyramid.left_out is 'Rows that have no place in any tile: no position, or beyond 85.05° north or south';

-- Down Migration
do $$
declare
  cells regclass;
begin
  for cells in
    select oid from pg_class
    where relnamespace = 'chorograph'::regnamespace and relkind = 'r' and relname ~ '^pyramid_\d+_\d+$'
  loop
    execute format('drop table %s', cells);
  end loop;
end;
$$;
drop table chorograph.pyramid;
