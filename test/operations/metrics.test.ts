import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { projectPath } from '../../server/tools/paths.ts';
import { demoServer, newServer, type TestServer } from '../support/environment.ts';

/** Samples of the text format by name and labels. */
async function samples(server: TestServer): Promise<Map<string, number>> {
  const { text } = await server.api
    .get('/metrics')
    .expect(200)
    .expect('Content-Type', /^text\/plain/)
    .expect('Cache-Control', 'no-store');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('GET /metrics', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: `create table place (id int primary key, geom geometry(Point, 4326));
        insert into place values (1, st_point(10, 10))`,
    });
    // Told when it changes, and not by counters that arrive late: no tile is made twice.
    await server.run(`select chorograph.track('place')`);
    await server.ctx.generations.poll();
  });

  it('counts requests by route and outcome, and tiles by layer and origin', async () => {
    for (const path of ['0/0/0', '0/0/0', '1/0/0']) await server.api.get(`/tiles/place/${path}.mvt`);
    await server.api.get('/tiles/place/0/5/0.mvt').expect(400);
    await server.api.get('/tiles/nothing/0/0/0.mvt').expect(404);
    const found = await samples(server);
    const route = 'route="/tiles/:layers/:z/:x/:y.:format",method="GET"';
    assert.equal(found.get(`chorograph_http_requests_total{${route},status="2xx"}`), 3);
    assert.equal(found.get(`chorograph_http_requests_total{${route},status="4xx"}`), 2);
    assert.equal(found.get('chorograph_tiles_total{layer="place",cache="miss"}'), 2);
    assert.equal(found.get('chorograph_tiles_total{layer="place",cache="hit"}'), 1);
    // Made again where the news of a changed table comes meanwhile.
    assert.ok((found.get('chorograph_tile_make_duration_seconds_count{engine="memory"}') ?? 0) >= 2);
    assert.equal(found.get('chorograph_ready'), 1);
    assert.equal(found.get('chorograph_catalog_layers{state="servable"}'), 1);
    assert.ok((found.get('chorograph_db_connections{state="open"}') ?? 0) >= 1);
    assert.ok((found.get('chorograph_cache_bytes') ?? 0) > 0);
    assert.ok((found.get('process_resident_memory_bytes') ?? 0) > 0);
  });

  it('has no more series for more URLs, methods or layers that there are not', async () => {
    await samples(server);
    const before = (await samples(server)).size;
    for (let i = 0; i < 20; i++) {
      await server.api.get(`/invented/${i}`);
      await server.api.get(`/tiles/invented${i}/0/0/0.mvt`);
      await server.api.get(`/tiles/place/5/${i}/0.mvt?id=${i}`);
    }
    for (const method of ['PROPFIND', 'REPORT']) {
      await fetch(`${server.url}/tiles`, { method });
    }
    const after = await samples(server);
    const names = [...after.keys()].filter((name) => /invented|PROPFIND|REPORT/.test(name));
    assert.deepEqual(names, []);
    // 404s of no route, 405s of another method: one series of each with its histogram.
    assert.ok(after.size - before <= 60, `${after.size - before} more`);
  });

  it('is described, every metric by its name', async () => {
    const { text } = await (await demoServer()).api.get('/metrics').expect(200);
    const names = [...text.matchAll(/^# TYPE (chorograph_\w+)/gm)].map(([, name]) => name ?? '');
    assert.ok(names.length > 15);
    const docs = readFileSync(projectPath('docs', 'metrics.md'), 'utf8');
    for (const name of names)
      assert.ok(docs.includes(`\`${name}\``), `${name} is missing in docs/metrics.md`);
  });
});
