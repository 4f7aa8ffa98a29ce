import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { newServer, type TestServer } from '../support/environment.ts';
import { axeFinds, colorsAt, inBrowser, mapDrawn, openPage } from './browser.ts';

/** Somebody's tables: nine squares of two degrees with a size and a kind, a way, and a table that cannot be served. */
const TABLES = `
  create table field (id int primary key, name text, size numeric, kind text, geom geometry(Polygon, 4326) not null);
  comment on column field.size is 'in hectares';
  insert into field select i, 'Field ' || i, i * 10, case when i < 5 then 'grain' else 'grass' end,
      st_makeenvelope(8 + 2 * (i % 3), 8 + 2 * (i / 3), 10 + 2 * (i % 3), 10 + 2 * (i / 3), 4326)
    from generate_series(0, 8) i;
  create table barren (id int primary key, geom geometry(Point, 4326));
  create table way (id int primary key, lanes int, geom geometry(LineString, 4326));
  insert into way select i, i, st_setsrid(st_makeline(st_point(8, 8 + i), st_point(14, 8 + i)), 4326) from generate_series(1, 6) i;
  create table astray (id int primary key, geom geometry);
  insert into astray values (1, 'SRID=999999;POINT(1 1)');`;

inBrowser('the page of layers', (browser) => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES, maps: '' });
  });

  /** Label and colour of each entry of the legend. */
  const legend = (page: Page): Promise<[string, string][]> =>
    page.evaluate(`[...document.querySelectorAll('.legend-rows li')].map((row) =>
      [row.querySelector('.legend-label').textContent, row.dataset.color])`);
  const colored = (page: Page, name: string) =>
    page.locator('.legend-metric strong').filter({ hasText: name }).waitFor();

  it('opens on a database without choropleths, tells of its layers, colours them and looks into tiles', async () => {
    const { page, errors, requests } = await openPage(browser());
    await page.goto(server.url);
    await page.waitForURL(/\/layers/);
    // The table without rows is passed by.
    await colored(page, 'size');
    await mapDrawn(page);
    assert.match(page.url(), /#\/field$/);
    assert.match((await page.locator('.layer-note').textContent()) ?? '', /no choropleth yet/);
    await page.getByText('Not served (1)').click();
    const refused = (await page.locator('.refused').textContent()) ?? '';
    assert.match(refused, /astray.*Its coordinate system is not known/);

    // Classes of the numbers that the server told of, on the canvas as in the legend.
    const box = (await page.locator('.map').boundingBox())!;
    const middle = { x: box.x + box.width / 2 + 18, y: box.y + box.height / 2 };
    const classes = await legend(page);
    assert.deepEqual(classes.map(([label]) => label)[0], '0 – 10');
    assert.equal(classes.length, 5);
    assert.deepEqual(await colorsAt(page, [middle]), [classes[2]![1]]); // the fifth of nine
    await page.getByRole('combobox', { name: 'Classes', exact: true }).selectOption('2');
    await page.waitForURL(/classes=2/);
    assert.equal((await legend(page)).length, 2);
    const facts = (await page.locator('[data-field=size]').textContent()) ?? '';
    assert.match(facts, /numeric.*0 – 80/);

    // By a column of texts, with the keyboard.
    await page.locator('[data-field=kind]').press('Enter');
    await colored(page, 'kind');
    await mapDrawn(page);
    const kinds = await legend(page);
    assert.deepEqual(
      kinds.map(([label]) => label),
      ['grain', 'grass'],
    );
    assert.deepEqual(await colorsAt(page, [middle]), [kinds[0]![1]]);
    assert.equal(await page.evaluate(`document.activeElement.dataset.field`), 'kind');

    // What lies under the pointer, and in the middle for the keyboard.
    await page.mouse.move(middle.x, middle.y);
    await page.locator('.tooltip').filter({ hasText: 'Field 4' }).waitFor();
    await page.locator('.maplibregl-canvas').press('Enter');
    await page.getByRole('region', { name: 'Here' }).filter({ hasText: 'grain' }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('region', { name: 'Here' }).isVisible(), false);
    // A row of the table is shown where it lies.
    await page.getByRole('button', { name: 'Show 0, Field 0, on the map' }).click();
    await page.waitForURL(/map=/);

    await page.getByRole('button', { name: 'Tile grid' }).press('Enter');
    const tile = page.locator('.tile-button[data-features]:visible').first();
    await tile.waitFor();
    const name = (await tile.getAttribute('data-tile'))!;
    const told = (await server.api.get(`/tiles/field/${name}.json`).expect(200)).body as {
      features: number;
      bytes: { br: number };
    };
    assert.equal(Number(await tile.getAttribute('data-features')), told.features);
    assert.equal(Number(await tile.getAttribute('data-bytes')), told.bytes.br);
    await tile.press('Enter');
    const dialog = page.getByRole('dialog', { name: `Tile ${name}` });
    await dialog.getByRole('cell', { name: 'Field 0' }).waitFor();
    assert.match(
      (await dialog.textContent()) ?? '',
      new RegExp(`${told.features} areas · version 2, extent 4096`),
    );
    assert.deepEqual(await axeFinds(page), []);
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate('document.activeElement.dataset.tile'), name);
    // A press on the map opens the tile that lies there.
    await page.mouse.click(middle.x, middle.y);
    await dialog.waitFor();
    await page.keyboard.press('Escape');

    await page.getByLabel('Search layers').fill('wa');
    await page.getByRole('radio', { name: /way/ }).check();
    await colored(page, 'lanes');
    assert.match(page.url(), /#\/way\?classes=2&tiles=1/);
    await page.goBack();
    await colored(page, 'kind');
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('blob:')),
      [],
    );
    await page.context().close();
  });

  it('is on a phone, in the dark and in Indonesian as its address says', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const { page, errors } = await openPage(browser(), { ...phone, colorScheme: 'dark' });
    await page.goto(`${server.url}/layers?lang=id#/field?column=kind&tiles=1&map=5/11/11`);
    await colored(page, 'kind');
    await mapDrawn(page);
    await page.locator('.tile-button[data-features]:visible').first().waitFor();
    assert.equal(await page.evaluate('document.documentElement.lang'), 'id');
    await page.getByRole('heading', { name: 'Lapisan' }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    assert.match(page.url(), /column=kind&tiles=1&map=5\/11\/11/);
    assert.deepEqual(await axeFinds(page), []);
    await page.emulateMedia({ colorScheme: 'light' });
    await mapDrawn(page);
    assert.deepEqual(await axeFinds(page), []);
    assert.deepEqual(errors, []);
    await page.context().close();
  });
});
