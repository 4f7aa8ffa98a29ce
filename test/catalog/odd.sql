-- Everything odd that a catalogue may hold. Used by several tests; runs on both databases.
create table no_srid (id int primary key, geom geometry);
insert into no_srid values (1, 'POINT(10 10)'), (2, 'POINT(20 20)');

create table srid_in_data (id int primary key, geom geometry);
insert into srid_in_data values (1, st_transform('SRID=4326;POINT(106.8 -6.2)'::geometry, 32748)), (2, null);

create table mixed_srids (id int primary key, geom geometry);
insert into mixed_srids values (1, 'SRID=4326;POINT(1 1)'), (2, 'SRID=3857;POINT(1 1)');

create table unknown_srid (id int primary key, geom geometry);
insert into unknown_srid values (1, 'SRID=990001;POINT(1 1)');

create table globe (id int primary key, place geography(point));
insert into globe values (1, 'POINT(10 10)'), (2, 'POINT(-170 -80)');

create table mixed_types (id int primary key, geom geometry(geometry, 4326));
insert into mixed_types values
  (1, 'SRID=4326;POINT(10 10)'),
  (2, 'SRID=4326;LINESTRING(0 0, 20 20)'),
  (3, 'SRID=4326;POLYGON((0 0, 30 0, 30 30, 0 30, 0 0))'),
  (4, 'SRID=4326;GEOMETRYCOLLECTION(POINT(5 5), POLYGON((40 0, 60 0, 60 30, 40 30, 40 0)))'),
  (5, 'SRID=4326;CURVEPOLYGON(CIRCULARSTRING(-40 0, -30 10, -20 0, -30 -10, -40 0))'),
  (6, 'SRID=4326;MULTIPOINT(1 1, 2 2)'),
  (7, null),
  (8, 'SRID=4326;POLYGON EMPTY'),
  (9, 'SRID=4326;POINT EMPTY');

create table faces (id int primary key, geom geometry(geometryz, 4326));
insert into faces values
  (1, 'SRID=4326;POLYHEDRALSURFACE Z(((0 0 0, 0 9 0, 9 0 0, 0 0 0)))'),
  (2, 'SRID=4326;TIN Z(((0 0 0, 0 9 0, 9 0 0, 0 0 0)))'),
  (3, 'SRID=4326;POINT Z(10 10 3)');

create table surfaces (id int primary key, geom geometry(polyhedralsurfacez, 4326));

create table two_geometries (id int primary key, outline geometry(polygon, 4326), centre geometry(point, 4326));
insert into two_geometries values (1, st_makeenvelope(0, 0, 10, 10, 4326), 'SRID=4326;POINT(5 5)');

create table "Upper Case" (id int primary key, "The Geom" geometry(point, 4326), "Na""me" text);
insert into "Upper Case" values (1, 'SRID=4326;POINT(10 10)', 'x');
create table "quo""te's" (id int primary key, geom geometry(point, 4326));
insert into "quo""te's" values (1, 'SRID=4326;POINT(10 10)');
create table "🗺️ карта" (id int primary key, geom geometry(point, 4326));
insert into "🗺️ карта" values (1, 'SRID=4326;POINT(10 10)');
create table "with,comma" (id int primary key, geom geometry(point, 4326));
create table "with/slash" (id int primary key, geom geometry(point, 4326));
create table "%2e?#&=+;" (id int primary key, geom geometry(point, 4326));
insert into "%2e?#&=+;" values (1, 'SRID=4326;POINT(10 10)');
create table ".." (id int primary key, geom geometry(point, 4326));
create table "__proto__" (id int primary key, geom geometry(point, 4326), "__proto__" text, constructor text);
insert into "__proto__" values (1, 'SRID=4326;POINT(10 10)', 'a', 'b');
create table awkward_names (tile int primary key, geom geometry(point, 4326), mvt_geometry text, mvt_id text, g text, k0 text, c0 text);
insert into awkward_names values (1, 'SRID=4326;POINT(10 10)', 'a', 'b', 'c', 'd', 'e'), (2, 'SRID=4326;POINT(10 10)', 'a', 'b', 'c', 'd', 'e');

create schema other;
create table other.no_srid (id int primary key, geom geometry(point, 4326));
insert into other.no_srid values (1, 'SRID=4326;POINT(10 10)');
create table public."other.no_srid" (id int primary key, geom geometry(point, 4326));
insert into public."other.no_srid" values (1, 'SRID=4326;POINT(10 10)');

create table empty_table (id int primary key, geom geometry(multipolygon, 4326));

create table key_bigint (id bigint primary key, geom geometry(point, 4326));
insert into key_bigint values (9007199254740993, 'SRID=4326;POINT(10 10)'), (-5, 'SRID=4326;POINT(10 10)'), (7, 'SRID=4326;POINT(10 10)');
create table key_uuid (id uuid primary key, geom geometry(point, 4326));
insert into key_uuid values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'SRID=4326;POINT(10 10)');
create table key_text (id text primary key, geom geometry(point, 4326));
insert into key_text values ('a/b c', 'SRID=4326;POINT(10 10)'), ('', 'SRID=4326;POINT(10 10)'), ('42', 'SRID=4326;POINT(10 10)');
create table key_date (id date primary key, geom geometry(point, 4326));
insert into key_date values ('2024-02-29', 'SRID=4326;POINT(10 10)'), ('infinity', 'SRID=4326;POINT(10 10)');
create table key_char (id char(4) primary key, geom geometry(point, 4326));
insert into key_char values ('ab', 'SRID=4326;POINT(10 10)'), ('abcd', 'SRID=4326;POINT(10 10)');
create table key_composite (a int, b text, geom geometry(point, 4326), primary key (a, b));
insert into key_composite select n / 3, 'b' || n, st_setsrid(st_point(n, n), 4326) from generate_series(1, 10) n;
create table key_none (name text, geom geometry(point, 4326));
insert into key_none values ('a', 'SRID=4326;POINT(10 10)'), ('a', 'SRID=4326;POINT(10 10)');
create materialized view key_nulls as
  select nullif(n, 3) as id, st_setsrid(st_point(n, n), 4326) as geom from generate_series(1, 5) n;
