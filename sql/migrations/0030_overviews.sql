-- Up Migration
-- Overviews: projected and generalized copies of a large layer's lines and polygons, one for each range of
-- zooms. Each build fills tables of its own, chorograph.overview_<id>_<build>_z<zoom>; the row here names
-- those in use. They are used for as long as the layer's generation is the one they were made from.
create table chorograph.overview (
  relation text not null,
  geometry text not null,
  id integer generated always as identity unique,
  build integer not null default 0,
  source_token text,
  definition text,
  zooms integer[] not null default '{}',
  built_at timestamptz,
  primary key (relation, geometry)
);
comment on table chorograph.overview is 'One row per layer that has generalized copies for its lower zooms';
comment on column chorograph.overview.source_token is 'Generation of the layer before the build began to read it';
comment on column chorograph.overview.definition is 'What the copies were made by: columns, geometry, program';
comment on column chorograph.overview.zooms is 'The highest zoom that each copy is good for, ascending';

-- Down Migration
do $$
declare
  copy regclass;
begin
  for copy in
    select oid from pg_class
    where relnamespace = 'chorograph'::regnamespace and relkind = 'r' and relname ~ '^overview_\d+_\d+_z\d+$'
  loop
    execute format('drop table %s', copy);
  end loop;
end;
$$;
drop table chorograph.overview;
