import assert from 'node:assert/strict';
import { layerStyle } from '../../web/src/layers/style.ts';

const ABOUT = {
  tiles: ['http://x/{z}/{x}/{y}.mvt'],
  bounds: [0, 0, 1, 1] as [number, number, number, number],
  minzoom: 2,
  maxzoom: 9,
};

describe('a layer without a choropleth in the explorer', () => {
  it('is drawn from the layers that its tiles have', () => {
    const { layers } = layerStyle({ ...ABOUT, vector_layers: [{ id: 'one' }, { id: 'two' }] }, 'light');
    const drawn = new Set(
      layers.map((layer) => ('source-layer' in layer ? layer['source-layer'] : undefined)),
    );
    assert.deepEqual([...drawn], [undefined, 'one', 'two']);
  });

  it('is drawn as pictures where a function makes those', () => {
    const { layers, sources } = layerStyle(ABOUT, 'dark');
    assert.equal(sources.layer?.type, 'raster');
    assert.deepEqual(
      layers.map(({ type }) => type),
      ['background', 'raster'],
    );
  });
});
