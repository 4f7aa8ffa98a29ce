import assert from 'node:assert/strict';
import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import { buildTileIndex } from '../../server/engine/cutting/tile-index.ts';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { backend, newServer, serve, type TestServer } from '../support/environment.ts';
import { featuresOf as featuresOfTile } from '../engine/tiles.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { compareTiles } from '../support/compare-tiles.ts';
import type { Kind } from './geometries.ts';
import { EVERY_TABLE, tablesOf, type Table } from './tables.ts';

/**
 * Tables of every geometry type, dimension, emptiness, validity and system, with columns of every type: the tile
 * of the memory engine, that of PostGIS and the features say the same. `TEST_ROWS_TABLES` asks for more of them,
 * `TEST_ROWS_SEED` for others.
 */
const SEED = Number(process.env.TEST_ROWS_SEED ?? 20_261);
const COUNT = Number(process.env.TEST_ROWS_TABLES ?? (backend === 'postgres' ? 30 : 12));
/** All generated geometry is in this tile. */
const TILE = { z: 6, x: 33, y: 21 };
const BUFFER = 64;
/** Polygons that are mended are not the same in GeoJSON, which has what the table has. */
const AS_IN_TABLE: readonly Kind[] = ['drawn'];

interface Shown {
  tile: Buffer;
  features: VectorTileFeature[];
}

describe(`${COUNT} of ${EVERY_TABLE} generated tables (seed ${SEED})`, () => {
  const { setup, tables } = tablesOf(SEED, Math.min(COUNT, EVERY_TABLE));
  let memory: TestServer;
  let postgis: TestServer | undefined;

  before(async () => {
    memory = await newServer({ sql: [setup, ...tables.map(({ sql }) => sql)].join('\n') });
    if (backend === 'postgres')
      postgis = await serve({ ...memory.environment, CHOROGRAPH_MEMORY_VERTICES: '0' });
  });

  const engines = (): TestServer[] => (postgis ? [memory, postgis] : [memory]);

  async function shown(server: TestServer, { name }: Table, query = ''): Promise<Shown> {
    const path = `/tiles/${name}/${TILE.z}/${TILE.x}/${TILE.y}.mvt${query}`;
    const response = await bytesOf(server.api.get(path));
    assert.ok([200, 204].includes(response.status), `${path}: ${response.status} ${String(response.body)}`);
    const tile = response.body as Buffer;
    return { tile, features: featuresOf(tile, name) };
  }

  async function features({ name }: Table, query = ''): Promise<Feature<Geometry | null>[]> {
    const path = `/features/${name}?limit=1000${query}`;
    const { status, text } = await memory.api.get(path);
    assert.equal(status, 200, `${path}: ${text}`);
    return (JSON.parse(text) as FeatureCollection<Geometry | null>).features;
  }

  const kindOf = ({ rows }: Table, id: unknown): Kind => rows[Number(id)]?.kind ?? 'nowhere';
  const idsOf = (some: readonly { id?: unknown }[]): unknown[] => some.map(({ id }) => id).sort(byNumber);

  for (const table of tables) {
    it(table.sql.match(/comment on table \S+ is '(.*)';/)?.[1] ?? table.name, async () => {
      const all = await features(table);
      assert.equal(all.length, table.rows.length);
      const visible = table.rows.flatMap(({ kind }, i) => (kind === 'drawn' || kind === 'mended' ? [i] : []));
      assert.deepEqual(idsOf(all.filter(({ geometry }) => geometry)), visible, 'rows with a geometry');

      const tiles: Buffer[] = [];
      for (const server of engines()) {
        const { tile, features: drawn } = await shown(server, table);
        tiles.push(tile);
        assert.deepEqual(idsOf(drawn), visible, 'rows in the tile');
        for (const feature of drawn) {
          const { properties } = all[Number(feature.id)] as Feature;
          assert.deepEqual(
            tileProperties(feature, properties),
            withoutNulls({ ...properties, id: null }),
            `row ${feature.id}`,
          );
        }
        // The outlines, too, are those of GeoJSON.
        sameOutlines(
          tile,
          tileOf(all, table.name),
          (id) => AS_IN_TABLE.includes(kindOf(table, id)),
          `${server === memory ? 'memory' : 'postgis'} and features`,
        );

        const leftOut = table.rows.filter(({ kind }) => kind === 'left out').length;
        if (server === memory) assert.equal(await rowsLeftOut(server, table), leftOut, 'rows left out');
      }
      if (tiles.length === 2)
        sameOutlines(tiles[0] as Buffer, tiles[1] as Buffer, () => true, 'memory and postgis');
    });

    it(`${table.name} is filtered alike`, async () => {
      const all = await features(table);
      for (const { name } of table.columns) {
        const values = all.map(({ properties }) => properties?.[name] as unknown).filter(isFilterable);
        for (const found of [...new Set(values)].slice(0, 8)) await filterBy(name, found);
      }

      async function filterBy(name: string, found: unknown): Promise<void> {
        const query = `${name}=${encodeURIComponent(String(found))}`;
        const { status } = await memory.api.get(`/features/${table.name}?${query}`);
        if (status === 400) return; // cannot be filtered on
        const wanted = idsOf((await features(table, `&${query}`)).filter(({ geometry }) => geometry));
        const same = idsOf(
          all.filter(({ geometry, properties }) => geometry && properties?.[name] === found),
        );
        assert.deepEqual(wanted, same, query);
        for (const server of engines())
          assert.deepEqual(idsOf((await shown(server, table, `?${query}`)).features), wanted, query);
      }
    });
  }
});

