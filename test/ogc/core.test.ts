import assert from 'node:assert/strict';
import { createKey } from '../../server/security/keys.ts';
import { Asking, COLLECTIONS, CRS84, linkOf, ogcServer, type Link, type One, type Page } from './support.ts';

interface Collection {
  id: string;
  links: Link[];
  extent: { spatial: { bbox: number[][] }; temporal?: { interval: string[][] } };
  itemType: string;
}

interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
  required?: boolean;
  style?: string;
  explode?: boolean;
  schema?: Record<string, unknown>;
}

interface Api {
  openapi: string;
  servers: { url: string }[];
  paths: Record<
    string,
    { get: { operationId: string; parameters: Parameter[]; responses: Record<string, unknown> } }
  >;
  components: { parameters: Record<string, Parameter> };
}

/** The requirements of OGC API – Features – Part 1: Core 1.0.1 (OGC 17-069r4), by their numbers. */
describe('OGC API Features, Part 1', () => {
  let asking: Asking;
  let api: Api;
  before(async function () {
    asking = new Asking(await ogcServer());
    api = await asking.json<Api>('/api');
  });

  /** A parameter of a collection's items, as the description has it. */
  const parameter = (collection: string, name: string): Parameter | undefined =>
    api.paths[`/collections/${collection}/items`]?.get.parameters
      .map((one) => (one.$ref ? api.components.parameters[one.$ref.split('/').at(-1) ?? ''] : one))
      .find((one) => one?.name === name);

  it('/req/core/root-op, root-success: links lead to everything', async () => {
    const { links } = await asking.json<{ links: Link[] }>('/');
    for (const rel of ['self', 'alternate', 'service-desc', 'service-doc', 'conformance', 'data']) {
      const { href, type, title } = linkOf(links, rel) ?? assert.fail(`no ${rel}`);
      assert.ok(title);
      const { status, headers } = await asking.get(href, type);
      assert.equal(status, 200, href);
      assert.equal(String(headers['content-type']).split(';')[0], type.split(';')[0], href);
    }
  });

  it('/req/core/api-definition-op, /req/oas30: the description is OpenAPI 3.0, and every path of it answers', async () => {
    assert.match(api.openapi, /^3\.0\./);
    assert.equal(api.servers[0]?.url, `${asking.server.url}/ogc`);
    const paths = Object.keys(api.paths).filter((path) => !path.includes('{'));
    assert.ok(paths.length >= 4 + 2 * COLLECTIONS.length);
    for (const path of paths) assert.equal((await asking.get(path)).status, 200, path);
    const operations = Object.values(api.paths).map(({ get }) => get.operationId);
    assert.equal(new Set(operations).size, operations.length);
  });

  it('/req/core/conformance-op, conformance-success', async () => {
    const { conformsTo } = await asking.json<{ conformsTo: string[] }>('/conformance');
    for (const name of ['core', 'oas30', 'html', 'geojson'])
      assert.ok(conformsTo.includes(`http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${name}`), name);
  });

  it('/req/core/query-param-unknown, query-param-invalid: refused with 400', async () => {
    const refused = {
      '/?x=1': '400 unknown_parameter',
      '/collections?x=1': '400 unknown_parameter',
      '/collections/sites/items?x=1': '400 unknown_parameter',
      '/collections/choropleth:people/items?x=1': '400 unknown_parameter',
      '/collections/sites/items?seen=true': '400 unknown_parameter', // withheld
      '/collections?f=xml': '400 invalid_parameter',
      '/collections/sites/items?limit=0': '400 invalid_parameter',
      '/collections/sites/items?limit=ten': '400 invalid_parameter',
      '/collections/sites/items?bbox=1,2,3': '400 invalid_parameter',
      '/collections/sites/items?bbox=1,2,3,x': '400 invalid_parameter',
      '/collections/sites/items?bbox=1,2,3,4,5': '400 invalid_parameter',
      '/collections/sites/items?bbox=1,60,3,40': '400 invalid_parameter',
      '/collections/sites/items?bbox=1,2,300,4': '400 invalid_parameter',
      '/collections/sites/items?datetime=yesterday': '400 invalid_parameter',
      '/collections/sites/items?datetime=2024-02-30': '400 invalid_parameter',
      '/collections/sites/items?datetime=2024-05-01/2024-04-01': '400 invalid_parameter',
      '/collections/sites/items?datetime=2024-05-02/2024-05-01': '400 invalid_parameter',
      '/collections/sites/items?datetime=2024-05-01 07:00': '400 invalid_parameter',
      '/collections/sites/items?datetime=2024/2025/2026': '400 invalid_parameter',
      '/collections/sites/items?cursor=x': '400 invalid_parameter',
      '/collections/choropleth:people/items?cursor=x': '400 invalid_parameter',
      '/collections/choropleth:people/items?class=x': '400 invalid_parameter',
      '/collections/sites/items?id=x': '400 invalid_parameter',
    };
    const answers = await Promise.all(
      Object.keys(refused).map(async (path) => [path, await asking.refused(path)]),
    );
    assert.deepEqual(Object.fromEntries(answers), refused);
  });

  it('/req/core/fc-md-op, fc-md-links, fc-md-items, fc-md-items-links, fc-md-extent', async () => {
    const { collections, links } = await asking.json<{ collections: Collection[]; links: Link[] }>(
      '/collections',
    );
    assert.ok(linkOf(links, 'self') && linkOf(links, 'alternate'));
    assert.deepEqual(collections.map(({ id }) => id).sort(), [...COLLECTIONS].sort());
    for (const { id, links, extent, itemType } of collections) {
      assert.ok(links.every(({ rel, type }) => rel && type));
      assert.ok(
        links.some(({ rel, type }) => rel === 'items' && type === 'application/geo+json'),
        id,
      );
      assert.equal(itemType, 'feature');
      const [[west = NaN, south = NaN, east = NaN, north = NaN] = []] = extent.spatial.bbox;
      assert.ok(west < east && south < north, id);
    }
    const times = Object.fromEntries(collections.map(({ id, extent }) => [id, extent.temporal?.interval]));
    assert.deepEqual(times.sites, [['2024-01-02T00:00:00.000Z', '2024-05-29T00:00:00.000Z']]);
    assert.deepEqual(times.mixed, [['2024-02-11T00:00:00.000Z', '2024-02-15T00:00:00.000Z']]);
    assert.equal(times.districts, undefined);
  });

  it('/req/core/sfc-md-op, sfc-md-success: one collection says what the list says of it; what one may not see is 404', async () => {
    const { collections } = await asking.json<{ collections: Collection[] }>('/collections');
    for (const listed of collections) {
      const { links, ...about } = await asking.json<Collection>(`/collections/${listed.id}`);
      const { links: _, ...other } = listed;
      assert.deepEqual(about, other);
      assert.ok(['self', 'alternate', 'items'].every((rel) => linkOf(links, rel)));
    }
    const { key } = await createKey(asking.server.ctx.db, { name: 'reader', scopes: [] });
    for (const path of [
      'secret',
      'secret/items',
      'secret/items/1',
      'secret/schema',
      'secret/tiles/WebMercatorQuad/0/0/0',
    ]) {
      const { headers } = await asking.server.api
        .get(`/ogc/collections/${path}`)
        .set('X-API-Key', key)
        .expect(200);
      assert.equal(headers['cache-control'], 'private, no-cache', path);
    }
    for (const path of [
      'secret',
      'secret/items',
      'secret/items/1',
      'nothing',
      'choropleth:nothing',
      'public.sites',
    ])
      assert.match(await asking.refused(`/collections/${path}`), /^404 /, path);
  });

  it('/req/core/fc-limit-definition, fc-bbox-definition, fc-time-definition: as the standard words them', () => {
    for (const collection of COLLECTIONS) {
      for (const name of ['limit', 'bbox', 'datetime']) {
        const { required, style, explode, in: place } = parameter(collection, name) ?? assert.fail(name);
        assert.deepEqual([place, required, style, explode], ['query', false, 'form', false]);
      }
      assert.deepEqual(parameter(collection, 'limit')?.schema, {
        type: 'integer',
        minimum: 1,
        maximum: 10_000,
        default: 100,
      });
      assert.equal(parameter(collection, 'datetime')?.schema?.type, 'string');
    }
    assert.ok(parameter('sites', 'name') && parameter('choropleth:people', 'year'));
    assert.ok(!parameter('sites', 'seen') && !parameter('sites', 'at'));
  });

  it('/req/core/fc-limit-response-1: no more than asked for, and more than the most is the most', async () => {
    assert.equal((await asking.items('sites', 'limit=7')).features.length, 7);
    assert.equal((await asking.items('sites')).features.length, 100);
    assert.equal((await asking.items('sites', 'limit=1000000')).features.length, 150);
  });

  it('/req/core/fc-bbox-response: what is in the box, and what has no geometry', async () => {
    assert.deepEqual(await asking.ids('sites', 'bbox=0,40,1,40'), [0, 1]);
    assert.deepEqual(await asking.ids('sites', 'bbox=0,40,-9000,1,40,9000'), [0, 1]);
    assert.deepEqual(await asking.ids('districts', 'bbox=6.2,50.2,6.8,50.8'), ['a', 'nowhere']);
    assert.deepEqual(await asking.ids('choropleth:people', 'bbox=6.2,50.2,6.8,50.8'), ['a', 'nowhere']);
    assert.deepEqual(await asking.ids('districts', 'bbox=177,65,-177,70'), ['nowhere']);
    assert.equal((await asking.ids('mixed', 'bbox=9,49,12,52')).length, 3);
  });

  it('/req/core/fc-time-response: what is of the time, and what is of none', async () => {
    const of = async (datetime: string): Promise<unknown[]> =>
      (await asking.ids('sites', `limit=1000&datetime=${datetime}`)).filter((id) => Number(id) % 10 > 0);
    assert.deepEqual(await of('2024-01-03T00:00:00Z'), [2]);
    assert.deepEqual(await of('2024-01-03T01:00:00%2B01:00'), [2]);
    assert.deepEqual(await of('2024-01-03'), [2]);
    assert.deepEqual(await of('2024-01-03T00:00:01Z'), []);
    assert.deepEqual(await of('2024-01-03/2024-01-05'), [2, 3, 4]);
    assert.deepEqual(await of('../2024-01-03T00:00:00Z'), [1, 2]);
    assert.deepEqual(await of('2024-05-28T00:00:00Z/'), [148, 149]);
    assert.equal((await asking.ids('sites', 'datetime=2024-01-03')).length, 16);
    // A plus as many write it, which a URL has for a blank.
    assert.deepEqual(
      await asking.ids('sites', 'limit=1000&datetime=2024-01-03T00:00:00+07:00/2024-01-04T00:00:00+07:00'),
      await asking.ids('sites', 'limit=1000&datetime=2024-01-02T17:00:00Z/2024-01-03T17:00:00Z'),
    );
    assert.deepEqual((await asking.items('mixed', 'datetime=2024-02-12T23:00:00Z')).features.length, 1);
    assert.equal((await asking.items('districts', 'datetime=1900-01-01')).numberMatched, 5);
  });

  it('/req/core/fc-response, fc-links, fc-rel-type, fc-timeStamp, fc-numberMatched, fc-numberReturned', async () => {
    for (const collection of COLLECTIONS) {
      const before = Date.now();
      const page = await asking.items(collection, 'limit=3');
      assert.equal(page.type, 'FeatureCollection');
      assert.equal(page.numberReturned, page.features.length);
      assert.ok(Date.parse(page.timeStamp) >= before && Date.parse(page.timeStamp) <= Date.now());
      assert.equal(
        linkOf(page.links, 'self')?.href,
        `${asking.server.url}/ogc/collections/${collection}/items?limit=3`,
      );
      assert.ok(page.links.every(({ rel, type, href }) => rel && type && href));
      assert.equal(linkOf(page.links, 'alternate')?.type, 'text/html');
      // Every page by its link: each feature once, and as many as match.
      const ids = page.features.map(({ id }) => id);
      for (let next = linkOf(page.links, 'next'); next;) {
        const { features, links, numberMatched } = await asking.json<Page>(next.href);
        assert.equal(numberMatched, page.numberMatched);
        assert.ok(features.length > 0);
        ids.push(...features.map(({ id }) => id));
        next = linkOf(links, 'next');
      }
      assert.equal(new Set(ids).size, page.numberMatched);
    }
    assert.equal((await asking.items('sites', 'name=site%201&limit=1')).numberMatched, 30);
  });

  it('/req/core/f-op, f-success, f-links: one feature is what the page says of it', async () => {
    for (const collection of COLLECTIONS) {
      const { features } = await asking.items(collection, 'limit=1');
      const [{ id, ...feature } = assert.fail('none')] = features;
      const { links, ...one } = await asking.json<One>(`/collections/${collection}/items/${id}`);
      assert.deepEqual(one, { id, ...feature });
      assert.ok(['self', 'alternate'].every((rel) => linkOf(links, rel)));
      assert.ok(linkOf(links, 'collection')?.href.endsWith(`/collections/${encodeURIComponent(collection)}`));
    }
    for (const path of ['sites/items/999', 'sites/items/x', 'mixed/items/1', 'choropleth:people/items/z'])
      assert.equal(await asking.refused(`/collections/${path}`), '404 feature_not_found', path);
  });

  it('/req/geojson/definition, content: every key is there, null where nothing is', async () => {
    const { status, headers, text } = await asking.get(
      '/collections/sites/items?limit=1',
      'application/geo+json',
    );
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/geo\+json/);
    assert.equal(headers['content-crs'], `<${CRS84}>`);
    const [first] = (JSON.parse(text) as Page).features;
    assert.deepEqual(first?.properties, { id: 0, name: 'site 0', height: null, at: null });
  });

  it('have the values of choropleths: those of a dimension, and a suppressed one as none with its status', async () => {
    const { features } = await asking.items('choropleth:people', 'year=2023');
    const shown = features.map(({ id, properties }) => [id, properties?.value, properties?.status]);
    const hidden = shown.filter(([, , status]) => status === 'suppressed');
    assert.ok(hidden.some(([id]) => id === 'c') && hidden.every(([, value]) => value === null));
    assert.ok(shown.some(([id, value]) => id === 'd' && value === 40));
    assert.ok(
      shown.some(([id, value, status]) => id === 'nowhere' && value === null && status === 'no_data'),
    );
    const later = (await asking.items('choropleth:people', 'year=2024')).features;
    const low = later.filter(({ properties }) => properties?.status === 'ok' && properties.class === 0);
    assert.ok(low.length > 0 && low.length < later.length);
    const kept = await asking.ids('choropleth:people', 'year=2024&status=ok&class=0');
    assert.deepEqual(
      kept,
      low.map(({ id }) => id),
    );
  });

  it('/req/html/definition, content: everything there is as pages, without scripts', async () => {
    const paths = [
      '/',
      '/conformance',
      '/api',
      '/collections',
      ...COLLECTIONS.map((id) => `/collections/${id}`),
    ];
    const more = [
      '/collections/mixed/items',
      '/collections/mixed/items?limit=1',
      '/collections/districts/items/a',
    ];
    for (const path of [...paths, ...more, '/collections/choropleth:people/items']) {
      const { status, headers, text } = await asking.get(path, 'text/html,application/xhtml+xml,*/*;q=0.8');
      assert.equal(status, 200, path);
      assert.match(String(headers['content-type']), /^text\/html/);
      assert.match(text, /^<!doctype html>\n<html lang="en">[^]*<main>\n<h1>[^<]+<\/h1>/);
      assert.doesNotMatch(text, /<script|undefined|\[object/);
      assert.match(text, /<a href="[^"]*f=json"/, path);
    }
    const page = await asking.get('/collections/sites/items?limit=2&f=html');
    assert.match(page.text, /<th scope="col">height<\/th>[^]*site 1[^]*next, text\/html/);
  });

  it('/req/core/http: HEAD is as GET without a body', async () => {
    const { status, headers, text } = await asking.server.api.head('/ogc/collections/sites/items');
    assert.deepEqual([status, text ?? ''], [200, '']);
    assert.match(String(headers['content-type']), /^application\/geo\+json/);
  });
});
