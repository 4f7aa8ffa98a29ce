import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import type { TestServer } from '../support/environment.ts';
import { mapsText, refreshNow, refreshServer, SCHEMA } from '../refresh/support.ts';
import { colorsAt, inBrowser, mapDrawn, openPage } from './browser.ts';
import { eventually } from '../support/eventually.ts';

interface Classes {
  classes: { id: number; count: number; color: string }[];
}

/** Degrees around the point where the two regions of the schema meet; one degree is 23 pixels there. */
const HASH = '#/facts?.region=a&.map=4/5/10';
const PIXELS = 114;

/** A cube of the same facts with a dimension. */
const KINDS = `
  alter table fact add column kind text not null default 'old';
  create materialized view kinds as select code, kind, sum(n)::int as n from fact group by code, kind;
  create unique index on kinds (code, kind);`;
const KINDS_MAP = `
  kinds:
    title: Kinds
    regions: regions
    cube: { view: kinds, region: code, dimensions: [kind] }
    metrics: { n: { sum: n } }
    classify: { method: equal, classes: 2 }
`;

inBrowser('explorer while data changes', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await refreshServer({ sql: SCHEMA + KINDS, maps: mapsText({ more: KINDS_MAP }) });
    await server.run(`select chorograph.track('region')`);
  });

  /** Colours of regions a and b on the map. */
  async function shownColors(page: Page): Promise<string[]> {
    const box = await page.locator('.map').boundingBox();
    assert.ok(box);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    return colorsAt(page, [
      { x: x - PIXELS, y },
      { x: x + PIXELS, y },
    ]);
  }

  /** Colours that the API gives to regions a and b, and the counts of the classes. */
  async function expected(): Promise<{ colors: string[]; counts: string[] }> {
    const { classes } = (await server.api.get('/gis/choropleth/facts/classes.json')).body as Classes;
    const { rows } = (await server.api.get('/gis/choropleth/facts/values.json')).body as {
      rows: unknown[][];
    };
    const colors = rows.map((row) => classes.find(({ id }) => id === row[6])?.color ?? '');
    return { colors, counts: classes.map(({ count }) => String(count)) };
  }

  async function legendCounts(page: Page): Promise<string[]> {
    const rows = page.locator('.legend-rows li[data-class]');
    return rows.evaluateAll((items: { dataset: Record<string, string> }[]) =>
      items.map(({ dataset }) => dataset.count ?? ''),
    );
  }

  const tilesOf = (requests: readonly string[]): string[] =>
    requests.filter((url) => url.includes('/tiles/'));

  it('repaints map, legend, list and card after a refresh, and asks for no tile', async () => {
    const { page, errors, requests } = await openPage(browser());
    await page.goto(`${server.url}/${HASH}`);
    await mapDrawn(page);
    const before = await expected();
    assert.deepEqual(await shownColors(page), before.colors);
    assert.deepEqual(before.counts, ['1', '1']);
    const tiles = tilesOf(requests);
    assert.ok(tiles.length > 0);

    await server.run(`insert into fact (code, n) values ('a', 9), ('b', 8)`);
    const started = performance.now();
    assert.equal(await refreshNow(server), 200);
    const refreshed = performance.now();
    await page.getByRole('status').filter({ hasText: 'updated just now' }).waitFor({ state: 'attached' });
    const told = performance.now();
    // Both have ten now: one class.
    const after = await expected();
    assert.deepEqual(after.counts, ['2']);
    assert.notDeepEqual(after.colors, before.colors);
    await eventually(async () => (await shownColors(page)).join() === after.colors.join());
    console.log(
      `    refresh ${(refreshed - started).toFixed(0)} ms, ` +
        `until the page knew ${(told - refreshed).toFixed(0)} ms, ` +
        `until a picture of it was right ${(performance.now() - refreshed).toFixed(0)} ms`,
    );
    assert.deepEqual(await legendCounts(page), after.counts);
    assert.equal(await page.locator('.region-card strong').textContent(), '10');
    assert.deepEqual(await page.locator('.row-value').allTextContents(), ['10', '10']);
    assert.equal(await page.locator('.legend-updated').textContent(), 'Updated just now');
    assert.match((await page.locator('.quiet').textContent()) ?? '', /new data, updated just now/);
    await mapDrawn(page);
    assert.deepEqual(tilesOf(requests), tiles, 'no tile more');
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('offers the values of a dimension that a refresh brought, and keeps what is chosen', async () => {
    const { page, errors } = await openPage(browser());
    await page.goto(`${server.url}/#/kinds`);
    await mapDrawn(page);
    const filter = page.locator('.picker', { has: page.getByLabel('Kind', { exact: true }) });
    const values = (): Promise<string[]> => filter.locator('.check span').allTextContents();
    await filter.locator('summary').click();
    assert.deepEqual(await values(), ['Old']);
    await filter.getByLabel('Old').check();
    await page.waitForURL(/kind=old/);

    await server.run(`insert into fact (code, n, kind) values ('a', 5, 'new')`);
    assert.equal(await refreshNow(server, 'kinds'), 200);
    await filter.getByLabel('New').waitFor();
    assert.deepEqual(await values(), ['New', 'Old']);
    assert.equal(await filter.getByLabel('Old').isChecked(), true);
    await filter.getByLabel('New').check();
    await page.waitForURL(/kind=new&kind=old/);
    assert.equal(await page.locator('.picker .filter-chosen').textContent(), '2 chosen');
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('asks for new tiles where the regions themselves changed', async () => {
    const { page, requests } = await openPage(browser());
    await page.goto(`${server.url}/${HASH}`);
    await mapDrawn(page);
    const tiles = tilesOf(requests).length;
    await server.run(`update region set geom = st_makeenvelope(0, 0, 2, 10, 4326) where code = 'a'`);
    await eventually(async () => tilesOf(requests).length > tiles);
    await mapDrawn(page);
    const [sea, region] = await shownColors(page);
    const { colors } = await expected();
    assert.equal(region, colors[1]);
    assert.notEqual(sea, colors[0], 'where region a was');
    await page.context().close();
  });

  it('tells quietly that the server is away, and shows what it missed once it is back, without a reload', async () => {
    const way = await wayTo(server.url);
    const { page } = await openPage(browser());
    let refused = 0;
    await page.goto(`${way.url}/${HASH}`);
    await mapDrawn(page);
    // A balancer whose server has only just started.
    await page.route('**/events', (route) =>
      refused++ === 0 ? route.fulfill({ status: 503 }) : route.fallback(),
    );
    const quiet = page.locator('.quiet');
    assert.equal(await quiet.isVisible(), false);
    await way.close();
    await quiet.filter({ hasText: 'Not connected' }).waitFor();
    assert.equal(await page.locator('.notice').isVisible(), false, 'the map can be read on');
    await server.run(`insert into fact (code, n) values ('b', 90)`);
    await refreshNow(server);
    await way.open();
    await page.locator('.row-value', { hasText: '100' }).waitFor();
    await eventually(async () => !(await quiet.textContent())?.includes('Not connected'));
    assert.ok(refused > 1, `${refused} connections`);
    await page.context().close();
    await way.close();
  });
});

/** A way to a server that can be closed and opened again, as where a server is restarted. */
async function wayTo(
  address: string,
): Promise<{ url: string; open(): Promise<void>; close(): Promise<void> }> {
  const { hostname, port } = new URL(address);
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    const on = connect(Number(port), hostname);
    for (const end of [socket, on]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => [socket, on].forEach((each) => each.destroy()));
    }
    socket.pipe(on).pipe(socket);
  });
  let own = 0;
  const open = async (): Promise<void> => {
    listener.listen(own, '127.0.0.1');
    await once(listener, 'listening');
    own = (listener.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    listener.close();
    await once(listener, 'close');
  };
  await open();
  return { url: `http://127.0.0.1:${own}`, open, close };
}
