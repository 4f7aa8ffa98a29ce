import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '../../server/errors.ts';
import {
  HALF_WORLD_METRES,
  MAX_LATITUDE,
  MAX_ZOOM,
  checkTile,
  isTile,
  latitudeOf,
  longitudeOf,
  tileAt,
  tileBounds,
  tileEnvelope,
  worldX,
  worldY,
} from '../../server/engine/grid.ts';

function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `${actual} ≠ ${expected}`),
  );
}

describe('tile grid', () => {
  it('knows the bounds of tiles in degrees', () => {
    assertClose(tileBounds({ z: 0, x: 0, y: 0 }), [-180, -MAX_LATITUDE, 180, MAX_LATITUDE], 1e-9);
    assertClose(tileBounds({ z: 1, x: 1, y: 0 }), [0, 0, 180, MAX_LATITUDE], 1e-9);
    assertClose(tileBounds({ z: 2, x: 0, y: 1 }), [-180, 0, -90, 66.51326044311186], 1e-9);
  });

  it('knows the envelopes of tiles in metres, as ST_TileEnvelope does', () => {
    const half = HALF_WORLD_METRES;
    assert.ok(Math.abs(half - 20037508.342789244) < 1e-6);
    assertClose(tileEnvelope({ z: 0, x: 0, y: 0 }), [-half, -half, half, half], 1e-6);
    // select ST_TileEnvelope(10, 528, 385)
    assertClose(
      tileEnvelope({ z: 10, x: 528, y: 385 }),
      [626172.1357121639, 4931105.568733288, 665307.8941941741, 4970241.327215298],
      1e-6,
    );
    const [minX, minY, maxX, maxY] = tileEnvelope({ z: 1, x: 0, y: 0 }, 64 / 4096);
    assertClose(
      [minX, minY, maxX, maxY],
      [-half * (1 + 1 / 64), -half / 64, half / 64, half * (1 + 1 / 64)],
      1e-6,
    );
  });

  it('finds the tile of a place', () => {
    assert.deepEqual(tileAt(106.8272, -6.1754, 12), { z: 12, x: 3263, y: 2118 });
    assert.deepEqual(tileAt(190, 10, 3), tileAt(-170, 10, 3));
    assert.deepEqual(tileAt(180, 0, 1), { z: 1, x: 0, y: 1 });
    assert.deepEqual(tileAt(0, 90, 4), { z: 4, x: 8, y: 0 });
    assert.deepEqual(tileAt(0, -90, 4), { z: 4, x: 8, y: 15 });
  });

  it('puts the centre of every tile into that tile', () => {
    const tile = fc
      .integer({ min: 0, max: MAX_ZOOM })
      .chain((z) => fc.tuple(fc.constant(z), fc.nat(2 ** z - 1), fc.nat(2 ** z - 1)))
      .map(([z, x, y]) => ({ z, x, y }));
    fc.assert(
      fc.property(tile, (coord) => {
        const [west, south, east, north] = tileBounds(coord);
        const centre = latitudeOf((worldY(south) + worldY(north)) / 2);
        assert.deepEqual(tileAt((west + east) / 2, centre, coord.z), coord);
      }),
    );
  });

  it('projects forth and back', () => {
    const longitude = fc.double({ min: -360, max: 360, noNaN: true });
    const latitude = fc.double({ min: -89, max: 89, noNaN: true });
    fc.assert(
      fc.property(longitude, latitude, (lon, lat) => {
        assertClose([longitudeOf(worldX(lon)), latitudeOf(worldY(lat))], [lon, lat], 1e-9);
      }),
    );
  });

  it('refuses tiles that do not exist', () => {
    const none = [
      { z: -1, x: 0, y: 0 },
      { z: MAX_ZOOM + 1, x: 0, y: 0 },
      { z: 1.5, x: 0, y: 0 },
      { z: 2, x: 4, y: 0 },
      { z: 2, x: 0, y: 4 },
      { z: 2, x: -1, y: 0 },
      { z: 2, x: 0.5, y: 0 },
      { z: NaN, x: 0, y: 0 },
    ];
    for (const coord of none) {
      assert.equal(isTile(coord), false, JSON.stringify(coord));
      assert.throws(
        () => checkTile(coord),
        (error) => error instanceof AppError && error.code === 'tile_out_of_range',
      );
    }
    const last = { z: MAX_ZOOM, x: 2 ** MAX_ZOOM - 1, y: 2 ** MAX_ZOOM - 1 };
    assert.equal(checkTile(last), last);
  });
});
