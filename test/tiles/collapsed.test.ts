import assert from 'node:assert/strict';
import { demoServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';

describe('regions too small to see', () => {
  it('stay on a choropleth, and are left out of plain tiles', async () => {
    const server = await demoServer();
    const count = async (path: string, layer: string): Promise<number> => {
      const { body } = await bytesOf(server.api.get(path).expect(200));
      return featuresOf(body as Buffer, layer).length;
    };
    const rows = (await server.run<{ n: number }>('select count(*)::int as n from us_counties'))[0]?.n;
    const choropleth = await count('/gis/choropleth/us-unemployment/tiles/0/0/0.mvt', 'us-unemployment');
    const plain = await count('/tiles/us_counties/0/0/0.mvt', 'us_counties');
    assert.equal(choropleth, rows);
    assert.ok(plain < choropleth, `${plain} of ${choropleth}`);
  });
});
