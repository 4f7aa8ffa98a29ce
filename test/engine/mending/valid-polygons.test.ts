import assert from 'node:assert/strict';
import type { Geometry, Polygon, Position } from 'geojson';
import fc from 'fast-check';
import { decodeCommands } from '../../../server/engine/encoding/commands.ts';
import { readRegions } from '../../../server/demo/files.ts';
import { tileAt } from '../../../server/engine/grid.ts';
import { mendedPolygons } from '../../../server/engine/mending/mend.ts';
import type { TileCoord } from '../../../server/engine/types.ts';
import { newServer, once, type TestServer } from '../../support/environment.ts';
import { buildMesh } from '../topology/mesh.ts';
import { oddPolygon, randomOf } from './odd-polygons.ts';
import { areaOf, indexOf, type EncodedGeometry } from '../tiles.ts';

/** `TEST_POLYGONS_ROUNDS` asks for more of them, `TEST_POLYGONS_SEED` for others. */
const ROUNDS = Number(process.env.TEST_POLYGONS_ROUNDS ?? 6);
const SEED = Number(process.env.TEST_POLYGONS_SEED ?? 7);

/** A ring of spikes around a place: simplified and rounded, they come to cross each other. */
function star(centre: Position, size: number, spikes: readonly number[]): Polygon {
  const ring = spikes.map((length, i): Position => {
    const angle = (2 * Math.PI * i) / spikes.length;
    const radius = size * (i % 2 === 0 ? 0.3 * length + 0.02 : 0.1 + 0.9 * length);
    return [centre[0]! + radius * Math.cos(angle), centre[1]! + radius * Math.sin(angle)];
  });
  return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
}

/** A polygon of a tile as text for PostGIS, and whether MVT's rule on winding holds: exterior, its holes, exterior … */
function asText({ commands }: EncodedGeometry): string {
  const polygons: string[][] = [];
  for (const ring of decodeCommands(commands)) {
    const positions = Array.from({ length: ring.length / 2 + 1 }, (_, i) => {
      const at = (2 * i) % ring.length;
      return `${ring[at]} ${ring[at + 1]}`;
    });
    const area = areaOf([ring]);
    assert.notEqual(area, 0, 'a ring has an area');
    if (area > 0) polygons.push([`(${positions.join()})`]);
    else polygons.at(-1)!.push(`(${positions.join()})`);
  }
  return `MULTIPOLYGON(${polygons.map((rings) => `(${rings.join()})`).join()})`;
}

