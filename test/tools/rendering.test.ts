import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TableLayer } from '../../server/catalog/types.ts';
import { signatureOf } from '../../server/tiles/version.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { RENDERING, renderingOf } from '../../server/tools/rendering.ts';
import { readConfig } from '../../server/config.ts';

const config = readConfig({});

describe('what decides bytes besides the data', () => {
  it('is the program: another version of it has other versions of everything', () => {
    const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string };
    assert.equal(RENDERING.split('/')[0], version);
    assert.notEqual(renderingOf(config, `${version}-next/2`), renderingOf(config));
    assert.ok(renderingOf(config).includes(JSON.stringify(RENDERING)));
  });

  it('is in the version of a layer', () => {
    const layer = { schema: 'public', name: 'small' } as TableLayer;
    const { tile } = config;
    const other = { ...config, tile: { ...tile, buffer: tile.buffer + 1 } };
    // Kept for the layer as the catalogue has it, so each is asked of one of its own.
    assert.notEqual(signatureOf({ config }, { ...layer }), signatureOf({ config: other }, { ...layer }));
    assert.equal(signatureOf({ config }, { ...layer }), signatureOf({ config }, { ...layer }));
  });
});
