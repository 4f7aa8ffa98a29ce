import type pg from 'pg';

export interface Dataset {
  name: string;
  /** The table that Chorograph and peers serve, in EPSG:3857 with a spatial index. */
  table: string;
  zooms: readonly number[];
}

/**
 * Points in clusters like towns: 400 normal clouds over the conterminous United States. `setseed`
 * makes the same points in every run.
 */
const POINTS = `
  create table bench_points as
  select i as id, (array['a', 'b', 'c', 'd'])[1 + (i % 4)] as category, (i % 1000 * 7919) % 100 as score,
    st_transform(st_setsrid(st_makepoint(
      greatest(-124, least(-67, town.x + 0.6 * (random() + random() + random() - 1.5))),
      greatest(25, least(49, town.y + 0.5 * (random() + random() + random() - 1.5)))), 4326), 3857) as geom
  from generate_series(1, $POINTS) i
  join (select k, -123 + 55 * random() as x, 26 + 22 * random() as y from generate_series(0, 399) k) town
    on town.k = (i % 400 * 31) % 400`;

/** Village-like polygons: counties cut by a square grid, the finer the more are wanted. */
const VILLAGES = `
  create table bench_villages as
  select row_number() over ()::int as id, c.code as county, st_multi(st_collectionextract(st_intersection(c.geom, g.geom), 3)) as geom
  from bench_counties c
  cross join lateral st_squaregrid(greatest(2000, sqrt(st_area(c.geom) / ($VILLAGES / 3200.0))), c.geom) g
  where st_intersects(c.geom, g.geom)
    and not st_isempty(st_collectionextract(st_intersection(c.geom, g.geom), 3))`;

/** Fewer than there are counties are whole ones, here and there. */
const FEW = 3_200;
const WHOLE_COUNTIES = `
  create table bench_villages as
  select id, code as county, geom from bench_counties order by md5(code) limit $VILLAGES`;

const COUNTIES = `
  create table bench_counties as
  select id, code, name, st_multi(st_collectionextract(st_makevalid(st_transform(geom, 3857)), 3)) as geom
  from us_counties`;

export interface DataSize {
  points: number;
  /** From 3,200 on they come out at about twice as many, as most squares of the grid lie across a border. */
  villages: number;
}

/** Whether the tables of this size are there. */
export async function hasDatasets(client: pg.Client, size: DataSize): Promise<boolean> {
  const { rows: found } = await client.query(`select 1 where to_regclass('bench_size') is not null`);
  if (found.length === 0) return false;
  const { rows } = await client.query('select 1 from bench_size where points = $1 and villages = $2', [
    size.points,
    size.villages,
  ]);
  return rows.length > 0;
}

/** Makes the tables of the suite from the demo's counties, which must be loaded. */
export async function createDatasets(client: pg.Client, size: DataSize): Promise<Dataset[]> {
  await client.query('drop table if exists bench_counties, bench_points, bench_villages, bench_size');
  await client.query(COUNTIES);
  await finish(client, 'bench_counties', 'multipolygon');
  if (size.points > 0) await createPoints(client, size.points);
  if (size.villages > 0) {
    const made = size.villages < FEW ? WHOLE_COUNTIES : VILLAGES;
    await client.query(made.replace('$VILLAGES', String(size.villages)));
    await finish(client, 'bench_villages', 'multipolygon');
  }
  await client.query(
    `create table bench_size as select ${size.points} as points, ${size.villages} as villages`,
  );
  return datasetsOf(size);
}

/** Makes `bench_points` alone. */
export async function createPoints(client: pg.Client, points: number): Promise<void> {
  await client.query('select setseed(0.42)');
  await client.query(POINTS.replace('$POINTS', String(points)));
  await finish(client, 'bench_points', 'point');
}

/** What is measured of the tables, each at the zooms that its data is for. */
export function datasetsOf(size: DataSize): Dataset[] {
  const all: Dataset[] = [
    { name: 'counties', table: 'bench_counties', zooms: [2, 3, 4, 5, 6, 7] },
    { name: 'points', table: 'bench_points', zooms: [4, 5, 6, 7, 8, 9, 10, 11] },
    { name: 'villages', table: 'bench_villages', zooms: [6, 7, 8, 9, 10] },
  ];
  return all.filter(({ name }) => name === 'counties' || size[name as keyof DataSize] > 0);
}

/** Village-like polygons again, with so many more vertices that a layer has some 700,000. */
export async function createFineVillages(client: pg.Client, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await client.query(`drop table if exists ${table}`);
    await client.query(`create table ${table} as
      select id, county, st_segmentize(geom, (select sum(st_perimeter(geom)) from bench_villages) / 550000) as geom from bench_villages`);
    await finish(client, table, 'multipolygon');
  }
}

/** Type and system of the column are declared: tile servers that discover tables go by them. */
async function finish(client: pg.Client, table: string, type: string): Promise<void> {
  await client.query(`alter table ${table} alter column geom type geometry(${type}, 3857), add primary key (id);
    create index on ${table} using gist (geom)`);
  await client.query(`vacuum analyze ${table}`);
}
