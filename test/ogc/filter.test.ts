import assert from 'node:assert/strict';
import { Asking, COLLECTIONS, epsg, ogcServer, type Link } from './support.ts';

interface Schema {
  $id: string;
  type: string;
  properties: Record<string, Record<string, unknown>>;
}

/** OGC API – Features – Part 3: Filtering (OGC 19-079r2) and Part 5: Schemas. */
describe('OGC API Features, Parts 3 and 5', () => {
  let asking: Asking;
  before(async function () {
    asking = new Asking(await ogcServer());
  });

  const kept = (collection: string, filter: string, more = ''): Promise<unknown[]> =>
    asking.ids(collection, `limit=1000&filter=${encodeURIComponent(filter)}${more}`);

  it('/req/queryables/definition, /req/schemas: each collection says what its features have', async () => {
    for (const collection of COLLECTIONS) {
      const { links } = await asking.json<{ links: Link[] }>(`/collections/${collection}`);
      const [first] = (await asking.items(collection, 'limit=1')).features;
      for (const kind of ['schema', 'queryables', 'sortables']) {
        const { href = '', type } =
          links.find(({ rel }) => rel === `http://www.opengis.net/def/rel/ogc/1.0/${kind}`) ?? {};
        assert.equal(type, 'application/schema+json');
        const { $id, properties } = await asking.json<Schema>(href);
        assert.equal($id, href);
        const names = Object.keys(properties).filter((name) => name !== 'geometry');
        const all = Object.keys(first?.properties ?? {});
        assert.deepEqual(names, kind === 'sortables' ? all.filter((name) => name !== 'doc') : all);
        assert.equal('geometry' in properties, kind !== 'sortables');
      }
    }
    const { properties } = await asking.json<Schema>('/collections/sites/schema');
    assert.deepEqual(properties.geometry, {
      title: 'Geometry',
      format: 'geometry-point',
      'x-ogc-role': 'primary-geometry',
    });
    assert.equal(properties.id?.['x-ogc-role'], 'id');
    assert.deepEqual(properties.at, {
      title: 'at',
      type: 'string',
      format: 'date-time',
      'x-ogc-role': 'primary-instant',
    });
  });

  it('/req/filter/filter-param, filter-lang-param, filter-crs-param: keep what the filter keeps', async () => {
    assert.deepEqual(await kept('sites', "name = 'site 1' AND id < 12"), [1, 6, 11]);
    assert.deepEqual(await kept('sites', 'S_INTERSECTS(geometry, BBOX(0, 40, 1, 40))'), [0, 1]);
    const place = 'S_INTERSECTS(geometry, BBOX(40, 0, 40, 1))';
    assert.deepEqual(await kept('sites', place, `&filter-crs=${epsg(4326)}`), [0, 1]);
    // Every system that `crs` has, in the order of its axes: 5 650 000 N, 2 500 000 E is about 6° E, 51° N.
    const gauss = 'S_INTERSECTS(geometry, BBOX(5600000, 2450000, 5700000, 2550000))';
    assert.deepEqual(await kept('districts', gauss, `&filter-crs=${epsg(31466)}`), ['a', 'c']);
    const etrs = 'S_WITHIN(geometry, BBOX(49.9, 5.9, 51.1, 7.1))';
    assert.deepEqual(await kept('districts', etrs, `&filter-crs=${epsg(4258)}`), ['a']);
    for (const crs of ['EPSG:1', 'EPSG:4978', 'x'])
      assert.equal(
        await asking.refused(`/collections/sites/items?filter=id%3D1&filter-crs=${crs}`),
        '400 invalid_parameter',
        crs,
      );
    const json = JSON.stringify({ op: '<', args: [{ property: 'id' }, 2] });
    assert.deepEqual(await kept('sites', json, '&filter-lang=cql2-json'), [0, 1]);
    const page = await asking.items(
      'sites',
      `limit=4&filter=${encodeURIComponent('id >= 100')}&name=site%201`,
    );
    assert.deepEqual([page.numberMatched, page.numberReturned], [10, 4]);
    for (const filter of ['x = 1', 'seen = true', 'id ='])
      assert.equal(
        await asking.refused(`/collections/sites/items?filter=${encodeURIComponent(filter)}`),
        '400 filter_invalid',
      );
    assert.equal(
      await asking.refused('/collections/sites/items?filter-lang=cql2-text'),
      '400 invalid_parameter',
    );
  });

  it('of a choropleth see what it shows, in memory and in the database alike', async () => {
    const shown = (await asking.items('choropleth:people', 'year=2023')).features;
    const ids = (test: (properties: Record<string, unknown>) => boolean): unknown[] =>
      shown.filter(({ properties }) => test(properties ?? {})).map(({ id }) => id);
    const year = '&year=2023';
    const suppressed = ids(({ status }) => status === 'suppressed');
    assert.ok(suppressed.includes('c'));
    assert.deepEqual(await kept('choropleth:people', "status = 'suppressed'", year), suppressed);
    assert.deepEqual(
      await kept('choropleth:people', "CASEI(status) = CASEI('Suppressed')", year),
      suppressed,
    );
    assert.deepEqual(
      await kept('choropleth:people', 'value > 15', year),
      ids(({ value }) => Number(value) > 15),
    );
    assert.deepEqual(
      await kept('choropleth:people', 'value IS NULL', year),
      ids(({ value }) => value === null),
    );
    const near = 'S_INTERSECTS(geometry, POINT(7.5 51.5))';
    assert.deepEqual(await kept('choropleth:people', near, year), ['d']);
    assert.deepEqual(await kept('choropleth:people', `${near} AND value < 40`, year), []);
    const path = `/collections/choropleth:people/items?filter=${encodeURIComponent('n > 1')}`;
    assert.equal(await asking.refused(path), '400 filter_invalid');
  });

  it('order features, nothing last, through all pages', async () => {
    const first = await asking.items('sites', 'limit=40&sortby=-height,name');
    const heights = first.features.map(({ properties }) => properties?.height as number);
    const ids = first.features.map(({ id }) => id);
    let next = first.links.find(({ rel }) => rel === 'next');
    while (next) {
      const page = await asking.json<typeof first>(next.href);
      heights.push(...page.features.map(({ properties }) => properties?.height as number));
      ids.push(...page.features.map(({ id }) => id));
      next = page.links.find(({ rel }) => rel === 'next');
    }
    assert.equal(new Set(ids).size, 150);
    assert.deepEqual(
      heights,
      [...heights].sort((a, b) => (b ?? -1) - (a ?? -1)),
    );
    assert.equal(heights.at(-1), null);
    assert.deepEqual(await asking.ids('choropleth:people', 'year=2023&sortby=-value,code&limit=1'), ['d']);
    assert.equal((await asking.ids('choropleth:people', 'year=2023&sortby=%2Bvalue')).at(-1), 'nowhere');
    for (const path of [
      'sites/items?sortby=seen',
      'mixed/items?sortby=doc',
      'choropleth:people/items?sortby=geometry',
    ])
      assert.equal(await asking.refused(`/collections/${path}`), '400 invalid_parameter', path);
  });

  it('leave out properties and geometry that nobody wants', async () => {
    for (const path of ['items?limit=1&', 'items/1?']) {
      const { features, ...one } = await asking.json<{ features?: unknown[] }>(
        `/collections/sites/${path}properties=name&skipGeometry=true`,
      );
      const { geometry, properties } = (features?.[0] ?? one) as { geometry: null; properties: object };
      assert.deepEqual([geometry, Object.keys(properties)], [null, ['name']]);
    }
    const { features } = await asking.items(
      'choropleth:people',
      'limit=1&properties=value,name&skipGeometry=true',
    );
    assert.deepEqual(
      [features[0]?.geometry, Object.keys(features[0]?.properties ?? {})],
      [null, ['name', 'value']],
    );
    assert.equal(await asking.refused('/collections/sites/items?properties=seen'), '400 invalid_parameter');
  });
});
