import assert from 'node:assert/strict';
import type { Column, TableLayer } from '../../../server/catalog/types.ts';
import { ConfigError } from '../../../server/config.ts';
import { categoryFields, definePyramid } from '../../../server/engine/pyramid/definition.ts';
import { readMaps } from '../../../server/maps.ts';

const column = (name: string, type: string, kind: Column['kind']): Column => ({ name, type, kind });

function layerOf(type = 'POINT'): TableLayer {
  return {
    type: 'table',
    id: 'places',
    schema: 'public',
    name: 'places',
    title: 'places',
    description: undefined,
    problem: undefined,
    kind: 'table',
    geometry: {
      column: 'geom',
      isFirst: true,
      srid: 4326,
      type,
      isGeography: false,
      hasIndex: true,
      sridAssumed: false,
    },
    columns: [
      column('n', 'integer', 'integer'),
      column('price', 'numeric', 'number'),
      column('name', 'text', 'text'),
      column('seen', 'timestamp with time zone', 'timestamptz'),
    ],
    key: undefined,
    estimatedRows: -1,
  };
}

describe('pyramid in maps.yaml', () => {
  const wrong = (pyramid: string): readonly string[] => {
    try {
      readMaps(`layers: { places: { table: places, pyramid: ${pyramid} } }`);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  it('needs nothing but the switch zoom', () => {
    const maps = readMaps('layers: { places: { table: places, pyramid: { below: 9 } } }');
    assert.deepEqual(maps.layers.places?.pyramid, { below: 9, sum: [] });
  });

  const cases: [yaml: string, expected: RegExp][] = [
    ['{ sum: [n] }', /layers\.places\.pyramid\.below/],
    ['{ below: 0 }', /layers\.places\.pyramid\.below must be a whole number from 1 to 18/],
    ['{ below: 19 }', /layers\.places\.pyramid\.below must be a whole number from 1 to 18/],
    ['{ below: 5.5 }', /layers\.places\.pyramid\.below must be a whole number from 1 to 18/],
    ['{ below: 9, sum: n }', /layers\.places\.pyramid\.sum/],
    ['{ below: 9, sum: [n, n] }', /layers\.places\.pyramid\.sum must be different columns/],
    ['{ below: 9, countBy: "" }', /layers\.places\.pyramid\.countBy must be a name/],
    ['{ below: 9, countby: name }', /layers\.places\.pyramid\.countby: there is no such key/],
  ];
  for (const [yaml, expected] of cases) {
    it(`refuses ${yaml}`, () => {
      const problems = wrong(yaml);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', expected);
    });
  }

  it('names all that is wrong at once', () => {
    assert.equal(wrong('{ below: 0, sum: [""], countBy: 5 }').length, 3);
  });
});

describe('definition of a pyramid', () => {
  it('takes the columns from the catalogue', () => {
    const definition = definePyramid(layerOf(), { below: 9, sum: ['price', 'n'], countBy: 'name' });
    assert.ok(typeof definition !== 'string');
    assert.deepEqual(
      definition.sums.map(({ type }) => type),
      ['numeric', 'integer'],
    );
    assert.equal(definition.countBy?.type, 'text');
  });

  const problems: [string, Parameters<typeof definePyramid>[1], RegExp, string?][] = [
    [
      'a column that is not there',
      { below: 9, sum: ['n', 'nope'], countBy: 'nix' },
      /no readable column nope, nix/,
    ],
    ['a sum of texts', { below: 9, sum: ['name'] }, /name is text, which does not add up/],
    ['categories of moments', { below: 9, sum: [], countBy: 'seen' }, /seen is timestamp.*no categories/],
    ['polygons', { below: 9, sum: [] }, /a pyramid is made of points/, 'MULTIPOLYGON'],
  ];
  for (const [what, config, expected, type] of problems) {
    it(`says why it cannot be made with ${what}`, () => {
      const definition = definePyramid(layerOf(type), config);
      assert.ok(typeof definition === 'string');
      assert.match(definition, expected);
    });
  }

  it('has another fingerprint with every part of it', () => {
    const parts: [Parameters<typeof definePyramid>[1], string?][] = [
      [{ below: 9, sum: [] }],
      [{ below: 8, sum: [] }],
      [{ below: 9, sum: ['n'] }],
      [{ below: 9, sum: [], countBy: 'n' }],
      [{ below: 9, sum: [] }, 'MULTIPOINT'],
    ];
    const prints = parts.flatMap(([config, type]) => {
      const definition = definePyramid(layerOf(type), config);
      return typeof definition === 'string' ? definition : [definition.fingerprint, definition.readable];
    });
    assert.equal(new Set(prints).size, 2 * parts.length);
  });
});

describe('properties that count categories', () => {
  const cases: [categories: string[], hasOther: boolean, expected: string[]][] = [
    [['Sangat Miskin', 'Miskin'], false, ['count_sangat_miskin', 'count_miskin']],
    [['A/B', 'a b', 'a-b!'], false, ['count_a_b', 'count_a_b_2', 'count_a_b_3']],
    [['other', 'x'], true, ['count_other_2', 'count_x', 'count_other']],
    [['other'], false, ['count_other']],
    [['', '—', '+'], false, ['count_category_1', 'count_category_2', 'count_category_3']],
    [['Straße', '学校', 'नगर'], false, ['count_straße', 'count_学校', 'count_नगर']],
    [['5', '-5'], false, ['count_5', 'count_5_2']],
  ];
  for (const [categories, hasOther, expected] of cases) {
    it(`${JSON.stringify(categories)}${hasOther ? ' and others' : ''}`, () => {
      const fields = categoryFields({ categories, hasOther });
      assert.deepEqual(
        fields.map(({ property }) => property),
        expected,
      );
      assert.deepEqual(
        fields.map(({ value }) => value),
        hasOther ? [...categories, undefined] : categories,
      );
    });
  }
});
