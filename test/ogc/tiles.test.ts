import assert from 'node:assert/strict';
import { Asking, COLLECTIONS, ogcServer, type Link } from './support.ts';

interface Tilesets {
  tilesets: { dataType: string; tileMatrixSetURI: string; crs: string; links: Link[] }[];
  links: Link[];
}

interface Tileset {
  tileMatrixSetURI: string;
  tileMatrixSetLimits: {
    tileMatrix: string;
    minTileRow: number;
    maxTileRow: number;
    minTileCol: number;
    maxTileCol: number;
  }[];
  layers: { id: string; propertiesSchema: { properties: Record<string, { type: string }> } }[];
  boundingBox: { lowerLeft: number[]; upperRight: number[] };
  links: (Link & { templated?: true })[];
}

const URI = 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad';
const WORLD = 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad';
const RELATION = 'http://www.opengis.net/def/rel/ogc/1.0';

/** The requirements of OGC API – Tiles – Part 1: Core 1.0 (OGC 20-057), and styles. */
describe('OGC API Tiles', () => {
  let asking: Asking;
  before(async function () {
    asking = new Asking(await ogcServer());
  });

  /** A tile's bytes, and what tells about them. */
  const tile = async (path: string) => {
    const { status, headers, body } = await asking.server.api.get(path).buffer(true).responseType('blob');
    return {
      status,
      type: headers['content-type'] as string,
      etag: headers.etag as string,
      bytes: body as Buffer,
    };
  };
  const linkTo = <L extends Link>(links: readonly L[], rel: string): L =>
    links.find((link) => link.rel === rel) ?? assert.fail(`no ${rel}`);

  it('/req/dataset-tilesets/landingpage, /req/geodata-tilesets/desc-links, /req/tilesets-list: lists of tilesets', async () => {
    const landing = await asking.json<{ links: Link[] }>('/');
    const { collections } = await asking.json<{ collections: { id: string; links: Link[] }[] }>(
      '/collections',
    );
    const lists = [landing.links, ...collections.map(({ links }) => links)];
    assert.equal(lists.length, 1 + COLLECTIONS.length);
    for (const links of lists) {
      const { href } = linkTo(links, `${RELATION}/tilesets-vector`);
      const { tilesets } = await asking.json<Tilesets>(href);
      assert.deepEqual(
        tilesets.map(({ tileMatrixSetURI }) => tileMatrixSetURI),
        [URI, WORLD],
      );
      for (const { dataType, tileMatrixSetURI, links } of tilesets) {
        assert.equal(dataType, 'vector');
        assert.ok([URI, WORLD].includes(tileMatrixSetURI));
        assert.equal((await asking.get(linkTo(links, 'self').href)).status, 200);
        assert.equal((await asking.get(linkTo(links, `${RELATION}/tiling-scheme`).href)).status, 200);
      }
    }
  });

  it('/req/tms: the grids are WebMercatorQuad and WorldCRS84Quad', async () => {
    const { tileMatrixSets } = await asking.json<{
      tileMatrixSets: { id: string; uri: string; links: Link[] }[];
    }>('/tileMatrixSets');
    assert.deepEqual(
      tileMatrixSets.map(({ id, uri }) => [id, uri]),
      [
        ['WebMercatorQuad', URI],
        ['WorldCRS84Quad', WORLD],
      ],
    );
    const { tileMatrices } = await asking.json<{ tileMatrices: Record<string, unknown>[] }>(
      linkTo(tileMatrixSets[0]?.links ?? [], 'item').href,
    );
    const [first, second] = tileMatrices;
    assert.ok(Math.abs(Number(first?.scaleDenominator) - 559082264.028717) < 1e-3);
    assert.ok(Math.abs(Number(first?.cellSize) - 156543.033928041) < 1e-6);
    assert.deepEqual([second?.matrixWidth, second?.matrixHeight, second?.tileWidth], [2, 2, 256]);
    assert.equal(await asking.refused('/tileMatrixSets/Mine'), '404 route_not_found');
  });

  it('/req/tileset/desc, /req/core/tc-op, tc-success: tiles by row and column, the bytes of those that there are anyhow', async () => {
    for (const collection of COLLECTIONS) {
      const tileset = await asking.json<Tileset>(`/collections/${collection}/tiles/WebMercatorQuad`);
      assert.equal(tileset.tileMatrixSetURI, URI);
      const { href, templated, type } = linkTo(tileset.links, 'item');
      assert.deepEqual([templated, type], [true, 'application/vnd.mapbox-vector-tile']);
      const json = await asking.server.api
        .get(linkTo(tileset.links, 'describedby').href.replace(asking.server.url, ''))
        .expect(200);
      const { tiles, vector_layers } = json.body as { tiles: string[]; vector_layers: { id: string }[] };
      assert.deepEqual(
        tileset.layers.map(({ id }) => id),
        vector_layers.map(({ id }) => id),
      );
      const limits =
        tileset.tileMatrixSetLimits.find(({ tileMatrix }) => tileMatrix === '5') ?? assert.fail();
      const { minTileRow: row, minTileCol: col } = limits;
      let found = 0;
      for (let r = row; r <= limits.maxTileRow; r++) {
        for (let c = col; c <= limits.maxTileCol; c++) {
          const path = (template: string): string =>
            template
              .replace(asking.server.url, '')
              .replace('{tileMatrix}', '5')
              .replace('{z}', '5')
              .replace('{tileRow}', String(r))
              .replace('{y}', String(r))
              .replace('{tileCol}', String(c))
              .replace('{x}', String(c));
          const [here, there] = [await tile(path(href)), await tile(path(tiles[0] ?? ''))];
          assert.deepEqual([here.status, here.type, here.etag], [there.status, there.type, there.etag]);
          assert.deepEqual(here.bytes, there.bytes);
          found += Number(here.status === 200);
        }
      }
      assert.ok(found > 0, collection);
      // Nothing lies beyond the limits.
      const beyond = await tile(`/ogc/collections/${collection}/tiles/WebMercatorQuad/5/${row - 1}/${col}`);
      assert.equal(beyond.status, 204);
    }
  });

  it('/req/core/tc-error: what is no tile is refused', async () => {
    const tiles = '/collections/sites/tiles/WebMercatorQuad';
    assert.equal(await asking.refused(`${tiles}/3/8/0`), '400 tile_out_of_range');
    assert.equal(await asking.refused(`${tiles}/3/2147483647/0`), '400 invalid_parameter');
    assert.equal(await asking.refused(`${tiles}/x/0/0`), '400 invalid_parameter');
    assert.equal(await asking.refused(`${tiles}/0/0/0?x=1`), '400 unknown_parameter');
    assert.equal(
      await asking.refused('/collections/secret/tiles/WebMercatorQuad/0/0/0'),
      '404 layer_not_found',
    );
    assert.equal(await asking.refused('/collections/sites/tiles/Mine/0/0/0'), '404 route_not_found');
    assert.equal(
      await asking.refused('/tiles/WebMercatorQuad/0/0/0?collections=secret'),
      '400 invalid_parameter',
    );
  });

  it('/req/collections-selection: tiles of several layers, and of one with a filter', async () => {
    const both = await tile('/ogc/tiles/WebMercatorQuad/0/0/0?collections=sites,districts');
    assert.deepEqual(both.bytes, (await tile('/tiles/sites,districts/0/0/0.mvt')).bytes);
    const all = await tile('/ogc/tiles/WebMercatorQuad/0/0/0');
    assert.ok(all.bytes.length > both.bytes.length);
    const some = await tile('/ogc/collections/sites/tiles/WebMercatorQuad/0/0/0?name=site%201');
    assert.deepEqual(some.bytes, (await tile('/tiles/sites/0/0/0.mvt?name=site%201')).bytes);
  });

  it('has a style for each choropleth, with its legend', async () => {
    const { styles } = await asking.json<{ styles: { id: string; links: Link[] }[] }>('/styles');
    assert.deepEqual(
      styles.map(({ id }) => id),
      ['people'],
    );
    for (const { href, rel, type } of styles[0]?.links ?? []) {
      const { status, headers } = await asking.get(href, type);
      assert.equal(status, 200, `${rel} ${href}`);
      assert.ok(String(headers['content-type']).startsWith(type), href);
    }
    const style = await asking.json<{ version: number; layers: unknown[] }>('/styles/people');
    const { body } = await asking.server.api.get('/gis/choropleth/people/style.json').expect(200);
    assert.deepEqual(style, body);
    assert.equal(await asking.refused('/styles/none'), '404 choropleth_not_found');
  });
});
