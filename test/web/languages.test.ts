import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { projectPath } from '../../server/tools/paths.ts';
import { COMPARE_TEXTS_OF } from '../../web/src/compare/texts.ts';
import { FIND_TEXTS } from '../../web/src/find/texts.ts';
import { LAYER_TEXTS } from '../../web/src/layers/texts.ts';
import { EN } from '../../web/src/texts/en.ts';
import { ID } from '../../web/src/texts/id.ts';
import { demoServer } from '../support/environment.ts';
import { axeFinds, inBrowser, mapDrawn, openPage } from './browser.ts';

/** Every text by the path to it; functions by what they say of the same values. */
function textsOf(texts: object, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const at = `${path}${key}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'function') return [[at, String((value as (...all: unknown[]) => unknown)(12, 34))]];
    return textsOf(value as object, `${at}.`);
  });
}

describe('languages of the explorer', () => {
  for (const [name, one, other] of [
    ['page', EN, ID],
    ['search box', FIND_TEXTS.en, FIND_TEXTS.id],
    ['page for comparing', COMPARE_TEXTS_OF.en, COMPARE_TEXTS_OF.id],
    ['page of layers', LAYER_TEXTS.en, LAYER_TEXTS.id],
  ] as const)
    it(`say all that the ${name} says, with the same values in it`, () => {
      const [english, indonesian] = [textsOf(one), textsOf(other)];
      assert.deepEqual(
        indonesian.map(([key]) => key),
        english.map(([key]) => key),
      );
      for (const [i, [key, text]] of english.entries()) {
        const translated = indonesian[i]![1];
        assert.equal(translated === '', text === '', key);
        for (const value of ['12', '34']) assert.equal(translated.includes(value), text.includes(value), key);
      }
    });
});

inBrowser('the explorer in Indonesian', (browser) => {
  it('speaks as the browser prefers, changes when told to and stays so; axe finds nothing in the dark', async () => {
    const server = await demoServer();
    const { page, errors, requests } = await openPage(
      browser(),
      { locale: 'id-ID', colorScheme: 'dark' },
      { world: true },
    );
    await page.goto(`${server.url}/#/us-unemployment?.region=06037`);
    await mapDrawn(page);
    assert.equal(await page.locator('.settings > summary').textContent(), 'Pengaturan');
    assert.equal(await page.locator('.region-card strong').textContent(), '12,7%');
    assert.deepEqual(await axeFinds(page), []);
    assert.ok(
      requests.some((url) => url.includes('/base/glyphs/')),
      'names are written on the map',
    );
    await page.getByLabel('Bahasa', { exact: true }).selectOption('en');
    await page.waitForURL(/\?lang=en#\/us-unemployment/);
    await page.locator('.settings > summary', { hasText: 'Settings' }).waitFor();
    await page.goto(`${server.url}/`);
    await page.locator('.settings > summary', { hasText: 'Settings' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('takes no more than 400 kB of scripts, compressed, besides the map library', () => {
    const folder = projectPath('dist', 'web', 'assets');
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
    const all = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}/${name}`)).length, 0);
    const library = gzipSync(
      readFileSync(projectPath('node_modules', 'maplibre-gl', 'dist', 'maplibre-gl.mjs')),
    ).length;
    console.log(
      `    scripts ${Math.round(all / 1000)} kB, of these the map library ${Math.round(library / 1000)} kB`,
    );
    assert.ok(all - library < 400_000, `${all - library} bytes`);
  });
});
