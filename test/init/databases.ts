/** Small databases of others, each in a schema of its own: squares for regions, made-up figures. */

const square = (x: number, y: number, size = 1): string =>
  `st_multi(st_makeenvelope(${x}, ${y}, ${x + size}, ${y + size}, 4326))`;

/** As Natural Earth has countries: several codes, one of them not unique; figures by ISO code and year. */
export const COUNTRIES = `
  create schema ne;
  create table ne.countries (gid serial primary key, iso_a3 text, adm0_a3 text, name text, name_long text, continent text,
    pop_est bigint, geom geometry(MultiPolygon, 4326));
  insert into ne.countries (iso_a3, adm0_a3, name, name_long, continent, pop_est, geom) values
    ('FRA', 'FRA', 'France', 'French Republic', 'Europe', 67000000, ${square(0, 0)}),
    ('NOR', 'NOR', 'Norway', 'Kingdom of Norway', 'Europe', 5400000, ${square(2, 0)}),
    ('-99', 'KOS', 'Kosovo', 'Kosovo', 'Europe', 1800000, ${square(4, 0)}),
    ('-99', 'CYN', 'N. Cyprus', 'Northern Cyprus', 'Asia', 300000, ${square(6, 0)}),
    ('IDN', 'IDN', 'Indonesia', 'Indonesia', 'Asia', 270000000, ${square(8, 0)}),
    ('JPN', 'JPN', 'Japan', 'Japan', 'Asia', 126000000, ${square(10, 0)});
  create index on ne.countries using gist (geom);
  create table ne.indicators (id serial primary key, iso3 char(3), year int, cases int, population bigint, life_expectancy numeric);
  insert into ne.indicators (iso3, year, cases, population, life_expectancy)
    select c, y, (p / 1000)::int + y - 2020, p, l from (values ('FRA', 67000000, 82.5), ('NOR', 5400000, 83.2),
      ('KOS', 1800000, 71.1), ('IDN', 270000000, 71.7), ('JPN', 126000000, 84.6), ('WLD', 8000000000, 73.0)) v (c, p, l),
      generate_series(2021, 2023) y;`;

/** As TIGER has states and counties: codes are text; a table of facts by county, year and industry. */
export const COUNTIES = `
  create schema us;
  create table us.states (statefp text primary key, stusps text, name text, geom geometry(MultiPolygon, 4326));
  insert into us.states values ('01', 'AL', 'Alabama', ${square(0, 10, 3)}), ('02', 'AK', 'Alaska', ${square(10, 10, 3)});
  create table us.counties (statefp text, countyfp text, geoid text, name text, namelsad text, aland bigint,
    geom geometry(MultiPolygon, 4326));
  insert into us.counties
    select s, c, s || c, 'County ' || s || c, 'County ' || s || c || ' County', 1000,
      st_multi(st_makeenvelope((s::int - 1) * 10 + x, 10, (s::int - 1) * 10 + x + 1, 13, 4326))
    from (values ('01'), ('02')) t (s), (values ('001', 0), ('003', 1), ('005', 2)) u (c, x);
  create table us.employment (fips text, year int, industry text, employed int, payroll numeric, primary key (fips, year, industry));
  insert into us.employment
    select s || c, y, i, s::int * 100 + c::int + y - 2000 + length(i), (s::int * 1000 + c::int) * 1.5
    from (values ('01'), ('02')) t (s), (values ('001'), ('003'), ('005'), ('000')) u (c),
      generate_series(2022, 2023) y, unnest(array['farming', 'mining']) i;
  -- The same, of whoever took the codes for numbers.
  create table us.numbers as select fips::int as fips, sum(employed)::int as employed from us.employment where fips < '02' group by 1;`;

/** Boundaries as GADM has them, the students of a programme, and what its application counts. */
export const STUDENTS = `
  create schema programme;
  create table programme.provinsi (gid serial primary key, name_1 text, geom geometry(MultiPolygon, 4326));
  insert into programme.provinsi (name_1, geom) values ('Aceh', ${square(95, 3, 3)}), ('Jawa Barat', ${square(106, -8, 3)});
  create table programme.kabupaten (gid serial primary key, name_1 text, name_2 text, geom geometry(MultiPolygon, 4326));
  insert into programme.kabupaten (name_1, name_2, geom) values
    ('Aceh', 'Aceh Barat', ${square(95, 3)}), ('Aceh', 'Aceh Besar', ${square(96, 3)}), ('Aceh', 'Pidie', ${square(97, 3)}),
    ('Jawa Barat', 'Bandung', ${square(106, -8)}), ('Jawa Barat', 'Bogor', ${square(107, -8)}), ('Jawa Barat', 'Garut', ${square(108, -8)});
  create table programme.santri_map (id uuid primary key default gen_random_uuid(), nama text, skor_terakhir int,
    kategori_kemiskinan text, lokasi geometry(Point, 4326), kabupaten text, provinsi text);
  insert into programme.santri_map (nama, skor_terakhir, kategori_kemiskinan, lokasi, kabupaten, provinsi)
    select 'Santri ' || i, 30 + i % 60, (array['Sangat Miskin', 'Miskin', 'Rentan', 'Tidak Miskin'])[1 + (i * i) % 4],
      st_centroid(k.geom), case when k.name_2 = 'Garut' then 'Kab. Garut' else k.name_2 end, k.name_1
    from programme.kabupaten k, generate_series(1, 10 * k.gid) i;
  create materialized view programme.mv_santri_stats_kabupaten as
    select kabupaten, provinsi, count(*) as total_santri,
      count(*) filter (where kategori_kemiskinan = 'Sangat Miskin') as sangat_miskin,
      count(*) filter (where kategori_kemiskinan = 'Miskin') as miskin, avg(skor_terakhir) as avg_skor
    from programme.santri_map group by 1, 2;`;

/** Districts in a country by nothing but where they are, and by the first digits of their codes. */
export const PARENTS = `
  create schema lands;
  create table lands.land (kennung text primary key, bezeichnung text, geom geometry(MultiPolygon, 4326));
  insert into lands.land values ('A', 'Aland', ${square(0, 40, 4)}), ('B', 'Bland', ${square(4, 40, 4)});
  create table lands.inside (code text primary key, name text, n int, geom geometry(MultiPolygon, 4326));
  insert into lands.inside select 'x' || i, 'X' || i, i, st_multi(st_makeenvelope(i, 40, i + 1, 41, 4326)) from generate_series(0, 7) i;
  create table lands.begins (code text primary key, name text, n int, geom geometry(MultiPolygon, 4326));
  insert into lands.begins select (array['A', 'B'])[1 + i % 2] || i, 'Y' || i, i, st_multi(st_makeenvelope(i, 60, i + 1, 61, 4326))
    from generate_series(0, 5) i;`;
