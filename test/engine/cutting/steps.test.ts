import assert from 'node:assert/strict';
import type { Geometry } from 'geojson';
import { tileAt } from '../../../server/engine/grid.ts';
import { kept } from '../../../server/engine/encoding/geometry.ts';
import { Marks } from '../../../server/engine/cutting/marks.ts';
import { CellStarts, firstFrom } from '../../../server/engine/cutting/morton.ts';
import { PointTree } from '../../../server/engine/cutting/point-tree.ts';
import type { Bounds } from '../../../server/engine/types.ts';
import { atOnce, inTurns } from '../../../server/tools/turns.ts';
import { randomOf } from '../mending/odd-polygons.ts';
import { buildMesh } from '../topology/mesh.ts';
import { indexOf } from '../tiles.ts';

const random = randomOf(12);
const OPTIONS = { cacheBytes: 1, keepCollapsed: true };

/** Points in heaps, some of them of rows that have several, some beyond the antimeridian and the poles. */
function heaps(count: number): Geometry[] {
  const place = (): [number, number] => [
    (Math.floor(random() * 5) - 2) * 90 + random() ** 3 * 20,
    (Math.floor(random() * 5) - 2) * 42 + random() ** 3 * 10,
  ];
  return Array.from({ length: count }, (_, i): Geometry => {
    if (i % 7 > 0) return { type: 'Point', coordinates: place() };
    const at = place();
    return { type: 'MultiPoint', coordinates: [at, place(), at, at] };
  });
}

describe('points by a box', () => {
  it('are those that looking at each finds, in order', () => {
    for (const [count, spread] of [
      [0, 1],
      [1, 1],
      [2_000, 1],
      [2_000, 1.2],
    ] as const) {
      const coords = Float64Array.from({ length: 2 * count }, (_, i) =>
        i % 10 < 2 ? 0.5 : (random() ** 4 - 0.5) * spread + 0.5,
      );
      const tree = new PointTree(coords);
      for (let tries = 0; tries < 60; tries++) {
        // Tiles, and boxes that begin anywhere, in part or wholly beyond the world.
        const size = 2 ** -Math.floor(random() * 12);
        const [x, y] =
          tries % 2 === 0
            ? [Math.floor(random() / size) * size, Math.floor(random() / size) * size]
            : [1.5 * random() - 0.25, 1.5 * random() - 0.25];
        const box: Bounds = [x, y, x + size * (0.5 + random()), y + size];
        const all = Array.from({ length: count }, (_, i) => i);
        const inside = all.filter((i) => {
          const [px, py] = [coords[2 * i]!, coords[2 * i + 1]!];
          return px >= box[0] && px <= box[2] && py >= box[1] && py <= box[3];
        });
        assert.deepEqual([...tree.search(box)], inside);
        assert.equal(tree.hasAny(box), inside.length > 0);
      }
    }
  });
});

describe('codes and numbers in order', () => {
  it('are found from where their square starts', () => {
    for (const count of [0, 1, 40, 5_000]) {
      const codes = Uint32Array.from({ length: count }, () => Math.floor(random() ** 3 * 2 ** 32)).sort();
      const starts = new CellStarts(codes);
      const asked = Array.from({ length: 300 }, () => Math.floor(random() ** 2 * 2 ** 32));
      for (const code of [...asked, ...codes.subarray(0, 300), 0, 2 ** 31, 2 ** 32 - 1])
        assert.equal(starts.firstFrom(code), firstFrom(codes, code));
      assert.equal(starts.firstFrom(2 ** 32), count);
    }
  });

  it('are put in order where they are few and where they are many, again and again', () => {
    const limit = 5_000;
    const marks = new Marks(limit);
    for (const count of [0, 1, 20, 30, 300, limit]) {
      for (let tries = 0; tries < 5; tries++) {
        const drawn = Array.from({ length: limit }, (_, i) => [random(), i] as const).sort(
          ([a], [b]) => a - b,
        );
        const numbers = Uint32Array.from(drawn.slice(0, count), ([, number]) => number);
        const expected = numbers.slice().sort();
        assert.deepEqual(marks.sort(numbers), expected);
      }
    }
  });
});

describe('tiles that are cut in steps', () => {
  const mesh = buildMesh({ columns: 10, rows: 8, west: 20, south: 10, cell: 3, detail: 60, seed: 1 });
  const layers = {
    points: heaps(6_000),
    polygons: mesh.regions,
    'both, and what leaves the world': [
      ...mesh.regions.slice(0, 60),
      ...heaps(3_000),
      ...mesh.regions.slice(60),
      { type: 'LineString', coordinates: Array.from({ length: 3_000 }, (_, i) => [170 + i / 150, i % 2]) },
    ] as Geometry[],
  };

  for (const [name, geometries] of Object.entries(layers)) {
    it(`are those that are cut at once: ${name}`, async () => {
      const index = indexOf(geometries, OPTIONS);
      const coords = [0, 2, 6].flatMap((z) => [tileAt(30, 25, z), tileAt(91, 1, z), tileAt(-179.5, 1, z)]);
      const large = coords.filter((coord) => index.isLarge(coord));
      assert.ok(large.length > 0 && large.length < coords.length, `${large.length} are large`);
      const expected = coords.map((coord) => kept(index.tile(coord)));
      // All of them together, each between the steps of the others.
      const made = await Promise.all(coords.map((coord) => inTurns(index.inSteps(coord))));
      assert.deepEqual(made, expected);
    });
  }

  it('stop often where there is much, and never where there is little', () => {
    const index = indexOf(heaps(25_000).concat(layers.polygons), OPTIONS);
    const stopsAt = (z: number): number => {
      const work = index.inSteps(tileAt(30, 25, z));
      let stops = 0;
      while (!work.next().done) stops++;
      return stops;
    };
    assert.ok(stopsAt(0) >= 3, `${stopsAt(0)} stops`);
    assert.equal(stopsAt(9), 0);
    assert.deepEqual(atOnce(index.inSteps(tileAt(30, 25, 0))), kept(index.tile(tileAt(30, 25, 0))));
  });
});
