import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../support/environment.ts';
import { colorsAt, inBrowser, mapDrawn, openPage } from './browser.ts';

/** Somebody's tables: a square of four degrees with a hole in its middle, and a point in that hole. */
const TABLES = `
  create table field (id int primary key, geom geometry(Polygon, 4326) not null);
  insert into field values (1, st_difference(
    st_makeenvelope(8, 8, 12, 12, 4326), st_makeenvelope(9, 9, 11, 11, 4326)));
  create table place (id int primary key, geom geometry(Point, 4326) not null);
  insert into place values (1, 'SRID=4326;POINT(10 10)');
  comment on table place is 'Places';`;
const BACKGROUND = '#e6edf2';

inBrowser('explorer of a database without choropleths', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await newServer({ sql: TABLES, maps: '' });
  });

  it('shows its layers as they are, with their addresses', async () => {
    const { page, errors } = await openPage(browser());
    await page.goto(server.url);
    await mapDrawn(page);
    const box = await page.locator('.map').boundingBox();
    assert.ok(box);
    // On the left there is room for the buttons.
    const middle = { x: box.x + box.width / 2 + 18, y: box.y + box.height / 2 };
    // The box of the layer fills the map's height; a twelfth of it from the edge is inside of the field.
    const edge = { x: middle.x, y: box.y + box.height - 24 - box.height / 12 };
    const [hole, field] = await colorsAt(page, [middle, edge]);
    assert.equal(hole, BACKGROUND);
    assert.notEqual(field, BACKGROUND);

    assert.match((await page.locator('.layer-note').textContent()) ?? '', /maps\.yaml names none/);
    assert.equal(await page.locator('select[name=choropleth]').isVisible(), false);
    const links = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.layer-row a')].map(({ href }) => href)`,
    );
    for (const url of links) assert.equal((await fetch(url)).status, 200, url);
    assert.equal(links.length, 4);

    await page.getByRole('radio', { name: 'place' }).check();
    await page.getByRole('status').filter({ hasText: 'is shown' }).waitFor({ state: 'attached' });
    await mapDrawn(page);
    const [point] = await colorsAt(page, [middle]);
    assert.notEqual(point, BACKGROUND);
    assert.deepEqual(errors, []);
    await page.context().close();
  });
});
