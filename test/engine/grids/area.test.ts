import assert from 'node:assert/strict';
import bboxClip from '@turf/bbox-clip';
import { polygon } from '@turf/helpers';
import fc from 'fast-check';
import { pressedInto, withoutSides, type Place } from '../../../server/engine/grids/area.ts';
import { areaOf } from '../tiles.ts';

const AREA = [-10, -5, 10, 5] as const;
const places = (least: number) =>
  fc.array(fc.tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -20, max: 20 })), {
    minLength: least,
    maxLength: 12,
  });

describe('lines pressed into the area of a grid', () => {
  it('enclose what is within, and nothing else', () => {
    fc.assert(
      fc.property(places(3), (corners) => {
        const ring: Place[] = [...corners, corners[0]!];
        const pressed = pressedInto(AREA, ring);
        const clipped = bboxClip(polygon([ring as [number, number][]]), [...AREA]).geometry.coordinates;
        const wanted = areaOf((clipped as number[][][]).map((one) => one.flat()));
        assert.ok(Math.abs(areaOf([pressed.flat()]) - wanted) < 1e-9, `${wanted}`);
        assert.ok(pressed.every(([x, y]) => Math.abs(x) <= 10 && Math.abs(y) <= 5));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('are the same from either end, and keep their ends', () => {
    fc.assert(
      fc.property(places(2), (line) => {
        const length = (one: readonly Place[]): number =>
          one.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - one[i]![0], y - one[i]![1]), 0);
        const inside = (one: readonly Place[]): number =>
          withoutSides(AREA, pressedInto(AREA, one)).reduce((sum, piece) => sum + length(piece), 0);
        const back = [...line].reverse();
        assert.ok(Math.abs(inside(line) - inside(back)) < 1e-9);
        const clamp = ([x, y]: Place): Place => [
          Math.max(-10, Math.min(10, x)),
          Math.max(-5, Math.min(5, y)),
        ];
        assert.deepEqual(pressedInto(AREA, line).at(-1), clamp(line.at(-1)!));
        assert.deepEqual(pressedInto(AREA, line)[0], clamp(line[0]!));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
