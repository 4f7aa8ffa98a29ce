import assert from 'node:assert/strict';
import { createExpression } from '@maplibre/maplibre-gl-style-spec';
import { classify, METHODS } from '../../../server/choropleth/classify/index.ts';

/** Values that sit on breaks, one float apart, and in empty stretches: where lower-inclusive steps go wrong. */
const VALUES = [0, 0, 0.5, 1, 1, 1 + Number.EPSILON, 2, 3, 3, 3.5, 10, 10, 20, 20.5, 40];

describe('thresholds in MapLibre', () => {
  for (const method of METHODS) {
    it(`colour as the classes of ${method}`, () => {
      const result = classify(VALUES, { method, classes: 6, breaks: [1, 3, 5, 7, 20], isolate: [0, 10] });
      const [first, ...rest] = result.thresholdClasses;
      const stops = result.thresholds.flatMap((threshold, i) => [threshold, rest[i]!]);
      const parsed = createExpression(['step', ['get', 'v'], first, ...stops], 'layers[0].paint.fill-color');
      assert.equal(parsed.result, 'success', JSON.stringify(parsed.value));
      if (parsed.result !== 'success') return;
      for (const v of VALUES) {
        const drawn: unknown = parsed.value.evaluate({ zoom: 0 }, { type: 1, properties: { v } });
        assert.equal(drawn, result.assign(v), `${v}`);
      }
    });
  }
});
