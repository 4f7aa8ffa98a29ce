import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { demoServer, type TestServer } from '../support/environment.ts';
import { eventually, eventuallyPasses } from '../support/eventually.ts';
import { colorsAt, inBrowser, mapDrawn, openPage } from './browser.ts';

interface Entry {
  code: string;
  name: string;
  value: number | null;
  class: number | null;
  status: string;
}

interface Classes {
  classes: { id: number; upper: number; count: number; color: string }[];
  statuses: { status: string; count: number; color: string }[];
}

/** Metres around the equator, as Web Mercator has them. */
const WORLD = 2 * Math.PI * 6_378_137;

function mercator(longitude: number, latitude: number): [x: number, y: number] {
  const y = Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI);
  return [(longitude / 360) * WORLD, y * WORLD];
}

inBrowser('explorer', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await demoServer();
  });

  async function valuesOf(path: string): Promise<Map<string, Entry>> {
    const { body } = await server.api.get(`/gis/choropleth/${path}`).expect(200);
    const { columns, rows } = body as { columns: string[]; rows: unknown[][] };
    const entries = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
    return new Map(entries.map((entry) => [String(entry.code), entry as unknown as Entry]));
  }

  async function classesOf(path: string): Promise<Classes> {
    return (await server.api.get(`/gis/choropleth/${path}`).expect(200)).body as Classes;
  }

  const goto = async (page: Page, hash = ''): Promise<void> => {
    await page.goto(`${server.url}/${hash}`);
  };

  it('asks this server alone, breaks no rule of its policy and logs no error', async () => {
    const { page, errors, requests } = await openPage(browser(), {}, { world: true });
    await goto(page);
    await mapDrawn(page);
    await page.locator('.scheme-current').click();
    assert.deepEqual(errors, []);
    const foreign = requests.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'));
    assert.deepEqual(foreign, []);
    assert.ok(
      requests.some((url) => url.includes('/tiles/')),
      'tiles were asked for',
    );
    await page.context().close();
  });

  it('paints each county in the colour of its class, before and after a refresh, and tells its value under the pointer', async () => {
    const { page } = await openPage(browser());
    await goto(page, '#/us-unemployment?.map=5.5/38.5/-112');
    await mapDrawn(page);
    const values = await valuesOf('us-unemployment/values.json');
    const { classes, statuses } = await classesOf('us-unemployment/classes.json');
    const known = new Set([...classes, ...statuses].map(({ color }) => color));
    const points = [160, 360, 560, 760].flatMap((x) => [120, 260, 400].map((y) => ({ x, y })));
    const colors = await colorsAt(page, points);
    let compared = 0;
    for (const [i, { x, y }] of points.entries()) {
      await page.mouse.move(x, y);
      const tooltip = page.locator('.tooltip');
      await tooltip.waitFor();
      const entry = values.get((await tooltip.getAttribute('data-code')) ?? '');
      assert.ok(entry, `a county at ${x}, ${y}`);
      assert.equal(await tooltip.locator('.tooltip-name').textContent(), entry.name);
      const text = await tooltip.locator('.tooltip-value').textContent();
      assert.equal(text, entry.value === null ? 'No data' : `${entry.value.toFixed(1)}%`);
      const color = colors[i] ?? '';
      if (!known.has(color)) continue; // a border
      compared++;
      const expected = entry.class === null ? statuses[0]?.color : classes[entry.class]?.color;
      assert.equal(color, expected, `${entry.name} at ${x}, ${y}`);
    }
    assert.ok(compared > points.length / 2, `${compared} of ${points.length} points were on no border`);

    // Points well inside of counties, at three zooms: before values change, and after.
    const before = await paintedAsServed(page);
    try {
      await setRates();
      await page.getByRole('status').filter({ hasText: 'updated just now' }).waitFor({ state: 'attached' });
      const after = await paintedAsServed(page);
      const changed = [...after].filter(([code, color]) => before.get(code) !== color);
      assert.ok(changed.length > after.size / 2, `${changed.length} of ${after.size} have another colour`);
    } finally {
      await setRates();
    }
    await page.context().close();
  });

  /** Turns the order of the rates about; done twice they are as they were. */
  async function setRates(): Promise<void> {
    await server.run(`update public.us_unemployment set rate = 36 - rate`);
    await server.run(`refresh materialized view public.us_unemployment_cube`);
    await server.run(`select chorograph.bump('public.us_unemployment_cube')`);
    const [county] = await server.run<{ rate: number }>(
      `select rate::float as rate from public.us_unemployment where code = '06037'`,
    );
    const shown = async () => (await valuesOf('us-unemployment/values.json')).get('06037')?.value;
    await eventually(async () => (await shown()) === county?.rate, 'the server has the rates that are there');
  }

  /** Colours of counties by code, each found at its point on the map to be what the server says. */
  async function paintedAsServed(page: Page): Promise<Map<string, string>> {
    const [latitude, longitude] = [38.5, -112];
    const painted = new Map<string, string>();
    for (const zoom of [7, 5.5, 4]) {
      await goto(page, `#/us-unemployment?.map=${zoom}/${latitude}/${longitude}`);
      const box = await page.locator('.map').boundingBox();
      assert.ok(box);
      // MapLibre's world is 512 pixels wide at zoom 0.
      const pixels = 512 * 2 ** zoom;
      const counties = await server.run<{ code: string; x: number; y: number }>(
        `select code, st_x(p) as x, st_y(p) as y
         from (select code, st_area(geom) as size, st_transform(st_pointonsurface(geom), 3857) as p,
                 st_transform(st_setsrid(st_makepoint($1, $2), 4326), 3857) as middle
               from public.us_counties) c
         where abs(st_x(p) - st_x(middle)) < $3 and abs(st_y(p) - st_y(middle)) < $4
         order by size desc limit 12`,
        [
          longitude,
          latitude,
          ((box.width / 2 - 60) / pixels) * WORLD,
          ((box.height / 2 - 60) / pixels) * WORLD,
        ],
      );
      const [x0, y0] = mercator(longitude, latitude);
      const points = counties.map(({ x, y }) => ({
        x: Math.round(box.x + box.width / 2 + ((x - x0) / WORLD) * pixels),
        y: Math.round(box.y + box.height / 2 - ((y - y0) / WORLD) * pixels),
      }));
      const values = await valuesOf('us-unemployment/values.json');
      const { classes, statuses } = await classesOf('us-unemployment/classes.json');
      const expected = counties.map(({ code }) => {
        const id = values.get(code)?.class;
        return id == null ? statuses[0]?.color : classes.find((entry) => entry.id === id)?.color;
      });
      assert.ok(counties.length > 3, `${counties.length} counties at zoom ${zoom}`);
      await mapDrawn(page);
      await eventuallyPasses(async () => assert.deepEqual(await colorsAt(page, points), expected));
      for (const [i, { code }] of counties.entries()) painted.set(code, expected[i] ?? '');
    }
    return painted;
  }

  it('has a legend with the classes, counts and colours of classes.json', async () => {
    const { page } = await openPage(browser());
    await goto(page, '#/us-points');
    await mapDrawn(page);
    const { classes, statuses } = await classesOf('us-points/classes.json');
    const rows = page.locator('.legend-rows li');
    const shown = await rows.evaluateAll((items: { dataset: Record<string, string> }[]) =>
      items.map(({ dataset }) => [dataset.class ?? dataset.status, Number(dataset.count), dataset.color]),
    );
    const ascending = [...classes].sort((a, b) => a.upper - b.upper);
    assert.deepEqual(shown, [
      ...ascending.map(({ id, count, color }) => [String(id), count, color]),
      ...statuses.map(({ status, count, color }) => [status, count, color]),
    ]);
    assert.deepEqual(await page.locator('.legend-label').allTextContents(), [
      '0',
      '1',
      '2 – 3',
      '4 – 8',
      '9 – 17',
      '18 – 41',
    ]);
    assert.match((await page.locator('.legend-foot').textContent()) ?? '', /Federal Aviation Administration/);
    await page.context().close();
  });

  it('shows a clicked region with its value, and brings it back from the address', async () => {
    const { page } = await openPage(browser());
    await goto(page, '#/us-unemployment?.map=6/36.5/-117');
    await mapDrawn(page);
    await page.mouse.click(466, 350);
    const card = page.locator('.region-card');
    await card.waitFor();
    const code = (await card.getAttribute('data-code')) ?? '';
    const entry = (await valuesOf('us-unemployment/values.json')).get(code);
    assert.equal(await card.locator('h2').textContent(), entry?.name);
    assert.equal(await card.locator('strong').textContent(), `${entry?.value?.toFixed(1)}%`);
    const address = page.url();
    const again = await openPage(browser());
    await again.page.goto(address);
    await again.page.locator(`.region-card[data-code="${code}"]`).waitFor();
    await mapDrawn(again.page);
    assert.equal(again.page.url(), address);
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'hidden' });
    await Promise.all([page.context().close(), again.page.context().close()]);
  });

  it('leads to the values of a region with the keyboard alone', async () => {
    const { page } = await openPage(browser());
    await goto(page, '#/us-unemployment');
    await mapDrawn(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // the link over the map to the list
    await page.keyboard.press('Tab');
    await page.keyboard.type('los angeles calif');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const card = page.locator('.region-card[data-code="06037"]');
    await card.waitFor();
    const { value } = (await valuesOf('us-unemployment/values.json')).get('06037') ?? {};
    assert.equal(await card.locator('strong').textContent(), `${value?.toFixed(1)}%`);
    assert.equal(await card.locator('.region-parent').textContent(), 'California');

    // What lies across an ocean is one key away, and so is the way back.
    const parts = page.getByRole('navigation', { name: 'Parts of the map' });
    await parts.getByRole('button', { name: 'Alaska' }).waitFor();
    assert.deepEqual((await parts.getByRole('button').allTextContents()).slice(0, 4), [
      'Mainland',
      'Alaska',
      'Hawaii',
      'Puerto Rico',
    ]);
    await parts.getByRole('button', { name: 'Mainland' }).click();
    await page.locator('.far-places [aria-current=true]', { hasText: 'Mainland' }).waitFor();
    await page.locator('.map canvas').focus();
    await page.keyboard.press('j');
    await page.waitForURL(/\.map=[\d.]+\/6\d\./);
    await page.keyboard.press('j');
    await page.waitForURL(/\.map=[\d.]+\/2\d\.\d+\/-15\d/);
    assert.equal(await parts.locator('[aria-current=true]').textContent(), 'Hawaii');
    await page.keyboard.press('Shift+J');
    await page.keyboard.press('Shift+J');
    await page.locator('.far-places [aria-current=true]', { hasText: 'Mainland' }).waitFor();
    assert.doesNotMatch(page.url(), /\.map=/);
    await page.context().close();
  });

  it('says why a region has no value and never shows 0 in its place', async () => {
    const { page } = await openPage(browser());
    const values = await valuesOf('us-unemployment/values.json');
    const missing = [...values.values()].find(({ status }) => status === 'no_data');
    assert.ok(missing);
    await goto(page, `#/us-unemployment?.region=${missing.code}`);
    const card = page.locator('.region-card');
    await card.waitFor();
    assert.equal(await card.locator('strong').textContent(), 'No data');
    const parameters = 'kategori_kemiskinan=Miskin&tahun=2021';
    const few = [...(await valuesOf(`santri-provinsi/values.json?${parameters}`)).values()];
    const hidden = few.find(({ status }) => status === 'suppressed');
    assert.ok(hidden);
    await goto(page, `#/santri-provinsi?${parameters}&.region=${hidden.code}`);
    await page.locator(`.region-card[data-code="${hidden.code}"]`).waitFor();
    assert.equal(await card.locator('strong').textContent(), 'Suppressed');
    await page.context().close();
  });

  it('switches choropleth, metric, filter, level and classes, and keeps them in the address', async () => {
    const { page, errors } = await openPage(browser());
    await goto(page);
    await mapDrawn(page);
    await page.locator('select[name=choropleth]').selectOption('santri-provinsi');
    await page.locator('h1', { hasText: 'Santri per provinsi' }).waitFor();
    await page.locator('select[name=metric]').selectOption('pct_miskin');
    await page.locator('select[name=classes]').selectOption('4');
    await page.locator('.picker summary', { hasText: 'All' }).last().click();
    await page.getByLabel('2024').check();
    await page.waitForURL(/metric=pct_miskin&classes=4&tahun=2024/);
    await mapDrawn(page);
    const { classes } = await classesOf(
      'santri-provinsi/classes.json?metric=pct_miskin&classes=4&tahun=2024',
    );
    const counts = classes.map(({ count }) => (count === 1 ? '1 region' : `${count} regions`));
    const legend = await page.locator('.legend-rows li[data-class] .legend-count').allTextContents();
    assert.deepEqual(legend, counts);
    await page.goBack();
    await page.locator('h1', { hasText: 'Unemployment' }).waitFor();
    await page.locator('select[name=choropleth]').selectOption('us-points');
    await page.locator('h1', { hasText: 'Airports' }).waitFor();
    await page.locator('select[name=level]').selectOption('us-states');
    const states = await valuesOf('us-points/values.json?level=us-states');
    await page.locator('.list-count', { hasText: `${states.size} regions` }).waitFor();
    await mapDrawn(page);
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('tells what is wrong with a request and goes back to what works', async () => {
    const { page } = await openPage(browser());
    await goto(page, '#/us-unemployment?level=us-states');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match((await alert.textContent()) ?? '', /rate is a published figure of us-counties/);
    await page.getByRole('button', { name: 'Reset the settings' }).click();
    await alert.waitFor({ state: 'hidden' });
    await mapDrawn(page);
    await page.context().close();
  });

  it('tells when the server cannot be reached and goes on by itself when it can', async () => {
    const { page } = await openPage(browser());
    await page.route('**/gis/choropleth', (route) => route.abort());
    await goto(page);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match((await alert.textContent()) ?? '', /cannot be reached/);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.unroute('**/gis/choropleth');
    await mapDrawn(page);
    assert.equal(await alert.count(), 0);
    await page.context().close();
  });

  it('waits for a server that is starting and shows what it is doing', async () => {
    const { page } = await openPage(browser());
    let isStarting = true;
    await page.route('**/gis/choropleth', (route) =>
      isStarting
        ? route.fulfill({ status: 503, json: { code: 'starting', title: 'The server is still starting' } })
        : route.fallback(),
    );
    await page.route('**/health/ready', (route) =>
      isStarting
        ? route.fulfill({ status: 503, json: { checks: { startup: { detail: 'creating the database' } } } })
        : route.fallback(),
    );
    await goto(page);
    await page.locator('.notice', { hasText: 'creating the database' }).waitFor();
    isStarting = false;
    await mapDrawn(page);
    await page.locator('.notice').waitFor({ state: 'hidden' });
    await page.context().close();
  });

  it('asks again by itself after a 503', async () => {
    const { page } = await openPage(browser());
    let refused = 0;
    await page.route('**/classes.json*', (route) =>
      refused++ === 0
        ? route.fulfill({
            status: 503,
            headers: { 'Retry-After': '1' },
            json: { code: 'database_unavailable' },
          })
        : route.fallback(),
    );
    await goto(page);
    await page.locator('.notice', { hasText: 'cannot answer at the moment' }).waitFor();
    await mapDrawn(page);
    await page.locator('.notice').waitFor({ state: 'hidden' });
    assert.ok(refused >= 2);
    await page.context().close();
  });

  it('lists a choropleth that is not available, disabled and with the reason', async () => {
    const { page } = await openPage(browser());
    await page.route('**/gis/choropleth', async (route) => {
      const response = await route.fetch();
      const { choropleths } = (await response.json()) as { choropleths: unknown[] };
      const broken = { id: 'broken', title: 'Broken', available: false, problem: 'there is no cube x' };
      await route.fulfill({ json: { choropleths: [broken, ...choropleths] } });
    });
    await goto(page);
    await mapDrawn(page);
    const option = page.locator('select[name=choropleth]').locator('option').first();
    assert.equal(await option.textContent(), 'Broken (not available: there is no cube x)');
    assert.equal(await option.isDisabled(), true);
    assert.equal(await page.locator('select[name=choropleth]').inputValue(), 'us-unemployment');
    await page.context().close();
  });

  it('fits a phone, in the dark too, and a page of 320 pixels, without scrolling sideways or losing colours', async () => {
    const { page, errors } = await openPage(browser(), {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    });
    await goto(page, '#/us-points?.map=4/39/-100');
    await mapDrawn(page);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.equal(width, 390);
    const box = await page.locator('.map').boundingBox();
    assert.ok(box);
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator('.region-card').waitFor();
    const [sea] = await colorsAt(page, [{ x: 380, y: 110 }]);
    assert.notEqual(sea, '#e6edf2', 'the light background of the map');

    // As much as a window of 1280 pixels has at four times the size.
    await page.setViewportSize({ width: 320, height: 640 });
    const wide = `[...document.querySelectorAll('body *')].filter((it) =>
      it.getBoundingClientRect().right > 320.5 && !it.closest('.map, .visually-hidden, .table, .chips')).map((it) => it.className)`;
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, await page.evaluate(wide));
    await page.locator('.site-menu > summary').click();
    const panel = await page.locator('.site-panel').boundingBox();
    assert.ok(panel && panel.x >= 0 && panel.x + panel.width <= 320, 'the menu is on the page');
    await page.locator('.brand').click();
    assert.equal(await page.locator('.site-panel').isVisible(), false, 'a press elsewhere closes it');

    await page.emulateMedia({ forcedColors: 'active' });
    const [color = '', background] = await page.evaluate<string[]>(`(() => {
      const row = document.querySelector('.legend-rows li[data-class]');
      return [row.dataset.color, getComputedStyle(row.querySelector('.legend-color')).backgroundColor];
    })()`);
    const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    assert.equal(
      background,
      `rgb(${parts.join(', ')})`,
      'colours of classes are kept where colours are forced',
    );
    assert.deepEqual(errors, []);
    await page.context().close();
  });
});
