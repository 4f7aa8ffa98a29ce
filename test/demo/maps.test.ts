import assert from 'node:assert/strict';
import { pino } from 'pino';
import request from 'supertest';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import {
  newDatabase,
  newServer,
  once,
  onPostgres,
  type TestServer,
  withDatabase,
} from '../support/environment.ts';
import { statement } from '../../server/db/sql.ts';

/** Named like the demo's, and somebody's own. */
const OWN = `
  create table us_counties (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into us_counties values ('1', 'One', st_makeenvelope(0, 0, 1, 1, 4326));
  create materialized view us_unemployment_cube as select code, 5 as rate from us_counties;`;
const DEMO = { CHOROGRAPH_DEMO: 'true' };

const choropleths = async ({ api }: TestServer): Promise<string[]> => {
  const { body } = await api.get('/gis/choropleth').expect(200);
  return (body.choropleths as { id: string }[]).map(({ id }) => id);
};

once('choropleths of the demo', () => {
  it("are not shown on a database of one's own, whatever its tables are called", async () => {
    const server = await newServer({ environment: DEMO, sql: OWN, maps: '' });
    assert.deepEqual(await choropleths(server), []);
    const { body } = await server.api.get('/health').expect(200);
    assert.deepEqual([body.status, body.checks.catalog.status], ['ok', 'ok']);
  });

  it('are shown where its data is, beside those of maps.yaml, which go first', async function () {
    const maps = `
regions: { own: { table: us_states, code: code, name: name } }
choropleths:
  mine: { regions: own, cube: { view: us_airports_cube, region: code }, metrics: { n: { sum: n } } }
  us-points: { title: Mine too, regions: own, cube: { view: us_airports_cube, region: code }, metrics: { n: { sum: n } } }`;
    const server = await newServer({ environment: DEMO, demo: true, maps });
    const found = await choropleths(server);
    assert.ok(found.includes('us-unemployment') && found.includes('mine'), found.join());
    assert.equal(server.ctx.maps.choropleths['us-points']?.title, 'Mine too');
    const without = await newServer({ environment: { CHOROGRAPH_DEMO: 'false' }, demo: true, maps });
    assert.deepEqual(await choropleths(without), ['mine', 'us-points']);
  });
});

onPostgres('a broken choropleth', () => {
  it('is one line at the start and a state of /health, not a stack trace a request', async () => {
    const environment = await newDatabase();
    await withDatabase(environment, (db) => db.run(statement(OWN)));
    const lines: { msg: string; problem?: string }[] = [];
    const said: string[] = [];
    const server = await startServer({
      config: readConfig({ ...environment, PORT: '0', CHOROGRAPH_API_KEY: 'a-key-of-the-tests' }),
      maps: readMaps(`
regions: { r: { table: us_counties, code: code, name: name } }
choropleths: { c: { regions: r, cube: { view: us_unemployment_cube, region: code }, metrics: { n: { sum: rat } } } }`),
      log: pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
      progress: (line) => said.push(line),
    });
    await server.ready;
    try {
      const api = request(server.url);
      for (let i = 0; i < 5; i++) await api.get('/gis/choropleth/c/values.json').expect(501);
      const told = lines.filter(({ msg }) => msg === 'maps.problem');
      assert.equal(told.length, 1);
      assert.match(
        told[0]!.problem!,
        /maps.yaml:3: choropleths.c.metrics.n: .*no readable column rat; did you mean rate\?$/,
      );
      assert.equal(said.filter((line) => line.includes('did you mean rate?')).length, 1);
      assert.deepEqual(
        lines.filter(({ msg }) => msg === 'request.failed'),
        [],
      );
      assert.deepEqual(
        lines.filter((line) => JSON.stringify(line).includes('"stack"')),
        [],
      );
      const { body } = await api.get('/health').expect(200);
      assert.equal(body.status, 'degraded');
      assert.deepEqual(body.checks.catalog.brokenChoropleths, {
        c: 'cube public.us_unemployment_cube: there is no column rat',
      });
    } finally {
      await server.stop();
    }
  });
});