once('polygons of the memory engine', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({});
  });

  async function assertValid(features: readonly { where: string; text: string }[]): Promise<void> {
    assert.ok(features.length > 0, 'there is something to look at');
    const invalid = await server.run<{ place: string; reason: string }>(
      `select place, st_isvalidreason(st_geomfromtext(shape)) as reason
        from unnest($1::text[], $2::text[]) as feature (place, shape)
        where not st_isvalid(st_geomfromtext(shape))`,
      [features.map(({ where }) => where), features.map(({ text }) => text)],
    );
    assert.deepEqual(invalid, []);
  }

  /** Every polygon of some tiles at each zoom, those at tile edges included. */
  function drawn(
    geometries: Geometry[],
    places: readonly Position[],
    zooms: readonly number[],
    sharedBorders = true,
  ) {
    const index = indexOf(geometries, { sharedBorders, keepCollapsed: true });
    const tiles = new Map<string, TileCoord>();
    for (const z of zooms) {
      for (const [longitude, latitude] of places) {
        const tile = tileAt(longitude!, latitude!, z);
        tiles.set(`${z}/${tile.x}/${tile.y}`, tile);
      }
    }
    return [...tiles].flatMap(([name, tile]) =>
      index.features(tile).map((feature) => ({ where: `${name} row ${feature.row}`, text: asText(feature) })),
    );
  }

  const grid = (west: number, south: number, step: number, count: number): Position[] =>
    Array.from({ length: count * count }, (_, i): Position => [
      west + (i % count) * step,
      south + Math.floor(i / count) * step,
    ]);

  for (const seed of [1, 2, 3]) {
    it(`are valid where neighbours share crooked borders (mesh ${seed})`, async () => {
      const mesh = buildMesh({ columns: 6, rows: 5, west: 20, south: 10, cell: 5, detail: 150, seed });
      await assertValid(drawn(mesh.regions, grid(20.3, 10.2, 4.1, 7), [0, 1, 2, 3, 4, 5, 6, 8]));
    });
  }

  it('are valid where simplification and rounding make spikes cross', async () => {
    const lengths = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(lengths, async (spikes) => {
        const stars = grid(20, 10, 1.2, 3).map((centre) => star(centre, 1, spikes));
        await assertValid(drawn(stars, grid(19.5, 9.5, 0.8, 5), [0, 2, 3, 4, 5, 6]));
      }),
      { numRuns: 10, seed: 3 },
    );
  });

  it('are valid where necks, walls and the arms of spirals are thinner than a unit', async () => {
    const random = randomOf(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const odd = Array.from({ length: 12 }, () =>
        oddPolygon(random, 10 + 12 * random(), 10 + 12 * random(), 8 * random() ** 2 + 0.01),
      );
      const places = Array.from({ length: 8 }, (): Position => [10 + 14 * random(), 10 + 14 * random()]);
      await assertValid(drawn(odd, places, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], round % 3 > 0));
    }
  });

  it('are valid for the counties of the United States, the boroughs of New York among them', async () => {
    const counties = readRegions('us/regions.topo.json', 'counties');
    const boroughs = ['36005', '36047', '36061', '36081', '36085'].map((code) =>
      counties.findIndex(({ id }) => id === code),
    );
    const newYork: Position = [-73.95, 40.7];
    const places = [newYork, ...grid(-150, 20, 11, 8)];
    const geometries = counties.map(({ geometry }) => geometry);
    const all = drawn(geometries, places, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await assertValid(all);
    const { x, y } = tileAt(newYork[0]!, newYork[1]!, 8);
    const there = all.map(({ where }) => where);
    for (const row of boroughs) assert.ok(there.includes(`8/${x}/${y} row ${row}`), `row ${row}`);
  });

  it('are valid where a hole lies at the edge of the buffer', async () => {
    // The buffer of tile 4/8/7 ends at 22.5° + 64 / 4096 of 22.5° east, and north of the equator.
    const edge = 22.5 + (64 / 4096) * 22.5;
    const box = (west: number, south: number, east: number, north: number): Position[] => [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ];
    const holes = [edge - 1, edge, edge + 0.001].map((east) => box(edge - 3, 5, east, 8).reverse());
    const shapes = holes.map((hole): Polygon => ({
      type: 'Polygon',
      coordinates: [box(5, 1, 30, 15), hole],
    }));
    const two: Polygon = {
      type: 'Polygon',
      coordinates: [box(5, 1, 30, 15), box(20, 3, 24, 5).reverse(), box(20, 6, 24, 8).reverse()],
    };
    // A comb whose teeth alone reach into the tile: one ring falls into pieces.
    const comb: Polygon = {
      type: 'Polygon',
      coordinates: [
        [
          [30, 1],
          [30, 16],
          [21, 16],
          [21, 14],
          [25, 14],
          [25, 12],
          [21, 12],
          [21, 10],
          [25, 10],
          [25, 3],
          [21, 3],
          [21, 1],
          [30, 1],
        ],
      ],
    };
    const features = drawn([...shapes, two, comb], [[10, 10]], [4]);
    await assertValid(features);
    const rings = features.map(({ text }) => text.split('(').length - 2);
    assert.equal(features.at(-1)?.text.match(/\(\(/g)?.length, 3, 'three teeth are three polygons');
    assert.ok(rings.length === 5);
  });

  it('keep what they enclose', () => {
    // A bow-tie of a ring that winds around one lobe clockwise and around the other not: the first is filled.
    assert.deepEqual(mendedPolygons([[0, 0, 10, 10, 10, 0, 0, 10]]).flat(2).length, 6);
    const plain = [0, 0, 10, 0, 12, 6, 8, 6, 10, 12, 0, 12];
    assert.equal(areaOf(mendedPolygons([plain]).flat()), areaOf([plain]));
    // A ring that touches itself is two.
    const pinched = mendedPolygons([[0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10]]);
    assert.equal(pinched.length, 2);
    // A hole that touches its exterior twice divides it.
    const divided = mendedPolygons([
      [0, 0, 10, 0, 10, 10, 0, 10],
      [5, 0, 4, 5, 5, 10, 6, 5],
    ]);
    assert.equal(divided.length, 2);
    assert.equal(areaOf(divided.flat()), 90);
    // What goes there and back again is nothing.
    const [[square = []] = []] = mendedPolygons([[0, 0, 10, 0, 10, 10, 10, 20, 10, 10, 0, 10]]);
    assert.deepEqual([square.length, areaOf([square])], [8, 100]);
    assert.deepEqual(mendedPolygons([[0, 0, 10, 0]]), []);
  });

  it('lose no area to speak of, and are given to nobody twice', () => {
    const mesh = buildMesh({ columns: 6, rows: 5, west: 20, south: 10, cell: 5, detail: 150, seed: 1 });
    const index = indexOf(mesh.regions);
    for (const z of [2, 3, 4, 5]) {
      const tile = tileAt(35, 22, z);
      const total = index.features(tile).reduce((sum, one) => sum + areaOf(decodeCommands(one.commands)), 0);
      assert.equal(total, (4096 + 128) ** 2, `zoom ${z}: the sea and all regions cover the tile`);
    }
  });
});
