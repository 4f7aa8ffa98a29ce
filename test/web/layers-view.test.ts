import assert from 'node:assert/strict';
import { fromHash, toHash, type LayersState } from '../../web/src/layers/address.ts';
import { boxOf } from '../../web/src/layers/box.ts';
import { bestField, fieldsOf, statisticsOf, type Field } from '../../web/src/layers/fields.ts';
import { paintBy } from '../../web/src/layers/paint.ts';
import { tileAddress } from '../../web/src/layers/client.ts';
import { cornerOf, tilesIn } from '../../web/src/layers/tiles.ts';

const STATE: LayersState = {
  layer: 'my.roads & paths',
  column: 'a=b',
  method: 'jenks',
  classes: 7,
  scheme: 'Reds',
  reverse: true,
  tiles: true,
  camera: [4.5, 12, -100.25],
};
const TEXTS = { other: 'Other', missing: 'None' };
const PAINT = { method: 'quantile', classes: 4, scheme: 'Blues', reverse: false } as const;

const column = (name: string, kind: string, distinct: number) => {
  return { name, type: kind, kind, present: 10, missing: 0, distinct };
};
const field = (name: string, statistics: Field['statistics'], isNumeric = true): Field => {
  return { name, type: '', isNumeric, description: undefined, statistics, isInTiles: true };
};

describe('the page of layers, what it is made of', () => {
  it('has its whole state in the address, and takes from one only what can be', () => {
    assert.deepEqual(fromHash(toHash(STATE)), STATE);
    assert.deepEqual(fromHash('#/a?classes=99&method=rm&scheme=<b>&map=x&column='), {
      ...fromHash(''),
      layer: 'a',
      column: '',
    });
    assert.equal(fromHash('#/%E0%A4%A').layer, undefined);
  });

  it('is coloured by the first measure, else the first grouping, by nothing that only numbers rows', () => {
    const best = (...columns: ReturnType<typeof column>[]): string | undefined =>
      bestField(
        fieldsOf(Object.fromEntries(columns.map(({ name }) => [name, ''])), {
          rows: 10,
          sampled: false,
          columns,
        }),
      )?.name;
    const [id, kind, size] = [
      column('id', 'integer', 10),
      column('kind', 'text', 3),
      column('size', 'number', 9),
    ];
    assert.equal(best(id, kind, size), 'size');
    assert.equal(best(id, kind), 'kind');
    assert.equal(best(id, column('name', 'text', 10_000)), undefined);
    // The table has it, tiles do not; tiles have what the table has not.
    const fields = fieldsOf({ count: 'Number' }, { rows: 1, sampled: false, columns: [size] });
    assert.deepEqual(
      fields.map(({ name, isInTiles, isNumeric }) => [name, isInTiles, isNumeric]),
      [
        ['size', false, true],
        ['count', true, true],
      ],
    );
    assert.equal(bestField(fields)?.name, 'count');
  });

  it('places classes by percentiles, with colours and shares for the legend', () => {
    const values = Array.from({ length: 80 }, (_, i) => ({ v: i }));
    const statistics = statisticsOf('v', [...values, ...values.slice(0, 20).map(() => ({}))]);
    assert.deepEqual(
      [statistics.min, statistics.max, statistics.present, statistics.missing],
      [0, 79, 80, 20],
    );
    const painted = paintBy(field('v', statistics), PAINT, 'light', TEXTS)!;
    assert.equal(painted.legend.length, 5);
    assert.deepEqual(
      painted.legend.map(({ kind }) => kind),
      ['class', 'class', 'class', 'class', 'missing'],
    );
    const sum = painted.legend.reduce((all, { share }) => all + share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9 && painted.legend[4]!.share === 0.2);
    for (const { share } of painted.legend) assert.ok(Math.abs(share - 0.2) < 0.01);
    const [, , step, empty] = painted.color as unknown[];
    assert.equal(empty, painted.legend[4]!.color);
    const [, , ...steps] = step as (string | number)[];
    assert.deepEqual(
      steps.filter((part) => typeof part === 'string'),
      painted.legend.slice(0, 4).map(({ color }) => color),
    );
    // One value is one class, none nothing.
    const one = paintBy(field('v', statisticsOf('v', [{ v: 5 }])), PAINT, 'dark', TEXTS);
    assert.deepEqual(
      one?.legend.map(({ label }) => label),
      ['5'],
    );
    assert.equal(paintBy(field('v', statisticsOf('v', [{}])), PAINT, 'dark', TEXTS), undefined);
  });

  it('has a colour for each of the most frequent texts, and one for all others', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ t: i < 50 ? 'a' : `b${i % 10}` }));
    const painted = paintBy(field('t', statisticsOf('t', rows), false), PAINT, 'light', TEXTS)!;
    assert.deepEqual(painted.legend.map(({ label }) => label).slice(0, 2), ['a', 'b0']);
    assert.equal(painted.legend.length, 9);
    assert.equal(painted.legend.at(-1)?.kind, 'other');
    assert.ok(Math.abs(painted.legend.at(-1)!.share - 0.15) < 1e-9);
    assert.equal(new Set(painted.legend.map(({ color }) => color)).size, 9);
  });

  it('knows the tiles in view, within the layer and its zooms, each once', () => {
    const grid = { minzoom: 2, maxzoom: 6, bounds: [-180, -85, 180, 85], size: 512 } as const;
    const view = { zoom: 3.7, bounds: { west: 170, south: -1, east: 190, north: 1 } };
    assert.deepEqual(
      tilesIn(view, grid).map(({ z, x, y, column: place }) => [z, x, y, place]),
      [
        [3, 7, 3, 7],
        [3, 0, 3, 8],
        [3, 7, 4, 7],
        [3, 0, 4, 8],
      ],
    );
    assert.deepEqual(tilesIn({ ...view, zoom: 1 }, grid), []);
    assert.equal(tilesIn({ ...view, zoom: 9.2 }, grid)[0]?.z, 6);
    const whole = { zoom: -0.5, bounds: { west: -300, south: -85, east: 300, north: 85 } };
    assert.deepEqual(tilesIn(whole, { ...grid, minzoom: 0 }), [{ z: 0, x: 0, y: 0, column: 0 }]);
    assert.equal(tilesIn(view, { ...grid, bounds: [0, 0, 10, 10] }).length, 0);
    assert.deepEqual(cornerOf(1, 1, 1).map(Math.round), [0, 0]);
  });

  it('asks for what a tile holds where its layer has tiles, whatever they are', () => {
    const at = (template: string): string => tileAddress({ tiles: [template] }, { z: 1, x: 2, y: 3 }, 0);
    assert.equal(
      at('http://h/tiles/a.mvt/{z}/{x}/{y}.mvt?g=7&kind=a'),
      'http://h/tiles/a.mvt/1/2/3.json?g=7&kind=a&limit=0',
    );
    assert.equal(at('http://h/tiles/p/{z}/{x}/{y}.png'), 'http://h/tiles/p/1/2/3.json?limit=0');
  });

  it('knows where a row lies', () => {
    const of = (coordinates: unknown, type = 'MultiPolygon') =>
      boxOf({ type: 'Feature', properties: {}, geometry: { type, coordinates } as never });
    assert.deepEqual(
      of([
        [
          [
            [1, 2],
            [3, -4],
          ],
        ],
        [[[9, 9]]],
      ]),
      [1, -4, 9, 9],
    );
    assert.deepEqual(of([5, 6], 'Point'), [5, 6, 5, 6]);
    assert.equal(boxOf({ type: 'Feature', properties: {}, geometry: null as never }), undefined);
  });
});
