-- Up Migration
-- What the server makes by itself of layers too large for memory: cells of points, generalized copies. Each kind keeps
-- its own record of what it is made of; this one says how much there is of it, whoever made it.
create table chorograph.auto (
  kind text not null,
  layer text not null,
  -- Names in this schema.
  tables text[] not null,
  rows bigint not null,
  bytes bigint not null,
  build_ms integer not null,
  built_at timestamptz not null default clock_timestamp(),
  primary key (kind, layer)
);
comment on table chorograph.auto is 'One row per pyramid and set of copies that the server made by itself: all together are kept below CHOROGRAPH_AUTO_MB';
comment on column chorograph.auto.bytes is 'Disk that the tables took when they were made, indexes included';

-- Down Migration
-- The tables themselves go with the records of their kinds.
drop table chorograph.auto;
