/** Regions of several rows, cubes whose codes do not match, figures by year, and a metric of two values. */
export const SQL = `
  create table isl(gid int primary key, code text, name text, st text, pop int, local int, geom geometry(Polygon, 4326));
  insert into isl values
    (1, 'A', 'Aland', 'S1', 1000, 10, st_makeenvelope(0, 0, 1, 1, 4326)),
    (2, 'A', 'Aland', 'S1', 1000, 20, st_makeenvelope(2, 0, 3, 1, 4326)),
    (3, 'A', 'Aland', 'S1', 1000, 30, st_makeenvelope(4, 0, 5, 1, 4326)),
    (4, 'B', 'Bland', 'S1', 1000, 40, st_makeenvelope(0, 2, 1, 3, 4326)),
    (5, 'C', 'Cland', 'S2', 1000, 50, st_makeenvelope(0, 4, 1, 5, 4326));
  create table ist(code text primary key, name text, geom geometry(Polygon, 4326));
  insert into ist values ('S1', 'S1', st_makeenvelope(0, 0, 5, 3, 4326)), ('S2', 'S2', st_makeenvelope(0, 4, 1, 5, 4326));
  create materialized view c_isl as select * from (values ('A', 100), ('B', 50), ('C', 50)) v(code, n);
  create unique index on c_isl(code);
  create materialized view c_unm as
    select * from (values ('A', 100), ('B', 50), ('C', 50), ('X', 5000), (null, 300), ('a ', 700)) v(code, n);
  create table reg(code text primary key, name text, geom geometry(Polygon, 4326));
  insert into reg select 'c' || g, 'n', st_makeenvelope(g, 0, g + 1, 1, 4326) from generate_series(1, 5) g;
  create table rcube(code text, yr int, sex text, v float8, n int);
  insert into rcube select 'c' || g, y, s, g * 1.5 + y - 2020, g
    from generate_series(1, 5) g, generate_series(2020, 2022) y, unnest(array['f', 'm']) s;
  create table grid49(code text primary key, name text, geom geometry(Polygon, 4326));
  insert into grid49 select 'g' || i, 'g' || i, st_makeenvelope(i % 7, i / 7, i % 7 + 1, i / 7 + 1, 4326)
    from generate_series(0, 48) i;
  create table two(code text, v int); insert into two select 'g' || i, (i >= 24)::int from generate_series(0, 48) i;
`;
export const MAPS = `
regions:
  r: { table: public.reg, geometry: geom, code: code, name: name }
  is: { table: public.isl, geometry: geom, code: code, name: name, parent: { set: ist, column: st } }
  ist: { table: public.ist, geometry: geom, code: code, name: name }
  g: { table: public.grid49, geometry: geom, code: code, name: name }
choropleths:
  isl:
    regions: is
    cube: { view: public.c_isl, region: code }
    metrics: { n: { sum: n } }
    denominators: [pop, local]
  unm: { regions: is, cube: { view: public.c_unm, region: code }, metrics: { n: { sum: n } } }
  rates:
    regions: r
    cube: { view: public.rcube, region: code, dimensions: [yr, sex], time: yr }
    metrics: { v: { value: v }, n: { sum: n } }
  two: { regions: g, cube: { view: public.two, region: code }, metrics: { v: { value: v } } }
`;
