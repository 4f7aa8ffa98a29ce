import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { readMaps } from '../../server/maps.ts';
import { MapsFile } from '../../server/maps/file.ts';
import { newServer, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { BOUNDARIES, FIGURES } from '../studio/support.ts';
import { axeFinds, colorsAt, inBrowser, openPage } from './browser.ts';

const KEY = 'a-key-of-sixteen-and-more';

inBrowser('the studio', (browser) => {
  let server: TestServer;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chorograph-studio-page-'));
    server = await newServer({
      environment: { CHOROGRAPH_API_KEY: KEY },
      maps: new MapsFile(join(folder, 'maps.yaml'), readMaps),
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, mimeType: string, text: string) => ({
    name,
    mimeType,
    buffer: Buffer.from(text),
  });
  const drawn = (page: Page) => page.locator('.draft-map[aria-busy="false"]').waitFor();
  const step = (page: Page, name: string) => page.getByRole('region', { name });
  /** The middles of six squares in a row, which are fitted to the width, 24 pixels from its edges; and a place above them. */
  const places = async (page: Page): Promise<{ x: number; y: number }[]> => {
    const { x, y, width, height } = (await page.locator('.draft-map').boundingBox())!;
    const side = (width - 48) / 6;
    const squares = [0, 1, 2, 3, 4, 5].map((i) => ({ x: x + 24 + side * (i + 0.5), y: y + height / 2 }));
    return [...squares, { x: x + width / 2, y: y + 12 }];
  };
  const settled = (page: Page) => page.getByText('The map shows the draft.').waitFor();

  it('makes a choropleth of a dropped GeoJSON and CSV, which is published', async () => {
    const { page, errors, requests } = await openPage(browser());
    await page.goto(`${server.url}/studio`);
    await page.getByLabel('API key').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not good.').waitFor();
    // The refusal is all that the console told of.
    assert.equal(errors.splice(0).length, 1);
    await page.getByLabel('API key').fill(KEY);
    await page.keyboard.press('Enter');

    const boundaries = step(page, 'Boundaries');
    await boundaries
      .locator('input[type=file]')
      .setInputFiles(file('batas.geojson', 'application/geo+json', BOUNDARIES));
    await boundaries.getByText('6 features are on the map').waitFor();
    await drawn(page);
    const [plain, , , , , , beside] = await colorsAt(page, await places(page));
    assert.notEqual(plain, beside, 'it is a map before anything is written');
    assert.equal((await server.run(`select 1 as one from pg_class where relname = 'batas'`)).length, 0);

    await boundaries.getByRole('button', { name: 'Import these boundaries' }).click();
    await boundaries.getByText('6 rows are in public.batas.').waitFor();
    const figures = step(page, 'Figures');
    await figures.locator('input[type=file]').setInputFiles(file('angka.csv', 'text/csv', FIGURES));
    await figures.getByRole('button', { name: 'Import these figures' }).press('Enter');
    await figures.getByText('7 rows are in public.angka.').waitFor();

    const match = step(page, 'Match');
    await match.getByText('4 of 6 regions matched').waitFor();
    await match.getByLabel('Region of Kab. Cianjr').selectOption('3203');
    await match.getByText('5 of 6 regions matched').waitFor();
    const measure = step(page, 'Measure');
    await measure.getByLabel('What is shown').selectOption('miskin');
    await measure.getByLabel('Divided by').selectOption('penduduk');
    await measure.getByLabel(/^Per/).selectOption('100');
    await measure.getByLabel('Method').selectOption('equal');
    await measure.getByLabel('Classes').selectOption('3');
    await measure.getByLabel('Colours').selectOption('Blues');
    await measure.getByLabel('Hide regions').fill('5');
    await measure.getByLabel('Hide regions').press('Tab');
    const publish = step(page, 'Publish');
    await publish.getByText('below: 5').waitFor();
    await settled(page);
    await drawn(page);

    const legend = await page.locator('.draft-legend li').allTextContents();
    assert.deepEqual(legend.slice(-2), ['Suppressed1', 'No data1']);
    const swatches = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.draft-legend .swatch')].map((one) => '#' +
        getComputedStyle(one).backgroundColor.match(/\\d+/g).map((n) => (+n).toString(16).padStart(2, '0')).join(''))`,
    );
    // 20, 50, 20, suppressed, 80 and none, in thirds from 20 to 80.
    const expected = [0, 1, 0, 3, 2, 4].map((row) => swatches[row]);
    const points = await places(page);
    assert.deepEqual((await colorsAt(page, points)).slice(0, 6), expected);
    await page.mouse.move(points[1]!.x, points[1]!.y);
    await page.getByText('Kabupaten Sukabumi: 50').waitFor();
    assert.deepEqual(await axeFinds(page), []);
    await page.emulateMedia({ colorScheme: 'dark' });
    // Colours that are inherited change a frame after those that they are of.
    await eventuallyPasses(async () =>
      assert.equal(await page.evaluate('document.getAnimations().length'), 0),
    );
    assert.deepEqual(await axeFinds(page), []);
    await page.emulateMedia({ colorScheme: 'light' });

    await publish.getByLabel('Title').fill('Kemiskinan');
    await publish.getByLabel('Name in addresses').fill('miskin');
    await publish.getByLabel('Name in addresses').press('Tab');
    await publish.getByText('title: Kemiskinan').waitFor();
    await publish.getByRole('button', { name: 'Publish' }).click();
    const link = publish.getByRole('link', { name: 'See it in the explorer' });
    assert.match((await link.getAttribute('href')) ?? '', /#\/miskin$/);
    assert.ok(readFileSync(join(folder, 'maps.yaml'), 'utf8').includes('title: Kemiskinan'));
    await server.api.get('/gis/choropleth/miskin/values.json').expect(200);

    assert.equal(
      await page.evaluate(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }])`),
      '[{},{}]',
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('blob:')),
      [],
    );
  });

  it('speaks Indonesian, on a phone, and knows what was said before', async () => {
    const options = { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' as const };
    const { page, errors } = await openPage(browser(), options);
    await page.goto(`${server.url}/studio?lang=id`);
    await page.getByLabel('Kunci API').fill(KEY);
    await page.getByRole('button', { name: 'Buka' }).click();
    await page.getByLabel('Batas wilayah di basis data').selectOption('set:batas');
    await page.getByLabel('Tabel atau view').selectOption('public.angka');
    await page.getByText('5 dari 6 wilayah cocok').waitFor(); // what was said is remembered
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
    assert.deepEqual(errors, []);
  });
});
