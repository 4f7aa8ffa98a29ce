import assert from 'node:assert/strict';
import { packObjects } from '../../server/compat/santri/pack.ts';
import { demoServer, type TestServer } from '../support/environment.ts';

interface Collection {
  features: { geometry: object; properties: Record<string, number | string> }[];
  pagination?: { total: number };
}

describe('The demo', () => {
  let server: TestServer;
  before(async function () {
    server = await demoServer();
  });
  const get = async (path: string): Promise<Collection> => {
    const { body } = await server.api.get(path).expect(200);
    return (body instanceof Buffer ? JSON.parse(body.toString()) : body) as Collection;
  };

  it('is made by the santri pack: its triggers, its cubes, its codes, over made-up people and districts', async () => {
    const made = (await packObjects(server.ctx.db)).map(({ kind, name }) => `${kind} ${name}`);
    for (const one of [
      'table kabupaten',
      'materialized view santri_cube_kabupaten',
      'materialized view santri_cube_provinsi',
      'trigger chorograph_santri_updated on santri_skor',
    ])
      assert.ok(made.includes(one), `${one} is not in\n${made.join('\n')}`);
    const [rested] = await server.run(
      `select count(*)::integer as n from pg_trigger where tgname like 'chorograph_santri%' and tgenabled <> 'O'`,
    );
    assert.deepEqual(rested, { n: 0 });
    const [placed] = await server.run(
      `select count(*)::integer as rows, count(*) filter (where ST_Intersects(k.geom, m.lokasi))::integer as inside,
        count(*) filter (where k.kode_provinsi = m.kode_provinsi and k.name_2 = m.kabupaten)::integer as named
      from (select * from santri_map order by id limit 1500) m join kabupaten k on k.kode = m.kode_kabupaten`,
    );
    assert.deepEqual(placed, { rows: 1500, inside: 1500, named: 1500 });
    const [areas] = await server.run<{ share: number }>(
      `select sum(ST_Area(k.geom))::float8 / (select sum(ST_Area(geom)) from provinsi)::float8 as share from kabupaten k`,
    );
    assert.ok(Math.abs((areas?.share ?? 0) - 1) < 1e-6, `districts fill ${areas?.share} of the provinces`);
  });

  it('answers the old paths', async () => {
    const { features } = await get('/gis/choropleth/santri-kabupaten');
    const total = features.reduce((sum, { properties }) => sum + Number(properties.total_santri), 0);
    assert.deepEqual([features.length > 100, total], [true, 20_000]);
    const aceh = await get('/gis/choropleth/pesantren-kabupaten?provinsi=Aceh');
    assert.ok(
      aceh.features.length > 1 && aceh.features.every(({ properties }) => properties.provinsi === 'Aceh'),
    );
    assert.equal((await get('/gis/boundaries/kabupaten')).features.length, 143);
    assert.equal((await get('/gis/santri-points?limit=10')).pagination?.total, 20_000);
    await server.api.get('/gis/choropleth/santri-kabupaten/tiles/5/25/16.mvt').expect(200);
  });
});
