import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { FONT_FILES, textWidth, wrapText } from '../../../server/choropleth/draw/page/fonts.ts';
import { groupsOf } from '../../../server/choropleth/draw/geometry/groups.ts';
import { unwrap } from '../../../server/choropleth/draw/geometry/cutting.ts';
import { cutMeridian, unwrapBox } from '../../../server/choropleth/draw/geometry/longitudes.ts';
import { readMetrics } from '../../../server/choropleth/draw/page/font-metrics.ts';
import { panelsOf } from '../../../server/choropleth/draw/page/panels.ts';
import { Extent, planeOf, PROJECTIONS, zoomOf } from '../../../server/choropleth/draw/geometry/projection.ts';
import { element, escapeXml } from '../../../server/choropleth/draw/page/svg.ts';
import { classHistogram } from '../../../server/choropleth/legend/histogram.ts';
import { classify } from '../../../server/choropleth/classify/index.ts';
import { assertWellFormed, unescape } from '../forms/support.ts';

const box = (west: number, south: number, east: number, north: number, row = 0) => ({
  row,
  west,
  south,
  east,
  north,
});
const FRAME = { x: 0, y: 0, width: 800, height: 500 };

describe('drawing', () => {
  describe('text', () => {
    it('is as wide as the font says', () => {
      const { unitsPerEm, advance } = readMetrics(readFileSync(FONT_FILES.regular));
      assert.equal(unitsPerEm, 1000);
      // Widths published with Source Sans 3 Regular.
      assert.deepEqual(
        ['0', 'i', 'W', ' '].map((text) => advance(text.codePointAt(0)!)),
        [497, 246, 786, 200],
      );
      assert.equal(textWidth('00', 10), 9.94);
      assert.ok(textWidth('mmm', 12, 'semibold') > textWidth('mmm', 12));
    });

    it('gives unknown characters the width of the box that is drawn for them', () => {
      assert.equal(textWidth('水', 10), textWidth('\u{1f30d}', 10));
      assert.ok(textWidth('水', 10) > 0);
    });

    it('is wrapped at words, and cut with an ellipsis', () => {
      assert.deepEqual(wrapText('one two three', 1000, 12), ['one two three']);
      assert.deepEqual(wrapText('', 100, 12), []);
      fc.assert(
        fc.property(fc.string({ maxLength: 80 }), fc.integer({ min: 30, max: 300 }), (text, width) => {
          const lines = wrapText(text, width, 12, { maxLines: 3 });
          assert.ok(lines.length <= 3);
          for (const line of lines) assert.ok(textWidth(line, 12) <= width, line);
        }),
      );
    });
  });

  it('escapes any text into well-formed XML that reads the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const markup = element('text', { title: text }, escapeXml(text));
        assertWellFormed(markup);
        const forbidden = (character: string) =>
          (character < ' ' && !'\t\n\r'.includes(character)) ||
          /[\ufffe\uffff\p{Surrogate}]/u.test(character);
        const allowed = [...text].filter((character) => !forbidden(character)).join('');
        assert.equal(unescape(/>([^]*)</.exec(markup)![1]!), allowed);
      }),
    );
  });

  describe('longitudes', () => {
    it('are cut where there is most sea', () => {
      const cases: [west: number, east: number][][] = [
        [[95, 141]],
        [
          [-180, -66],
          [172, 180],
        ],
        [[-170, 170]],
        [
          [-179, -170],
          [170, 179],
        ],
        [[170, 190]],
      ];
      assert.deepEqual(
        cases.map((spans) => cutMeridian(spans.map(([west, east]) => ({ west, east })))),
        [-62, 53, -180, 0, 0],
      );
    });

    it('come in one piece after the cut, whatever side of the antimeridian they are on', () => {
      fc.assert(
        fc.property(fc.integer({ min: -180, max: 179 }), fc.integer({ min: 1, max: 170 }), (west, width) => {
          const east = west + width;
          const parts =
            east <= 180 ? [box(west, 0, east, 1)] : [box(west, 0, 180, 1), box(-180, 0, east - 360, 1)];
          const cut = cutMeridian(parts);
          const unwrapped = parts.map((part) => unwrapBox(part, cut));
          const span = Math.max(...unwrapped.map((p) => p.east)) - Math.min(...unwrapped.map((p) => p.west));
          assert.ok(Math.abs(span - width) < 1e-9);
        }),
      );
      assert.equal(unwrap(-170, 0), 190);
      assert.equal(unwrap(0, 0), 0);
    });
  });

  describe('insets', () => {
    const mainland = [box(0, 40, 10, 50, 1), box(10, 42, 14, 48, 2)];

    it('part what the sea parts', () => {
      const islands = [box(30, 40, 31, 41, 3), box(31.5, 40, 32, 41, 4), box(5, 20, 6, 21, 5)];
      const groups = groupsOf([...islands, ...mainland]);
      const rows = groups.map(({ parts }) => parts.map(({ row }) => row).sort());
      assert.deepEqual(rows[0], [1, 2]);
      assert.deepEqual(rows.slice(1).sort(), [[3, 4], [5]]);
      assert.ok(groups[0]!.has(5, 45) && !groups[0]!.has(30.5, 40.5));
    });

    it('are used for what is small and far, within the frame and apart', () => {
      const { panels } = panelsOf(
        [...mainland, box(30, 40, 31, 41, 3), box(5, 20, 6, 21, 4)],
        FRAME,
        undefined,
      );
      assert.deepEqual(
        panels.map(({ isInset }) => isInset),
        [false, true, true],
      );
      for (const { frame } of panels) {
        assert.ok(frame.x >= 0 && frame.x + frame.width <= 800.001 && frame.y + frame.height <= 500.001);
      }
      assert.ok(panels[0]!.frame.height <= panels[1]!.frame.y);
      assert.ok(panels[1]!.frame.x + panels[1]!.frame.width <= panels[2]!.frame.x);
    });

    it('are not used for halves of a country, for most of the world, or in a small frame', () => {
      const one = (parts: ReturnType<typeof box>[], frame = FRAME) =>
        panelsOf(parts, frame, undefined).panels.length;
      assert.equal(one([box(100, 1, 104, 7), box(110, 1, 119, 7)]), 1);
      assert.equal(one([box(-120, 0, 20, 50), box(50, 0, 60, 10)]), 1);
      assert.equal(one([...mainland, box(30, 40, 31, 41)], { ...FRAME, width: 20, height: 20 }), 1);
      assert.equal(one([]), 0);
    });
  });

  describe('projections', () => {
    it('fill the frame and keep the margins even', () => {
      for (const name of PROJECTIONS) {
        const plane = planeOf(name, [-10, 40, 20, 60], 5);
        const extent = new Extent();
        const corners = [
          [-10, 40],
          [20, 40],
          [-10, 60],
          [20, 60],
          [5, 60],
          [5, 40],
        ] as const;
        for (const [longitude, latitude] of corners) extent.add(plane(longitude, latitude));
        const { k, dx, dy } = extent.fit(300, 200);
        const points = corners.map(([longitude, latitude]) => {
          const [x, y] = plane(longitude, latitude);
          return [k * x + dx, dy - k * y] as const;
        });
        const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
        assert.ok(Math.abs(Math.min(...xs) + Math.max(...xs) - 300) < 1e-6);
        assert.ok(Math.abs(Math.min(...ys) + Math.max(...ys) - 200) < 1e-6);
        assert.ok(points[4]![1] < points[5]![1]);
      }
    });

    it('are equal in area where they say so: a conic, at the equator, and for the world', () => {
      for (const bounds of [
        [-120, 25, -70, 50],
        [90, -10, 140, 10],
        [-180, -60, 180, 80],
      ] as const) {
        const plane = planeOf('equal-area', bounds, (bounds[0] + bounds[2]) / 2);
        const cell = (longitude: number, latitude: number) => {
          const [ax, ay] = plane(longitude, latitude);
          const [bx, by] = plane(longitude + 0.01, latitude);
          const [cx, cy] = plane(longitude, latitude + 0.01);
          const ground = Math.cos(((latitude + 0.005) * Math.PI) / 180);
          return ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / ground;
        };
        const [, south, , north] = bounds;
        const middle = (bounds[0] + bounds[2]) / 2;
        const areas = [cell(middle, south), cell(bounds[0], (south + north) / 2), cell(middle, north - 1)];
        for (const area of areas)
          assert.ok(Math.abs(area / areas[0]! - 1) < 2e-3, `${bounds.join()}: ${areas.join()}`);
      }
    });

    it('ask for the detail that their pixels show', () => {
      // The world on 512 pixels is zoom 0; k is pixels per radian.
      assert.equal(zoomOf('mercator', 512 / (2 * Math.PI), [-180, -80, 180, 80]), 0);
      assert.equal(zoomOf('mercator', 2048 / (2 * Math.PI), [-180, -80, 180, 80]), 2);
      assert.ok(
        zoomOf('equal-area', 1000, [-180, 60, 180, 80]) < zoomOf('equal-area', 1000, [-180, 0, 180, 10]),
      );
    });
  });

  it('counts every value in a histogram once, in its class', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
        (values) => {
          const classification = classify(values, { method: 'equal', classes: 4 });
          const { edges, counts } = classHistogram([...values, null], classification);
          assert.equal(edges.length, counts.length + 1);
          const perClass = classification.classes.map(({ id }) =>
            counts.reduce((sum, bar) => sum + bar[id]!, 0),
          );
          assert.deepEqual(perClass, [...classification.counts]);
        },
      ),
    );
  });
});