create unique index on key_nulls (id);

create type mood as enum ('sad', 'ok', 'happy');
create domain positive as int check (value > 0);
create domain very_positive as positive check (value > 10);
create domain place as geometry(point, 4326);
create table typed (
  id int primary key, geom place, i2 smallint, i8 bigint, n numeric, f4 real, f8 double precision, b boolean,
  t text, c char(5), j json, jb jsonb, ints int[], mood mood, d date, ts timestamp, tz timestamptz, raw bytea,
  dom very_positive, u uuid, iv interval
);
comment on table typed is 'One column of each type';
comment on column typed.n is 'An exact number';
insert into typed values
  (1, 'SRID=4326;POINT(10 10)', 7, 9007199254740993, 1.5, 0.1, 0.1, true, 'ä "q" \ 日本 𠮷', 'ab', '{"a": 12345678901234567890, "__proto__": 1}', '{"a": [1]}',
   '{1,null,3}', 'happy', '2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+07', '\xdeadbeef', 11,
   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '1 day 02:00'),
  (2, 'SRID=4326;POINT(20 10)', -7, -9007199254740993, 'NaN', 'NaN', 'Infinity', false, '', '', 'null', 'null', '{}', 'sad', 'infinity', '-infinity', 'infinity', '', 12,
   null, null),
  (3, 'SRID=4326;POINT(30 10)', null, 42, 1e400, '-Infinity', 1e300, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

create table pacific (id int primary key, geom geometry(geometry, 4326));
insert into pacific values
  (1, 'SRID=4326;POLYGON((170 -10, 190 -10, 190 10, 170 10, 170 -10))'),
  (2, 'SRID=4326;POLYGON((-190 20, -170 20, -170 40, -190 40, -190 20))'),
  (3, 'SRID=4326;POINT(185 0)'),
  (4, 'SRID=4326;POINT(350 50)'),
  (5, 'SRID=4326;POLYGON((300 50, 310 50, 310 60, 300 60, 300 50))'),
  (6, 'SRID=4326;POINT(1000 5)'),
  (7, 'SRID=4326;POLYGON((175 50, 195 70, 195 50, 175 70, 175 50))');
create table poles (id int primary key, geom geometry(geometry, 4326));
insert into poles values
  (1, 'SRID=4326;POLYGON((-180 -90, 180 -90, 180 -60, -180 -60, -180 -90))'),
  (2, 'SRID=4326;POINT(0 90)'),
  (3, 'SRID=4326;POINT(0 95)'),
  (4, 'SRID=4326;LINESTRING(0 80, 0 90)');
create table invalid_polygons (id int primary key, geom geometry(polygon, 4326));
insert into invalid_polygons values (1, 'SRID=4326;POLYGON((0 0, 20 20, 20 0, 0 20, 0 0))'), (2, 'SRID=4326;POLYGON((0 0, 1 1, 0 0, 0 0))');
create table solid (id int primary key, geom geometry(polygonz, 4326), line geometry(linestringzm, 4326));
insert into solid values (1, 'SRID=4326;POLYGON Z((0 0 1, 10 0 2, 10 10 3, 0 10 4, 0 0 1))', 'SRID=4326;LINESTRING ZM(0 0 1 2, 10 10 3 4)');

create table utm (id int primary key, geom geometry(point, 32748));
insert into utm values (1, st_transform('SRID=4326;POINT(106.8 -6.2)'::geometry, 32748));
create index on utm using gist (geom);
create table british (id int primary key, geom geometry(polygon, 27700));
insert into british values (1, st_makeenvelope(500000, 150000, 550000, 200000, 27700));
create index on british using gist (geom);
create table lost_in_space (id int primary key, geom geometry(point, 27700));
insert into lost_in_space values (1, 'SRID=27700;POINT(530000 180000)'), (2, 'SRID=27700;POINT(1e9 1e9)');
create table mercator (id int primary key, geom geometry(polygon, 3857));
insert into mercator values (1, st_makeenvelope(0, 0, 1000000, 1000000, 3857));

create view a_view as select id, geom, i8 from typed;
create view a_view_without_srid as select id, st_transform(geom, 4326) as geom from utm;
create view a_view_that_fails as select 1 / (id - id) as oops, geom from utm;
create materialized view a_matview as select id, geom from typed;
create unique index on a_matview (id);
create materialized view never_populated as select id, geom from typed with no data;
create table parted (id int, geom geometry(point, 4326), primary key (id)) partition by range (id);
create table parted_1 partition of parted for values from (0) to (10);
create table parted_2 partition of parted for values from (10) to (20);
insert into parted values (1, 'SRID=4326;POINT(10 10)'), (11, 'SRID=4326;POINT(20 10)');
