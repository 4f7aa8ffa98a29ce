import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { projectPath } from '../../../server/tools/paths.ts';
import { backend, demoServer, newServer, type TestServer } from '../../support/environment.ts';
import { values } from '../support.ts';

const near = (actual: number | null, expected: number, message?: string): void =>
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    message ?? `${actual} ≠ ${expected}`,
  );

const UTAH_KM2 = 219_871.917;

describe('Values of a choropleth', () => {
  let demo: TestServer;
  before(async () => void (demo = await demoServer()));

  it('are those of the published file, county by county', async () => {
    const { rows } = JSON.parse(readFileSync(projectPath('data', 'us', 'unemployment.json'), 'utf8')) as {
      rows: [string, number][];
    };
    const { byCode } = await values(demo, 'us-unemployment');
    let equal = 0;
    for (const [code, rate] of rows) {
      const county = byCode.get(code);
      if (!county) continue; // a county that the boundaries no longer have
      assert.equal(county.value, rate, code);
      equal++;
    }
    assert.ok(equal > 3200);
    const without = [...byCode.values()].filter((row) => row.status === 'no_data');
    assert.ok(without.length > 0);
    for (const row of without)
      assert.deepEqual([row.value, row.class, row.rank], [null, null, null], row.code);
  });

  it('are in the tiles, with names and the same rates', async () => {
    const answer = await demo.api
      .get('/gis/choropleth/us-unemployment/tiles/5/8/12.mvt')
      .responseType('blob');
    const layer = new VectorTile(new PbfReader(answer.body as Buffer)).layers['us-unemployment']!;
    const rates = new Map(
      (
        JSON.parse(readFileSync(projectPath('data', 'us', 'unemployment.json'), 'utf8')) as {
          rows: [string, number][];
        }
      ).rows,
    );
    const names = new Map((await values(demo, 'us-unemployment')).rows.map((row) => [row.code, row.name]));
    assert.ok(layer.length > 100);
    for (let i = 0; i < layer.length; i++) {
      const { properties, type, id } = layer.feature(i);
      assert.equal(type, 3);
      assert.equal(id, Number(properties.code));
      assert.equal(properties.name, names.get(properties.code as string));
      assert.equal(properties.value, rates.get(properties.code as string));
      assert.equal(properties.status, properties.value === undefined ? 'no_data' : 'ok');
    }
  });

  it('count and filter as the base table does', async () => {
    const table = await demo.run<{ code: string; kategori: string; tahun: string; n: number; layak: number }>(
      `select p.kode as code, coalesce(m.kategori_kelayakan, 'belum_dinilai') as kategori,
         extract(year from m.created_at at time zone 'UTC')::int::text as tahun, count(*)::int as n,
         (count(*) filter (where m.kategori_kelayakan = 'layak'))::int as layak
       from public.pesantren_map m join public.provinsi p on p.nama = m.provinsi group by 1, 2, 3`,
    );
    const expected = (
      code: string,
      pick: (row: (typeof table)[number]) => number,
      kategori?: string[],
      tahun?: string[],
    ) =>
      table
        .filter(
          (row) =>
            row.code === code &&
            (kategori?.includes(row.kategori) ?? true) &&
            (tahun?.includes(row.tahun) ?? true),
        )
        .reduce((sum, row) => sum + pick(row), 0);
    const filters = [
      {},
      { kategori_kelayakan: ['layak'] },
      { kategori_kelayakan: ['layak', 'sangat_layak'] },
      { kategori_kelayakan: ['layak', 'belum_dinilai'], tahun: ['2024', '2025'] },
    ] as { kategori_kelayakan?: string[]; tahun?: string[] }[];
    for (const filter of filters) {
      const query = Object.fromEntries(Object.entries(filter).map(([name, list]) => [name, list.join()]));
      const counts = await values(demo, 'pesantren-provinsi', query);
      const shares = await values(demo, 'pesantren-provinsi', { ...query, metric: 'pct_layak' });
      for (const row of counts.rows) {
        const n = expected(row.code, (each) => each.n, filter.kategori_kelayakan, filter.tahun);
        const layak = expected(row.code, (each) => each.layak, filter.kategori_kelayakan, filter.tahun);
        assert.equal(row.value, n, `${row.code} ${JSON.stringify(filter)}`);
        const share = shares.byCode.get(row.code)!;
        if (n === 0) assert.deepEqual([share.status, share.value], ['no_data', null]);
        else near(share.value, (100 * layak) / n, row.code);
      }
    }
  });

  it('roll up to the parents as the base table does', async () => {
    const table = await demo.run<{ code: string; n: number }>(
      `select c.state_code as code, count(*)::int as n from public.us_airports a
       join public.us_counties c on c.code = a.county_code group by 1`,
    );
    const expected = new Map(table.map(({ code, n }) => [code, n]));
    const { rows } = await values(demo, 'us-points', { level: 'us-states' });
    assert.equal(rows.length, 56);
    for (const row of rows) assert.equal(row.value, expected.get(row.code) ?? 0, row.code);
    const counties = await values(demo, 'us-points', { parent: '06,04' });
    assert.ok(counties.rows.every(({ parent }) => parent === '06' || parent === '04'));
    const sum = (parent: string): number =>
      counties.rows.filter((row) => row.parent === parent).reduce((total, row) => total + row.value!, 0);
    assert.equal(sum('06'), expected.get('06'));
    assert.equal(sum('04'), expected.get('04'));
  });

  it('of a part have the classes of the whole set', async () => {
    const whole = await values(demo, 'us-unemployment');
    const part = await values(demo, 'us-unemployment', { parent: '06' });
    assert.deepEqual(part.classification.breaks, whole.classification.breaks);
    for (const row of part.rows) assert.equal(row.class, whole.byCode.get(row.code)!.class);
  });

  it('that are published figures refuse to roll up', async () => {
    const { status, body } = await demo.api.get(
      '/gis/choropleth/us-unemployment/values.json?level=us-states',
    );
    assert.deepEqual([status, (body as { code: string }).code], [400, 'rollup_refused']);
  });

  it('per area divide by the same km² on both databases, those of geodesics on the ellipsoid', async () => {
    const { rows } = await values(demo, 'us-points', {
      level: 'us-states',
      normalize: 'area',
      multiplier: '1000',
    });
    const utah = rows.find(({ code }) => code === '49')!;
    // What ST_Area(geography) of PostGIS 3.3 with PROJ has for its outline.
    assert.ok(Math.abs(utah.denominator! / UTAH_KM2 - 1) < 1e-5, `${utah.denominator}`);
    near(utah.value, (1000 * utah.numerator!) / utah.denominator!);
    if (backend !== 'postgres') return; // the embedded PostGIS has other areas
    const areas = await demo.run<{ code: string; km2: number }>(
      'select code, st_area(geom::geography) / 1e6 as km2 from public.us_states',
    );
    for (const { code, km2 } of areas) {
      const { denominator } = rows.find((row) => row.code === code)!;
      if (denominator !== null)
        assert.ok(Math.abs(denominator / km2 - 1) < 2e-6, `${code}: ${denominator} / ${km2}`);
    }
  });

  it('as shares add up to 100', async () => {
    const { rows, metric } = await values(demo, 'pesantren-provinsi', { normalize: 'share' });
    near(
      rows.reduce((sum, row) => sum + row.value!, 0),
      100,
    );
    assert.equal(metric.unit, '%');
  });

  it('that are counts carry a warning until they are normalized', async () => {
    const codes = async (query: Record<string, string>): Promise<string[]> =>
      (await values(demo, 'pesantren-provinsi', query)).warnings.map(({ code }) => code);
    assert.ok((await codes({})).includes('count_not_normalized'));
    assert.ok(!(await codes({ normalize: 'area' })).includes('count_not_normalized'));
    assert.ok(!(await codes({ metric: 'pct_layak' })).includes('count_not_normalized'));
  });

  describe('over a declared denominator', () => {
    let server: TestServer;
    before(async () => {
      server = await newServer({
        sql: `
          create table land (kode text primary key, nama text, geom geometry(Polygon, 4326));
          create table kota (kode text primary key, nama text, land text, penduduk int, geom geometry(Polygon, 4326));
          insert into land values ('A', 'Atas', st_makeenvelope(0, 0, 3, 1, 4326)), ('B', 'Bawah', st_makeenvelope(0, 1, 1, 2, 4326));
          insert into kota values
            ('a1', 'A eins', 'A', 1000, st_makeenvelope(0, 0, 1, 1, 4326)),
            ('a2', 'A zwei', 'A', 4000, st_makeenvelope(1, 0, 2, 1, 4326)),
            ('a3', 'A drei', 'A', null, st_makeenvelope(2, 0, 3, 1, 4326)),
            ('b1', 'B eins', 'B', 50, st_makeenvelope(0, 1, 1, 2, 4326));
          create table cube (kode text, jenis text, kasus int, diuji int, primary key (kode, jenis));
          insert into cube values ('a1', 'x', 10, 100), ('a1', 'y,z', 5, 25), ('a2', 'x', 8, 80),
            ('a3', 'x', 3, 0), ('b1', 'y,z', 2, 10);`,
        maps: `
regions:
  land: { table: land, code: kode, name: nama }
  kota: { table: kota, code: kode, name: nama, parent: { set: land, column: land } }
choropleths:
  kasus:
    regions: kota
    cube: { view: cube, region: kode, dimensions: [jenis] }
    metrics: { kasus: { sum: kasus, label: Kasus }, positif: { ratio: [kasus, diuji], multiplier: 100, digits: 1 } }
    denominators: [penduduk, diuji]
    unreliable: { below: 60 }
`,
      });
    });

    const table = async (query: Record<string, string>): Promise<unknown[]> =>
      (await values(server, 'kasus', query)).rows.map((row) => [row.code, row.value, row.status]);

    it('divides by a column of the regions', async () => {
      assert.deepEqual(await table({ normalize: 'per:penduduk', multiplier: '1000' }), [
        ['a1', 15, 'ok'],
        ['a2', 2, 'ok'],
        ['a3', null, 'no_data'],
        ['b1', null, 'unreliable'],
      ]);
    });

    it('rolls up as the sum of one over the sum of the other', async () => {
      assert.deepEqual(await table({ normalize: 'per:diuji', level: 'land' }), [
        ['A', 26 / 205, 'ok'],
        ['B', null, 'unreliable'],
      ]);
      assert.deepEqual(await table({ metric: 'positif', level: 'land' }), [
        ['A', 12.7, 'ok'],
        ['B', null, 'unreliable'],
      ]);
      assert.deepEqual(await table({ normalize: 'per:penduduk', multiplier: '5000', level: 'land' }), [
        ['A', 26, 'ok'],
        ['B', null, 'unreliable'],
      ]);
    });

    it('keeps what an unreliable ratio is of', async () => {
      const { byCode } = await values(server, 'kasus', { metric: 'positif' });
      const { value, numerator, denominator, class: classId, rank } = byCode.get('b1')!;
      assert.deepEqual([value, numerator, denominator, classId, rank], [null, 2, 10, null, null]);
    });

    it('tells nothing of this kind from nothing known', async () => {
      assert.deepEqual(await table({ jenis: 'y\\,z' }), [
        ['a1', 5, 'ok'],
        ['a2', 0, 'ok'],
        ['a3', 0, 'ok'],
        ['b1', 2, 'ok'],
      ]);
    });

    it('names what is declared where something else is asked for', async () => {
      const { status, body } = await server.api.get('/gis/choropleth/kasus/values.json?normalize=per:gdp');
      assert.equal(status, 400);
      const [error] = (body as { errors: { parameter: string; expected: string }[] }).errors;
      assert.equal(error!.parameter, 'normalize');
      assert.equal(error!.expected, 'one of per:penduduk, per:diuji, area, share');
    });
  });
});
