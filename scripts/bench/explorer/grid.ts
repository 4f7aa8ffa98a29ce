/** So many regions: a grid that no country has, so that the bounds hold for those that there are. */
export const COLUMNS = 250;
export const ROWS = 200;

/** Each a polygon of eight corners that it shares with its neighbours, and a seeded figure of two waves and noise. */
export const GRID_SQL = `
  create table grid (code text primary key, name text not null, geom geometry(Polygon, 4326) not null);
  insert into grid
  select format('R%s-%s', x, y), format('Region %s/%s', x, y),
    st_setsrid(st_makepolygon(st_makeline(array[
      st_makepoint(x * 0.2 - 10, y * 0.2 + 20), st_makepoint(x * 0.2 - 9.9, y * 0.2 + 20 + 0.02 * (x % 3)),
      st_makepoint(x * 0.2 - 9.8, y * 0.2 + 20), st_makepoint(x * 0.2 - 9.8, y * 0.2 + 20.1),
      st_makepoint(x * 0.2 - 9.8, y * 0.2 + 20.2), st_makepoint(x * 0.2 - 9.9, y * 0.2 + 20.2 + 0.02 * (x % 3)),
      st_makepoint(x * 0.2 - 10, y * 0.2 + 20.2), st_makepoint(x * 0.2 - 10, y * 0.2 + 20.1),
      st_makepoint(x * 0.2 - 10, y * 0.2 + 20)])), 4326)
  from generate_series(0, ${COLUMNS - 1}) x, generate_series(0, ${ROWS - 1}) y;
  create index on grid using gist (geom);
  create materialized view grid_cube as
  select code, (500 + 300 * sin(x / 20.0) + 150 * cos(y / 15.0) + (x * 7919 + y * 104729) % 97)::numeric as cases,
    (1000 + (x * 31 + y * 17) % 500)::numeric as people
  from (select code, split_part(substr(code, 2), '-', 1)::int x, split_part(code, '-', 2)::int y from grid) g;
  create unique index on grid_cube (code);`;

export const GRID_MAPS = `regions:
  grid: { table: public.grid, geometry: geom, code: code, name: name, label: Grid }
choropleths:
  grid:
    title: ${COLUMNS * ROWS} regions
    regions: grid
    cube: { view: public.grid_cube, region: code }
    metrics:
      cases: { sum: cases, label: Cases }
      rate: { ratio: [cases, people], multiplier: 1000, label: Cases per thousand }
    classify: { method: quantile, classes: 7, scheme: YlGnBu }
`;
