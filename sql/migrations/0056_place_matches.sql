-- Up Migration
-- Which region a value of a table is of: what a person confirmed, and what was matched by itself when a cube was made
-- of the table, so that the cube can be made of it again.
create table chorograph.place_match (
  region_set text not null,
  -- As the table has them; the region above is '' where the table says none.
  value text not null,
  parent text not null default '',
  code text not null,
  how text not null check (how in ('confirmed', 'code', 'name', 'alias')),
  matched_at timestamptz not null default now(),
  primary key (region_set, value, parent)
);
comment on table chorograph.place_match is 'Values of tables and the regions that they name';
comment on column chorograph.place_match.code is 'Code of the region in its set';
comment on column chorograph.place_match.how is 'confirmed: by a person; code, name, alias: by that';

-- Down Migration
drop table chorograph.place_match;
