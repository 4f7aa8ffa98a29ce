import assert from 'node:assert/strict';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { demoServer, once, type TestServer } from '../support/environment.ts';

type Style = Parameters<typeof validateStyleMin>[0];

once('the world under maps', () => {
  let server: TestServer;

  before(async () => {
    server = await demoServer();
  });

  const bytes = async (path: string): Promise<Buffer> => {
    const response = await fetch(`${server.url}${path}`);
    assert.equal(response.status, 200, path);
    return Buffer.from(await response.arrayBuffer());
  };

  for (const theme of ['light', 'dark'])
    it(`is a valid style by itself, ${theme}, that names this server alone`, async () => {
      const { body } = await server.api.get(`/base/style.json?theme=${theme}`).expect(200);
      assert.deepEqual(validateStyleMin(body as Style), []);
      const addresses = JSON.stringify(body).match(/https?:\/\/[^/"]+/g) ?? [];
      assert.deepEqual([...new Set(addresses)], [server.url]);
    });

  it('has land where there is land, borders, and names in their own letters', async () => {
    const { layers } = new VectorTile(new PbfReader(await bytes('/base/2/0/1.mvt')));
    assert.deepEqual(Object.keys(layers).sort(), ['land', 'lines', 'places']);
    const names = Array.from({ length: layers.places!.length }, (_, i) => layers.places!.feature(i));
    assert.ok(names.some(({ properties }) => properties.name === 'Mexico' && properties.kind === 'country'));
    const mexico = names.find(({ properties }) => properties.name === 'Mexico')!;
    const [longitude, latitude] = (mexico.toGeoJSON(0, 1, 2).geometry as { coordinates: number[] })
      .coordinates;
    assert.ok(Math.abs(longitude! + 102) < 3 && Math.abs(latitude! - 24) < 3, `${longitude}, ${latitude}`);
    const atlantic = await fetch(`${server.url}/base/6/24/28.mvt`);
    assert.equal(atlantic.status, 204);
    // Fiji and Chukotka lie on both sides of 180 degrees; nothing of them is drawn around the world.
    await server.api.get('/base/5/13/17.mvt').expect(204);
    assert.ok((await bytes('/base/4/0/8.mvt')).length > 0, 'Fiji, east');
    assert.ok((await bytes('/base/4/15/8.mvt')).length > 0, 'Fiji, west');
    assert.ok((await bytes('/base/2/1/3.mvt')).length > 0, 'Antarctica');
    await server.api.get('/base/7/0/0.mvt').expect(204); // closer is drawn from zoom 6
    await server.api.get('/base/2/4/0.mvt').expect(400);
  });

  it('has the letters of its font, none for blocks that it lacks, and no other file', async () => {
    const { body } = await server.api.get('/base/style.json').expect(200);
    const { glyphs } = body as { glyphs: string };
    const letters = (stack: string, range: string): string =>
      glyphs
        .replace(server.url, '')
        .replace('{fontstack}', encodeURIComponent(stack))
        .replace('{range}', range);
    const font = 'Chorograph Regular';
    assert.ok((await bytes(letters(font, '0-255'))).includes(font));
    assert.equal((await bytes(letters(`Other,${font}`, '256-511'))).length > 1000, true);
    await server.api.get(letters(font, '19968-20223')).expect(204);
    await server.api.get(letters('..', '0-255')).expect(404);
    await server.api.get(letters(font, '..%2f0')).expect(400);
  });
});
