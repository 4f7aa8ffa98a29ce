import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Choropleth } from '../../web/src/api.ts';
import {
  apiQuery,
  defaultState,
  fromHash,
  toHash,
  wantedChoropleth,
  type State,
} from '../../web/src/state.ts';

const CHOROPLETH: Choropleth = {
  id: 'santri / 2',
  title: 'Santri',
  available: true,
  levels: ['kabupaten', 'provinsi'],
  levelLabels: { kabupaten: 'kabupaten', provinsi: 'provinsi' },
  dimensions: [
    { id: 'tahun', label: 'tahun', values: ['2021', '2022'] },
    { id: 'jenis & kelas', label: 'jenis & kelas', values: ['a,b', 'a', 'b'] },
  ],
  metrics: [{ id: 'n', kind: 'sum', label: 'Santri' }],
  classify: { metric: 'n', method: 'quantile', classes: 5, scheme: 'YlOrRd', reverse: false },
};

const values = (all: string[]) => fc.uniqueArray(fc.constantFrom(...all), { minLength: 1 });

const states: fc.Arbitrary<State> = fc.record({
  choropleth: fc.constant(CHOROPLETH.id),
  metric: fc.string({ minLength: 1 }),
  level: fc.constantFrom(...CHOROPLETH.levels),
  method: fc.constantFrom('quantile', 'jenks'),
  classes: fc.integer({ min: 2, max: 9 }),
  scheme: fc.constantFrom('YlOrRd', 'Blues'),
  reverse: fc.boolean(),
  filters: fc.record(
    { tahun: values(['2021', '2022']), 'jenis & kelas': values(['a,b', 'a', 'b']) },
    { requiredKeys: [] },
  ),
  options: fc.record(
    {
      isolate: fc.constant('0'),
      scope: fc.constant('parent'),
      change: fc.constant('pct'),
      center: fc.string(),
    },
    { requiredKeys: [] },
  ),
  view: fc.constantFrom('classes', 'smooth', 'clusters', 'pairs'),
  viewOptions: fc.record({ with: fc.string(), alpha: fc.constant('0.1') }, { requiredKeys: [] }),
  region: fc.option(fc.string(), { nil: undefined }),
  camera: fc.option(
    fc.tuple(
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: -85, max: 85 }),
      fc.integer({ min: -180, max: 180 }),
    ),
    { nil: undefined },
  ),
});

describe('state of the explorer in its address', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(states, (state) => {
        const hash = toHash(state, CHOROPLETH);
        assert.equal(wantedChoropleth(hash), CHOROPLETH.id);
        assert.deepEqual(fromHash(hash, CHOROPLETH), {
          ...state,
          filters: { ...state.filters },
          options: { ...state.options },
          viewOptions: { ...state.viewOptions },
        });
      }),
    );
  });

  it('names only what differs from the configuration', () => {
    assert.equal(toHash(defaultState(CHOROPLETH), CHOROPLETH), '#/santri%20%2F%202');
    const state = {
      ...defaultState(CHOROPLETH),
      classes: 4,
      region: 'ID-JT',
      camera: [5, -7.1, 110] as const,
    };
    assert.equal(toHash(state, CHOROPLETH), '#/santri%20%2F%202?classes=4&.region=ID-JT&.map=5/-7.1/110');
  });

  it('asks the API for a value with a comma in a way that it is read as one', () => {
    const state = { ...defaultState(CHOROPLETH), filters: { 'jenis & kelas': ['a,b'] } };
    assert.deepEqual(apiQuery(state, CHOROPLETH).getAll('jenis & kelas'), ['a,b', 'a,b']);
  });

  for (const text of ['', '1/2', 'x/1/2', '3/95/0', '-1/0/0', '//']) {
    it(`takes .map=${text || '(empty)'} as no place`, () => {
      assert.equal(fromHash(`#/x?.map=${text}`, CHOROPLETH).camera, undefined);
    });
  }

  it('takes a path that is not validly encoded as no choropleth', () => {
    assert.equal(wantedChoropleth('#/%E0%A4%A'), undefined);
    assert.equal(wantedChoropleth(''), undefined);
  });
});
