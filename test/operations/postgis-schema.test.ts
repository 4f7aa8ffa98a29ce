import assert from 'node:assert/strict';
import { withClient } from '../support/cluster.ts';
import { newDatabase, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';

const SQL = `
  drop extension postgis cascade;
  create schema "my extensions";
  create extension postgis schema "my extensions";
  set search_path = public, "my extensions";
  create table place (id int primary key, name text, n int, geom geometry(Point, 4326));
  insert into place select i, 'p' || i, i, st_setsrid(st_makepoint(i % 10, i % 7), 4326) from generate_series(1, 5000) i;
  create index on place using gist (geom);
  create table utm (id int primary key, geom geometry(Polygon, 32633));
  insert into utm values (1, st_transform(st_makeenvelope(14, 50, 15, 51, 4326), 32633));
  create table region (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into region values ('a', 'A', st_makeenvelope(0, 0, 20, 20, 4326));
  create view untyped as select id, geom::geometry as geom from utm;
  create materialized view cube as select 'a'::text as code, 3 as n;
  create unique index on cube (code);`;
const MAPS = `
regions: { r: { table: region, code: code, name: name } }
choropleths: { c: { regions: r, cube: { view: cube, region: code, refresh: '0 3 * * *' }, metrics: { n: { sum: n } } } }
layers: { dense: { table: place, pyramid: { below: 6, sum: [n] } } }`;
const KEY = 'a-key-of-the-tests';

async function servesAll({ api, ctx }: TestServer): Promise<void> {
  for (const path of [
    '/tiles/dense/2/2/1.mvt', // cells
    '/tiles/dense/8/128/127.mvt',
    '/tiles/utm/5/17/10.mvt',
    '/tiles/untyped.json',
    '/features/utm?bbox=14,50,15,51',
    '/gis/choropleth/c/values.json?normalize=area',
    '/gis/choropleth/c/tiles/3/4/3.mvt',
    '/gis/choropleth/c/map.svg',
  ])
    await api.get(path).expect(200);
  const untyped = ctx.catalog.tableLayer('untyped');
  assert.equal(untyped.geometry.srid, 32633);
  await api.post('/gis/choropleth/c/refresh?wait=true').set('X-API-Key', KEY).expect(200);
}

onPostgres('PostGIS in a schema of its own', () => {
  for (const memory of ['2000000', '1000']) {
    it(`is found and used, directly and behind a pooler, ${memory === '1000' ? 'in' : 'without'} PostGIS tiles`, async function () {
      const { DATABASE_URL: url } = await newDatabase();
      await withClient(url!, (client) => client.query(SQL));
      const environment = {
        DATABASE_URL: url!,
        PORT: '0',
        LOG_LEVEL: 'silent',
        CHOROGRAPH_API_KEY: KEY,
        CHOROGRAPH_MEMORY_VERTICES: memory,
      };
      const direct = await serve(environment, { maps: MAPS });
      await servesAll(direct);
      await direct.stop();
      const bouncer = await startPgBouncer(url!, 'transaction');
      try {
        const pooled = await serve({ ...environment, DATABASE_URL: bouncer.url(url!) }, { maps: MAPS });
        await servesAll(pooled);
        await pooled.stop();
      } finally {
        await bouncer.remove();
      }
    });
  }
});
