import assert from 'node:assert/strict';
import type { FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import { parse } from 'yaml';
import { featuresOf } from '../support/decode.ts';
import { values } from '../choropleth/support.ts';
import { demoServer, type TestServer } from '../support/environment.ts';

type Regions = FeatureCollection<Polygon | MultiPolygon, { code: string; name: string; parent?: string }>;

const ID = 'us-unemployment';
/** One that adds up to states. */
const SUMS = 'us-points';

describe('what other programs read of a choropleth', () => {
  let server: TestServer;
  before(async function () {
    server = await demoServer();
  });

  async function get<T>(url: string): Promise<{ body: T; text: string; headers: Record<string, string> }> {
    const { status, text, headers } = await server.api
      .get(url.replace(server.url, ''))
      .buffer(true)
      .parse((res, done) => {
        const pieces: Buffer[] = [];
        res.on('data', (piece: Buffer) => pieces.push(piece));
        res.on('end', () => done(null, Buffer.concat(pieces)));
      })
      .then((answer) => ({
        status: answer.status,
        headers: answer.headers as Record<string, string>,
        text: (answer.body as Buffer).toString(),
      }));
    assert.equal(status, 200, `${url}: ${text.slice(0, 300)}`);
    return {
      text,
      headers,
      body: (/json/.test(headers['content-type'] ?? '') ? JSON.parse(text) : text) as T,
    };
  }

  describe('Metabase: regions as GeoJSON', () => {
    const regions = (query = '') => get<Regions>(`/gis/choropleth/${ID}/regions.geojson${query}`);

    it('is less than 5 MB of polygons in degrees, each with its code and name', async () => {
      const { body, text } = await regions();
      assert.ok(Buffer.byteLength(text) <= 5_000_000, `${text.length} bytes`);
      assert.ok(Buffer.byteLength(text) > 1_000_000, 'it could have more detail');
      const { byCode } = await values(server, ID);
      assert.deepEqual(
        body.features.map(({ properties }) => properties.code).sort(),
        [...byCode.keys()].sort(),
      );
      for (const { geometry, properties } of body.features) {
        assert.match(geometry.type, /^(Multi)?Polygon$/);
        assert.equal(properties.name, byCode.get(properties.code)?.name);
        for (const [x = NaN, y = NaN] of positionsOf(geometry))
          assert.ok(Math.abs(x) <= 180 && Math.abs(y) <= 90, `${properties.code}: ${x},${y}`);
      }
    });

    it('has less detail where less fits, and borders that are still shared', async () => {
      const { body, text } = await regions('?maxbytes=900000');
      assert.ok(Buffer.byteLength(text) <= 900_000, `${text.length} bytes`);
      assert.equal(body.features.length, (await regions()).body.features.length);
      const edges = new Map<string, number>();
      for (const { geometry } of body.features)
        for (const edge of edgesOf(geometry)) edges.set(edge, (edges.get(edge) ?? 0) + 1);
      const inland = [...edges.values()].filter((count) => count === 2).length;
      // Coasts and the borders to other countries belong to one county; nearly all others to two.
      assert.ok(inland / edges.size > 0.75, `${inland} of ${edges.size}`);
    });

    it('says how many bytes are needed where they do not fit', async () => {
      const { body } = await server.api
        .get(`/gis/choropleth/${ID}/regions.geojson?maxbytes=5000`)
        .expect(400);
      const { detail } = body as { detail: string };
      const [, needed = ''] = /at least (\d+)/.exec(detail) ?? [];
      const { text } = await regions(`?maxbytes=${needed}`);
      assert.equal(Buffer.byteLength(text), Number(needed));
    });
  });

  describe('TerriaJS: region mapping', () => {
    interface Mapping {
      regionWmsMap: Record<
        string,
        {
          layerName: string;
          server: string;
          regionProp: string;
          uniqueIdProp: string;
          aliases: string[];
          bbox: number[];
          regionIdsFile: string;
        }
      >;
    }

    it('numbers regions in its tiles as in its list of ids', async () => {
      const { body } = await get<Mapping>(`/gis/choropleth/${SUMS}/regionMapping.json?level=us-states`);
      const [[name, entry]] = Object.entries(body.regionWmsMap) as [
        [string, Mapping['regionWmsMap'][string]],
      ];
      assert.equal(name, 'us-states');
      assert.equal(entry.bbox.length, 4);
      assert.ok(entry.aliases.includes('us-states'));
      const { body: ids } = await get<{ values: string[] }>(entry.regionIdsFile);
      assert.ok(ids.values.includes('06'));
      const url = entry.server.replace('{z}', '3').replace('{x}', '1').replace('{y}', '3');
      const response = await fetch(url);
      const layer = featuresOf(new Uint8Array(await response.arrayBuffer()), entry.layerName);
      assert.ok(layer.length > 10);
      for (const { properties } of layer) {
        const fid = properties[entry.uniqueIdProp];
        assert.ok(typeof fid === 'number' && Number.isInteger(fid));
        assert.equal(ids.values[fid], properties[entry.regionProp]);
      }
    });
  });

  describe('Kibana: a layer of region maps', () => {
    it('names a file that its browser may read, and fields that this has', async () => {
      const { text } = await get(`/gis/choropleth/${SUMS}/kibana.yml?level=us-states`);
      const { 'map.regionmap': config } = parse(text) as {
        'map.regionmap': {
          layers: { name: string; url: string; fields: { name: string; description: string }[] }[];
        };
      };
      const [layer] = config.layers;
      assert.ok(layer && layer.name !== '' && layer.fields.length === 2);
      const { body, headers } = await get<Regions>(layer.url);
      assert.equal(headers['access-control-allow-origin'], '*');
      for (const { properties } of body.features)
        for (const { name } of layer.fields) assert.ok(name in properties, name);
    });
  });

  describe('Grafana: a Geomap panel', () => {
    interface Panel {
      type: string;
      options: {
        layers: {
          type: string;
          config: {
            src: string;
            rules: {
              check: { property: string; operation: string; value: unknown };
              style: { color: { fixed: string } };
            }[];
            style: object;
          };
        }[];
      };
    }

    it('colours every region by one rule, as its class says', async () => {
      const { body } = await get<Panel>(
        `/gis/choropleth/${SUMS}/grafana.json?method=jenks&classes=4&level=us-states`,
      );
      const [{ type, config }] = body.options.layers as [Panel['options']['layers'][0]];
      assert.deepEqual([body.type, type], ['geomap', 'geojson']);
      const { body: drawn } = await get<FeatureCollection<Polygon, Record<string, unknown>>>(config.src);
      assert.ok(drawn.features.length > 40);
      for (const { properties } of drawn.features) {
        const rules = config.rules.filter(({ check }) => properties[check.property] === check.value);
        assert.deepEqual(
          rules.map(({ check, style }) => [check.operation, style.color.fixed]),
          [['eq', properties.color]],
        );
      }
    });
  });
});

const ringsOf = ({ coordinates, type }: Polygon | MultiPolygon): Position[][] =>
  type === 'Polygon' ? coordinates : coordinates.flat();
const positionsOf = (geometry: Polygon | MultiPolygon): Position[] => ringsOf(geometry).flat();

/** Both directions of an edge are the same. */
function edgesOf(geometry: Polygon | MultiPolygon): string[] {
  return ringsOf(geometry).flatMap((ring) =>
    ring.slice(1).map((to, i) => [String(ring[i]), String(to)].sort().join(' ')),
  );
}
