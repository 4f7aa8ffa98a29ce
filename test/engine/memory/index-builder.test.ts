import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Geometry } from 'geojson';
import { flatten, pointsOf, shapesOf } from '../../../server/engine/topology/flat.ts';
import { IndexBuilder } from '../../../server/engine/memory/index-builder.ts';
import type { TopologyJob } from '../../../server/engine/memory/topology-worker.ts';
import { buildTileIndex, type TileIndexOptions } from '../../../server/engine/cutting/tile-index.ts';
import { buildTopology } from '../../../server/engine/topology/topology.ts';
import { Thread } from '../../../server/tools/thread.ts';
import { atOnce, inTurns } from '../../../server/tools/turns.ts';

const OPTIONS: TileIndexOptions = { maxZoom: 14, sharedBorders: true, keepCollapsed: true };

/** Neighbouring polygons, lines, points and rows without geometry. */
function mixture(columns: number): (Geometry | null)[] {
  const rows: (Geometry | null)[] = [];
  for (let x = 0; x < columns; x++) {
    for (let y = 0; y < 60; y++) {
      const [a, b] = [x / 10, y / 10];
      const ring = [
        [a, b],
        [a + 0.05, b + 0.013],
        [a + 0.1, b],
        [a + 0.1, b + 0.1],
        [a, b + 0.1],
        [a, b],
      ];
      rows.push({ type: 'Polygon', coordinates: [ring] });
      if (y % 20 === 0) rows.push(null, { type: 'Point', coordinates: [a, b] });
      if (y % 30 === 0) rows.push({ type: 'LineString', coordinates: ring.slice(0, 4) });
    }
  }
  return rows;
}

describe('the index of a layer', () => {
  it('is the same whether this thread makes it or another, whatever comes in one batch', async () => {
    for (const columns of [1, 120]) {
      const rows = mixture(columns);
      const texts = rows.map((geometry) => geometry && JSON.stringify(geometry));
      const builder = new IndexBuilder(OPTIONS);
      for (let from = 0; from < texts.length; from += 700) await builder.add(texts.slice(from, from + 700));
      const made = await builder.build();
      const expected = buildTileIndex(
        rows.map((geometry) => ({ geometry })),
        OPTIONS,
      );
      assert.deepEqual(made.bounds, expected.bounds);
      assert.equal(made.vertexCount, expected.vertexCount);
      assert.deepEqual(made.topology, expected.topology);
      for (const coord of [
        { z: 0, x: 0, y: 0 },
        { z: 5, x: 16, y: 15 },
        { z: 8, x: 130, y: 127 },
        { z: 13, x: 4101, y: 4090 },
      ]) {
        await made.prepare(coord.z);
        assert.deepEqual(made.tile(coord), expected.tile(coord));
      }
      assert.equal(made.prepare(8), undefined);
    }
  });

  it('of one load has nothing of another, nor of one that was given up', async () => {
    const texts = (place: number): string[] =>
      Array.from({ length: 20_000 }, () => JSON.stringify({ type: 'Point', coordinates: [place, place] }));
    const builders = [1, 2, 3].map((place) => ({ place, builder: new IndexBuilder(OPTIONS) }));
    await Promise.all(builders.map(({ place, builder }) => builder.add(texts(place))));
    await builders[1]!.builder.drop();
    for (const { place, builder } of [builders[0]!, builders[2]!]) {
      const index = await builder.build();
      assert.deepEqual(index.bounds, [place, place, place, place]);
      assert.equal(index.vertexCount, 20_000);
    }
  });

  it('fails where a geometry cannot be read, and the next one is made all the same', async () => {
    const broken = new IndexBuilder(OPTIONS);
    const large = 'x'.repeat(800_000);
    await assert.rejects(broken.add([large]));
    await broken.drop();
    const next = new IndexBuilder(OPTIONS);
    await next.add(['{"type":"Point","coordinates":[1,2]}', null]);
    assert.deepEqual((await next.build()).bounds, [1, 2, 1, 2]);
  });

  it('is not made of a part of the rows, where the thread that had the others is gone', async () => {
    const module = new URL('../../../server/engine/memory/topology-worker', import.meta.url);
    const started = new Thread<TopologyJob, unknown>(module, {
      maxWaiting: 1,
      timeoutMs: 60_000,
      restMs: 1_000,
    });
    await assert.rejects(started.run({ load: 1, rows: 700, texts: [null] }));
    await assert.rejects(started.run({ load: 1, rows: 700, build: { sharedBorders: true } }));
    await started.run({ load: 2, rows: 0, texts: ['{"type":"Point","coordinates":[1,2]}'] });
    assert.ok(await started.run({ load: 2, rows: 1, build: { sharedBorders: true } }));
  });
});

describe('a topology', () => {
  it('is the same of the shapes and points that it has', () => {
    const coordinate = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 }));
    const geometry = fc.oneof(
      fc.constant(null),
      coordinate.map((coordinates): Geometry => ({ type: 'Point', coordinates })),
      fc
        .array(fc.array(coordinate, { minLength: 4, maxLength: 8 }), { minLength: 1, maxLength: 3 })
        .map((coordinates): Geometry => ({ type: 'Polygon', coordinates })),
      fc
        .array(coordinate, { minLength: 2, maxLength: 5 })
        .map((coordinates): Geometry => ({ type: 'LineString', coordinates })),
    );
    fc.assert(
      fc.property(fc.array(geometry, { maxLength: 12 }), fc.boolean(), (geometries, sharedBorders) => {
        const topology = buildTopology(geometries, { sharedBorders });
        const [shapes, points] = [[...shapesOf(topology)], [...pointsOf(topology)]];
        const { coords, weights, arcStart, rows, vertexCount } = topology;
        const again = flatten({ coords, weights, arcStart, rows, vertexCount, shapes, points });
        assert.deepEqual(again, topology);
        const rowsOf = new Set([...shapes, ...points].map(({ row }) => row));
        assert.ok(geometries.every((geometry, row) => geometry !== null || !rowsOf.has(row)));
      }),
    );
  });
});

describe('work in turns', () => {
  it('lets others have theirs, and gives what it gives at once', async () => {
    let turns = 0;
    function* work(): Generator<void, number> {
      let sum = 0;
      const end = performance.now() + 30_000; // where nobody else ever has a turn
      do {
        sum++;
        yield;
      } while (turns === 0 && performance.now() < end);
      return sum > 0 ? 1 : 0;
    }
    const timer = setInterval(() => turns++, 1);
    assert.equal(await inTurns(work()), 1);
    clearInterval(timer);
    assert.ok(turns > 0);
    assert.equal(atOnce(work()), 1);
  });
});