async function rowsLeftOut(server: TestServer, { name }: Table): Promise<number> {
  const { body } = await server.api.get('/tiles');
  const { layers } = body as { layers: { id: string; rowsLeftOut?: { count: number } }[] };
  return layers.find(({ id }) => id === name)?.rowsLeftOut?.count ?? 0;
}

/** Features as a tile, with nothing but their ids. */
function tileOf(features: readonly Feature<Geometry | null>[], name: string): Uint8Array {
  const index = buildTileIndex(features, {
    maxZoom: 6,
    buffer: BUFFER,
    sharedBorders: false,
    keepCollapsed: false,
  });
  const shapes = featuresOfTile(index.tile(TILE)).map(({ row, type, commands }) => ({
    id: features[row]?.id as number,
    type,
    commands,
    properties: {},
  }));
  return encodeLayer({ name, features: shapes, maxFeatures: 10_000, maxBytes: 1e7 }).bytes;
}

function sameOutlines(
  first: Uint8Array,
  second: Uint8Array,
  counts: (id: number) => boolean,
  which: string,
): void {
  for (const { moved, otherType } of compareTiles(first, second, { buffer: BUFFER, ignoreArea: 5 })) {
    assert.deepEqual(otherType.filter(counts), [], which);
    assert.deepEqual(
      moved.filter(({ id, distance }) => counts(id) && distance > Math.SQRT2),
      [],
      which,
    );
  }
}

/** As features have them: JSON is text in a tile. */
function tileProperties(feature: VectorTileFeature, like: Feature['properties']): object {
  return withoutNulls(
    Object.fromEntries(
      Object.entries(feature.properties).map(([name, value]) => [
        name,
        typeof like?.[name] === 'object' || (typeof value === 'string' && like?.[name] !== value)
          ? (JSON.parse(String(value)) as unknown)
          : value,
      ]),
    ),
  );
}

function withoutNulls(properties: Feature['properties']): object {
  return Object.fromEntries(Object.entries(properties ?? {}).filter(([, value]) => value !== null));
}

function isFilterable(value: unknown): boolean {
  return value !== null && typeof value !== 'object' && value !== '';
}

function byNumber(a: unknown, b: unknown): number {
  return Number(a) - Number(b);
}
