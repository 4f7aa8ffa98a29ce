import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { METHODS } from '../../server/choropleth/classify/index.ts';
import { projectPath } from '../../server/tools/paths.ts';

describe('The page on choropleths', () => {
  const page = readFileSync(projectPath('docs', 'choropleths.md'), 'utf8');
  const folder = projectPath('docs', 'methods');

  for (const method of METHODS) {
    it(`shows what ${method} does, says when to use it and where its formula is from`, () => {
      const [, section = ''] = page.split(new RegExp(`^### .*: \`${method}\`$`, 'm'));
      const [own = ''] = section.split(/^#/m);
      assert.match(own, new RegExp(`!\\[[^\\]]+\\]\\(methods/${method}\\.png\\)`));
      if (method !== 'manual') assert.match(own, /_Formula and source:_ \S/);
      const picture = readFileSync(`${folder}/${method}.png`);
      assert.equal(picture.toString('latin1', 1, 4), 'PNG');
      assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [400, 300]);
    });
  }

  it('has no pictures but those, and they are small', () => {
    const files = readdirSync(folder);
    assert.deepEqual(files.sort(), METHODS.map((method) => `${method}.png`).sort());
    assert.ok(files.reduce((sum, file) => sum + statSync(`${folder}/${file}`).size, 0) < 1_000_000);
  });
});
