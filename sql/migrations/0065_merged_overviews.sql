-- Up Migration
-- Copies for zooms at which a tile would hold too many rows to be sent: neighbours that are small there are put together,
-- in a table chorograph.overview_<id>_<build>_m<zoom> for that zoom alone. Tiles that take long to make are made
-- beforehand: chorograph.overview_<id>_<build>_tiles.
alter table chorograph.overview
  add column merged integer[] not null default '{}',
  add column made integer[] not null default '{}',
  add column buffer integer not null default 0;
comment on column chorograph.overview.merged is 'Zooms that have a copy of their own in which small neighbours are one row';
comment on column chorograph.overview.made is 'Zooms whose tiles are made beforehand';
comment on column chorograph.overview.buffer is 'Tile units around those tiles that they hold, too';

-- Down Migration
do $$
declare
  copy regclass;
begin
  for copy in
    select oid from pg_class
    where relnamespace = 'chorograph'::regnamespace and relkind = 'r' and relname ~ '^overview_\d+_\d+_(m\d+|tiles)$'
  loop
    execute format('drop table %s', copy);
  end loop;
end;
$$;
alter table chorograph.overview drop column merged, drop column made, drop column buffer;
