import assert from 'node:assert/strict';
import { newServer, once, type TestServer } from '../../support/environment.ts';
import { formsOf, svgTexts, type Get } from './support.ts';

const SQL = `
  create table kab (code text primary key, name text, prov text, geom geometry(polygon, 4326));
  insert into kab select 'k' || i, 'K' || i, 'p' || i / 4, st_makeenvelope(106 + i * 0.1, -7, 106.1 + i * 0.1, -6.9, 4326)
    from generate_series(0, 7) i;
  create table prov (code text primary key, name text, geom geometry(polygon, 4326));
  insert into prov values ('p0', 'P0', st_makeenvelope(106, -7, 106.4, -6.9, 4326)), ('p1', 'P1', st_makeenvelope(106.4, -7, 106.8, -6.9, 4326));
  create table cube (code text, tahun int, jenis text, n int);
  insert into cube select 'k' || i, 2025, 'a', i from generate_series(0, 7) i;
`;
const MAPS = `
layers:
  borders: { table: kab, attribution: '<a href="https://example.org/?a&amp;b">Borders &amp; Co</a>' }
regions:
  kab: { table: kab, code: code, name: name, label: Kabupaten, parent: { set: prov, column: prov } }
  prov: { table: prov, code: code, name: name }
choropleths:
  named:
    regions: kab
    source: Statistics office
    attribution: '&copy; <b>Office</b> 2025'
    cube: { view: cube, region: code, dimensions: [{ column: tahun, label: Tahun pendataan }, jenis], time: tahun }
    metrics: { n: { sum: n } }
`;

once('captions of choropleths', () => {
  let server: TestServer;
  let get: Get;
  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS });
    get = formsOf(server, 'named');
  });

  it('name levels and dimensions as maps.yaml does, else by their ids', async () => {
    const { body } = await server.api.get('/gis/choropleth').expect(200);
    const [entry] = (body as { choropleths: Record<string, unknown>[] }).choropleths;
    assert.deepEqual(entry?.levels, ['kab', 'prov']);
    assert.deepEqual(entry.levelLabels, { kab: 'Kabupaten', prov: 'prov' });
    assert.deepEqual(entry.dimensions, [
      { id: 'tahun', label: 'Tahun pendataan', values: ['2025'] },
      { id: 'jenis', label: 'jenis', values: ['a'] },
    ]);
    for (const form of ['map.svg', 'table.html'])
      assert.match((await get(`${form}?tahun=2025&jenis=a`)).text, /jenis: a · Tahun pendataan: 2025/);
  });

  it('say who made the figures and the borders, wherever they are shown', async () => {
    const html = '&copy; <b>Office</b> 2025, <a href="https://example.org/?a&amp;b">Borders &amp; Co</a>';
    const style = (await get('style.json')).body as { sources: { choropleth: { attribution: string } } };
    assert.equal(style.sources.choropleth.attribution, html);
    for (const form of ['tiles.json', 'values.json', 'classes.json', 'legend.json'])
      assert.equal(((await get(form)).body as { attribution: string }).attribution, html, form);
    const plain = 'Statistics office · © Office 2025 · Borders & Co';
    for (const form of ['map.svg', 'legend.svg'])
      assert.ok(
        svgTexts((await get(form)).text)
          .join(' ')
          .includes(plain),
        form,
      );
    assert.match((await get('table.html')).text, /Statistics office · © Office 2025 · Borders &amp; Co/);
    const provinces = (await get('tiles.json?level=prov')).body as { attribution: string };
    assert.equal(provinces.attribution, '&copy; <b>Office</b> 2025', 'other borders');
  });

  it('open the map where the regions are', async () => {
    interface Opening {
      center: number[];
      zoom: number;
      sources: { choropleth: { bounds: number[] } };
    }
    const style = (await get('style.json')).body as Opening;
    const document = (await get('tiles.json')).body as { center: number[]; bounds: number[] };
    assert.deepEqual(
      style.center.map((degrees) => Number(degrees.toFixed(2))),
      [106.4, -6.95],
    );
    // 0.8 degrees on 800 pixels.
    assert.ok(style.zoom > 9 && style.zoom < 10.2, String(style.zoom));
    assert.ok(Math.abs(style.zoom - document.center[2]!) < 1.5);
    assert.deepEqual(style.sources.choropleth.bounds, document.bounds);
    assert.deepEqual(
      document.bounds.map((degrees) => Number(degrees.toFixed(2))),
      [106, -7, 106.8, -6.9],
    );
  });
});
