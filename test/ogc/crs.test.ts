import assert from 'node:assert/strict';
import type { Position } from 'geojson';
import { systemOf } from '../../server/ogc/place/systems.ts';
import { Asking, CRS84, epsg, ogcServer, type Page } from './support.ts';

interface Described {
  id: string;
  crs: string[];
  storageCrs: string;
}

/** The requirements of OGC API – Features – Part 2: Coordinate Reference Systems by Reference 1.0.1 (OGC 18-058r1). */
describe('OGC API Features, Part 2', () => {
  let asking: Asking;
  before(async function () {
    asking = new Asking(await ogcServer());
  });

  const items = `/collections/districts/items?limit=1`;
  /** The first corner of a polygon, or the place of a point. */
  const corner = async (collection: string, query: string): Promise<number[]> => {
    const { features } = await asking.items(collection, `limit=1&${query}`);
    const geometry = features[0]?.geometry;
    let at: unknown = geometry && 'coordinates' in geometry ? geometry.coordinates : [];
    while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
    return at as Position;
  };
  const near = (found: readonly number[], wanted: readonly number[], margin: number): void => {
    assert.equal(found.length, 2);
    found.forEach((value, i) =>
      assert.ok(Math.abs(value - (wanted[i] ?? NaN)) <= margin, `${found} is not ${wanted}`),
    );
  };

  it('/req/crs/fc-md-crs-list, fc-md-storageCrs-valid-value: what there is, and what it is stored in', async () => {
    const { collections } = await asking.json<{ collections: Described[] }>('/collections');
    for (const { id, crs, storageCrs } of collections) {
      assert.equal(crs[0], CRS84);
      assert.ok(
        [epsg(4326), epsg(3857), storageCrs].every((uri) => crs.includes(uri)),
        id,
      );
      assert.equal(new Set(crs).size, crs.length);
    }
    const stored = Object.fromEntries(collections.map(({ id, storageCrs }) => [id, storageCrs]));
    assert.deepEqual(stored, {
      sites: CRS84,
      districts: epsg(25832),
      mixed: epsg(3857),
      'choropleth:people': epsg(25832),
    });
  });

  it('/req/crs/fc-crs-action, ogc-crs-header: the order of axes is the authority’s, and Content-Crs says it', async () => {
    const { headers } = await asking.get('/collections/districts/items?limit=1');
    assert.match(headers['access-control-expose-headers'] ?? '', /Content-Crs/); // pages of other origins may read it
    for (const collection of ['districts', 'choropleth:people']) {
      near(await corner(collection, ''), [6, 50], 1e-6);
      near(await corner(collection, `crs=${epsg(4326)}`), [50, 6], 1e-6);
      near(await corner(collection, `crs=${epsg(3857)}`), [667916.94, 6446275.84], 0.1);
      near(await corner(collection, `crs=${epsg(25832)}`), [284964.3, 5542944.0], 2000);
    }
    // Gauss-Krüger has the northing first; ETRS89 the latitude.
    const [northing = 0, easting = 0] = await corner('districts', `crs=${epsg(31466)}`);
    assert.ok(northing > 5_500_000 && northing < 5_600_000 && easting > 2_400_000 && easting < 2_600_000);
    near(await corner('districts', `crs=${epsg(4258)}`), [50, 6], 1e-4);
    for (const uri of [CRS84, epsg(4326), epsg(3857), epsg(25832), epsg(31466)]) {
      for (const path of [
        items,
        '/collections/districts/items/a?',
        '/collections/choropleth:people/items/a?',
      ]) {
        const { status, headers, text } = await asking.get(`${path}&crs=${encodeURIComponent(uri)}`);
        assert.equal(status, 200, text);
        assert.equal(headers['content-crs'], `<${uri}>`);
      }
    }
  });

  it('/req/crs/fc-crs-valid-value, fc-bbox-crs-valid-value: others are 400', async () => {
    for (const uri of [
      'x',
      epsg(99999999),
      'http://www.opengis.net/def/crs/0/unsupported',
      'http://a.invalid/1',
    ]) {
      for (const name of ['crs', 'bbox-crs']) {
        const path = `${items}&bbox=1,2,3,4&${name}=${encodeURIComponent(uri)}`;
        assert.equal(await asking.refused(path), '400 invalid_parameter', path);
      }
    }
    const beyond = `/collections/sites/items?bbox=0,0,1,200&bbox-crs=${epsg(4326)}`;
    assert.equal(await asking.refused(beyond), '400 invalid_parameter');
  });

  it('/req/crs/fc-bbox-crs-action: a box finds the same in whatever system it is', async () => {
    const boxes: Record<string, string> = {
      [CRS84]: '6.2,50.2,6.8,50.8',
      [epsg(4326)]: '50.2,6.2,50.8,6.8',
      [epsg(3857)]: '690180,6480000,757000,6584000',
      [epsg(25832)]: '310000,5570000,330000,5620000',
      [epsg(31466)]: '5570000,2510000,5620000,2540000',
    };
    for (const [uri, box] of Object.entries(boxes)) {
      for (const collection of ['districts', 'choropleth:people']) {
        const query = `bbox=${box}&bbox-crs=${encodeURIComponent(uri)}`;
        assert.deepEqual(await asking.ids(collection, query), ['a', 'nowhere'], `${collection} ${query}`);
      }
    }
    assert.deepEqual(await asking.ids('sites', `bbox=40,0,40,1&bbox-crs=${epsg(4326)}`), [0, 1]);
  });

  it('answers in every page, also where the next one is', async () => {
    const first = await asking.items('sites', `limit=60&crs=${epsg(4326)}`);
    const next = first.links.find(({ rel }) => rel === 'next')?.href ?? assert.fail('no next');
    const { features } = await asking.json<Page>(next);
    assert.deepEqual(features[0]?.geometry, { type: 'Point', coordinates: [44, 0] });
  });

  it('knows the order of axes by the definition that PostGIS has', () => {
    const order = (authority: string, definition: string): boolean | undefined =>
      systemOf({ srid: 1, authority, code: 1, definition })?.swapped;
    assert.equal(order('EPSG', 'GEOGCS["ETRS89",DATUM[…]]'), true);
    assert.equal(order('EPSG', 'GEOGCS["RGF93 (lon-lat)",DATUM[…]]'), false);
    assert.equal(order('ESRI', 'GEOGCS["GCS_Sphere",DATUM[…]]'), false);
    assert.equal(order('EPSG', 'PROJCS["UTM",GEOGCS[…],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'), false);
    assert.equal(order('EPSG', 'PROJCS["GK",GEOGCS[…],AXIS["X",NORTH],AXIS["Y",EAST]]'), true);
    assert.equal(order('EPSG', 'PROJCS["GK",GEOGCS[…]]'), true);
    assert.equal(order('ESRI', 'PROJCS["Albers",GEOGCS[…]]'), false);
    assert.equal(
      order('EPSG', 'PROJCS["Polar",GEOGCS[…],AXIS["Easting",SOUTH],AXIS["Northing",SOUTH]]'),
      false,
    );
    assert.equal(order('EPSG', 'PROJCS["Krovak",GEOGCS[…],AXIS["X",SOUTH],AXIS["Y",WEST]]'), undefined);
    assert.equal(order('EPSG', 'GEOCCS["WGS 84",DATUM[…]]'), undefined);
  });
});
