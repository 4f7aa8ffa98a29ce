import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { projectPath } from '../../server/tools/paths.ts';
import type { Page } from 'playwright-core';
import { WARNINGS } from '../../server/choropleth/classify/warnings.ts';
import { ERRORS } from '../../server/errors.ts';
import { COMPARE_TEXTS_OF } from '../../web/src/compare/texts.ts';
import { FIND_TEXTS } from '../../web/src/find/texts.ts';
import { LAYER_TEXTS } from '../../web/src/layers/texts.ts';
import { EN } from '../../web/src/texts/en.ts';
import { ID } from '../../web/src/texts/id.ts';
import { problemTitle, PROBLEMS, warningText } from '../../web/src/texts/server.ts';
import { demoServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
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

/** The page of the light theme. */
const LIGHT_PAGE = 'rgb(243, 245, 247)';

const backgroundOf = (page: Page): Promise<string> =>
  page.evaluate('getComputedStyle(document.body).backgroundColor');

describe('what the server says, in Indonesian', () => {
  it('has every warning, with the numbers of the server, and titles of problems that there are', () => {
    const folder = projectPath('server', 'choropleth');
    const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
      .join('\n');
    const codes = [...source.matchAll(/code: '([a-z_]+)',\s*message/g)].map(([, code]) => code!);
    assert.ok(codes.length >= 13, codes.join());
    for (const code of codes) {
      const warning = { code, message: 'English 1 of 2 and 3' };
      assert.notEqual(warningText(warning, 'id'), warning.message, code);
      if (code !== 'count_not_normalized') assert.equal(warningText(warning, 'en'), warning.message);
    }
    const reduced = warningText(WARNINGS.classesReduced(1234, 5, 7), 'id');
    for (const number of ['1.234', '5 kelas', 'bukan 7']) assert.ok(reduced.includes(number), reduced);
    assert.match(warningText(WARNINGS.constant(-2.5), 'id'), /adalah -2,5,/);
    assert.match(warningText(WARNINGS.emptyClasses(1), 'id'), /^1 kelas/);
    assert.deepEqual(
      Object.keys(PROBLEMS).filter((code) => !(code in ERRORS)),
      [],
    );
    assert.notEqual(problemTitle('starting', ERRORS.starting[1], 'id'), ERRORS.starting[1]);
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
    // Names are written on the map, once it is painted.
    await eventually(() => requests.some((url) => url.includes('/base/glyphs/')));
    const menu = page.locator('.site-menu > summary');
    await menu.click();
    assert.deepEqual(await axeFinds(page), []);
    await page.locator('select[name="theme"]').selectOption('light');
    await eventually(() => requests.some((url) => url.includes('/base/style.json?theme=light')));
    await eventually(async () => (await backgroundOf(page)) === LIGHT_PAGE);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.site-panel').isVisible(), false);
    assert.equal(
      await menu.evaluate((it: { matches(selector: string): boolean }) => it.matches(':focus')),
      true,
    );
    await menu.press('Enter');
    await page.getByLabel('Bahasa', { exact: true }).selectOption('en');
    await page.waitForURL(/\?lang=en#\/us-unemployment/);
    await page.locator('.settings > summary', { hasText: 'Settings' }).waitFor();
    // Before the scripts of the page could run: there is no moment in the other theme.
    await page.route('**/assets/*.js', (route) => route.abort());
    const logged = errors.length;
    await page.goto(`${server.url}/`);
    assert.equal(await backgroundOf(page), LIGHT_PAGE);
    await page.unrouteAll();
    errors.splice(logged); // of the scripts that did not come
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
