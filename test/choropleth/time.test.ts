import assert from 'node:assert/strict';
import { newServer, demoServer, type TestServer } from '../support/environment.ts';
import { values } from './support.ts';

describe('Time in a choropleth', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: `
        create table kab (kode text primary key, nama text, geom geometry(Polygon, 4326));
        insert into kab select 'k' || i, 'Kab ' || i, st_makeenvelope(i, 0, i + 1, 1, 4326) from generate_series(1, 6) i;
        create table cube (kode text, tahun int, n int, luas int, primary key (kode, tahun));
        insert into cube values
          ('k1', 2020, 10, 20), ('k2', 2020, 20, 20), ('k3', 2020, 40, 20), ('k4', 2020, 0, 20), ('k5', 2020, 30, 0),
          ('k1', 2021, 15, 20), ('k2', 2021, 10, 20), ('k3', 2021, 40, 20), ('k4', 2021, 8, 20), ('k5', 2021, 90, 30);`,
      maps: `
regions: { kab: { table: kab, code: kode, name: nama } }
choropleths:
  tren:
    regions: kab
    cube: { view: cube, region: kode, dimensions: [tahun], time: tahun }
    metrics: { n: { sum: n, label: N }, padat: { ratio: [n, luas], digits: 2 } }
    classify: { method: quantile, classes: 3 }
`,
    });
  });

  const CHANGES: [kind: string, expected: (number | null)[]][] = [
    ['abs', [5, -10, 0, 8, 60, null]],
    ['pct', [50, -50, 0, null, 200, null]],
    ['ratio', [1.5, 0.5, 1, null, 3, null]],
  ];
  for (const [change, expected] of CHANGES) {
    it(`shows a change, ${change}; over nothing it has no value`, async () => {
      const { rows, classification, parameters } = await values(server, 'tren', {
        change,
        from: '2020',
        to: '2021',
      });
      assert.deepEqual(
        rows.map((row) => row.value),
        expected,
      );
      assert.deepEqual(
        rows.map((row) => row.status),
        expected.map((value) => (value === null ? 'no_data' : 'ok')),
      );
      assert.deepEqual([rows[0]!.from, rows[0]!.to], [10, 15]);
      assert.equal(classification.center, change === 'ratio' ? 1 : 0);
      assert.equal(parameters.scheme, 'PuOr');
    });
  }

  it('rounds a change once, at the end', async () => {
    const { rows } = await values(server, 'tren', {
      metric: 'padat',
      change: 'abs',
      from: '2020',
      to: '2021',
    });
    assert.deepEqual(
      rows.map((row) => row.value),
      [0.25, -0.5, 0, 0.4, null, null],
    );
  });

  it('gives a decrease and an increase colours of different arms', async () => {
    const { body } = await server.api
      .get('/gis/choropleth/tren/classes.json')
      .query({ change: 'abs', from: '2020', to: '2021', classes: '4' });
    const { classes } = body as { classes: { lower: number; upper: number; color: string }[] };
    const inner = classes.slice(0, -1).map(({ upper }) => upper);
    assert.ok(inner.includes(0), `0 is a break among ${inner.join()}`);
    for (const { lower, upper, color } of classes) {
      const red = parseInt(color.slice(1, 3), 16);
      const blue = parseInt(color.slice(5, 7), 16);
      // Of PuOr the left arm is purple and the right one orange.
      if (upper <= 0) assert.ok(blue > red, `${lower} to ${upper} is ${color}`);
      if (lower >= 0) assert.ok(red >= blue, `${lower} to ${upper} is ${color}`);
    }
  });

  it('shares breaks between the maps of all periods, or of one', async () => {
    const breaks = async (tahun: string, from?: string): Promise<number[]> =>
      (await values(server, 'tren', { tahun, ...(from ? { breaks: from } : {}) })).classification.breaks;
    assert.notDeepEqual(await breaks('2020'), await breaks('2021'));
    assert.deepEqual(await breaks('2020', 'per-period'), await breaks('2020'));
    assert.deepEqual(await breaks('2020', 'pooled'), await breaks('2021', 'pooled'));
    assert.deepEqual(await breaks('2020', 'shared:2020'), await breaks('2020'));
    const [own, shared] = [await breaks('2020'), await breaks('2021', 'shared:2020')];
    assert.deepEqual(shared.slice(0, -1), own.slice(0, -1));
    assert.equal(shared.at(-1), 90, 'the last class reaches to the largest value');
  });

  it('classes the values of a shared map by the shared breaks', async () => {
    const { rows, classification } = await values(server, 'tren', { tahun: '2021', breaks: 'shared:2020' });
    for (const { value, class: id } of rows) {
      if (value === null) continue;
      assert.equal(
        id,
        classification.breaks.findIndex((upper) => value <= upper),
      );
    }
    assert.equal(classification.method, 'quantile');
    assert.equal(
      classification.counts.reduce((a, b) => a + b),
      classification.n,
    );
  });

  const REFUSED: [query: Record<string, string>, parameter: string, expected: RegExp][] = [
    [{ change: 'abs' }, 'from', /tahun/],
    [{ change: 'abs', from: '2020' }, 'to', /tahun/],
    [{ change: 'abs', from: '1999', to: '2021' }, 'from', /2020, 2021/],
    [{ change: 'abs', from: '2020', to: '1999' }, 'to', /2020, 2021/],
    [{ change: 'abs', from: '2020', to: '2021', tahun: '2020' }, 'tahun', /left out/],
    [{ change: 'more', from: '2020', to: '2021' }, 'change', /abs, pct or ratio/],
    [{ from: '2020' }, 'from', /left out/],
    [{ to: '2020' }, 'to', /left out/],
    [{ breaks: 'pooled' }, 'breaks', /one value of tahun/],
    [{ breaks: 'shared:1999', tahun: '2020' }, 'breaks', /2020, 2021/],
    [{ breaks: 'pooled', change: 'abs', from: '2020', to: '2021' }, 'breaks', /left out/],
    [{ change: 'abs', from: '2020', to: '2021', scheme: 'Blues' }, 'scheme', /RdBu/],
  ];
  for (const [query, parameter, expected] of REFUSED) {
    it(`refuses ${new URLSearchParams(query).toString()}`, async () => {
      const { status, body } = await server.api.get('/gis/choropleth/tren/values.json').query(query);
      const [error] = (body as { errors: { parameter: string; expected: string }[] }).errors;
      assert.deepEqual([status, error!.parameter], [400, parameter]);
      assert.match(error!.expected, expected);
    });
  }

  it('needs a cube with a time', async () => {
    const { status } = await (
      await demoServer()
    ).api.get('/gis/choropleth/us-points/values.json?change=abs&from=1&to=2');
    assert.equal(status, 400);
  });
});
