import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '../../server/errors.ts';
import { readCollection } from '../../server/previews/check.ts';
import { factsOf } from '../../server/previews/fields.ts';
import { jsonFault } from '../../server/previews/json-fault.ts';

const collection = (...features: unknown[]): string =>
  JSON.stringify({ type: 'FeatureCollection', features });
const feature = (geometry: unknown, properties: unknown = {}): object => ({
  type: 'Feature',
  geometry,
  properties,
});
const POINT = { type: 'Point', coordinates: [107, -7] };

function refused(text: string): Record<string, unknown> {
  try {
    readCollection(text);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'malformed_body');
    return error.members;
  }
  return assert.fail('it was taken');
}

describe('GeoJSON that is dropped', () => {
  it('is refused with the place of what is wrong', () => {
    const wrong: [text: string, place: string][] = [
      ['{"type":"FeatureCollection",\n "features":[1,]}', 'line 2, column 16'],
      ['{"type":"FeatureCollection","features":[', 'line 1, column 41'],
      ['', 'line 1, column 1'],
      ['{"type":"Topology"}', 'type'],
      [collection(feature(POINT), { type: 'Point' }), 'features[1]'],
      [collection(feature({ type: 'Circle' })), 'features[0].geometry.type'],
      [collection(feature({ type: 'toString', coordinates: [1, 2] })), 'features[0].geometry.type'],
      [
        collection(feature({ type: 'Point', coordinates: [500_000, 9_200_000] })),
        'features[0].geometry.coordinates',
      ],
      [
        collection(feature({ type: 'LineString', coordinates: [[1, 2]] })),
        'features[0].geometry.coordinates',
      ],
      [
        collection(
          feature({
            type: 'Polygon',
            coordinates: [
              [
                [0, 0],
                [1, 0],
                ['1', 1],
                [0, 0],
              ],
            ],
          }),
        ),
        'features[0].geometry.coordinates[0][2]',
      ],
      [
        collection(feature({ type: 'GeometryCollection', geometries: [POINT, 7] })),
        'features[0].geometry.geometries[1]',
      ],
      [collection(feature(POINT, [])), 'features[0].properties'],
      [collection(feature(null)), 'features'],
      [collection(), 'features'],
      [
        JSON.stringify({
          type: 'FeatureCollection',
          crs: { properties: { name: 'EPSG:3857' } },
          features: [],
        }),
        'crs',
      ],
    ];
    for (const [text, place] of wrong)
      assert.ok(String(refused(text).detail).includes(place), `${text}: ${place}`);
  });

  it('stops being JSON where it says so: of any JSON that is cut, changed, or whole', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', '}', ',', '"', 'x'), (text, at, put) => {
        const cut = at % (text.length + 1);
        const changed = text.slice(0, cut) + put + text.slice(cut + (put === '' ? 1 : 0));
        const isJson = ((): boolean => {
          try {
            JSON.parse(changed);
            return true;
          } catch {
            return false;
          }
        })();
        assert.equal(jsonFault(changed) === undefined, isJson, changed);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what tiles can hold, and tells what there is of it', () => {
    const rows = readCollection(
      collection(
        { ...feature(POINT, { n: 3, name: 'Garut', open: true, tags: ['a'], none: null }), id: 'x1' },
        feature(
          {
            type: 'Polygon',
            coordinates: [
              [
                [0, 0],
                [2, 0],
                [2, 1],
                [0, 0],
              ],
            ],
          },
          { n: -1.5, name: 'Garut' },
        ),
        feature(null, { name: 'Banjar' }),
      ),
    );
    assert.deepEqual(rows[0]?.properties, { id: 'x1', n: 3, name: 'Garut', open: true, tags: '["a"]' });
    const { bounds, geometry, features, fields } = factsOf(rows);
    assert.deepEqual([bounds, geometry, features], [[0, -7, 107, 1], 'polygon', 3]);
    assert.deepEqual(
      { ...fields },
      {
        id: { type: 'String', count: 1, distinct: 1, values: ['x1'] },
        n: { type: 'Number', count: 2, distinct: 2, min: -1.5, max: 3 },
        name: { type: 'String', count: 3, distinct: 2, values: ['Garut', 'Banjar'] },
        open: { type: 'Boolean', count: 1, distinct: 1 },
        tags: { type: 'String', count: 1, distinct: 1, values: ['["a"]'] },
      },
    );
  });
});
