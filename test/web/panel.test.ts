import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { demoServer, type TestServer } from '../support/environment.ts';
import { axeFinds, inBrowser, mapDrawn, openPage, type WatchedPage } from './browser.ts';

const nameOf = (control: { labels: ArrayLike<{ textContent: string }> }): string | undefined =>
  control.labels[0]?.textContent;

inBrowser('what can be done with a map in the explorer', (browser) => {
  let server: TestServer;
  let watched: WatchedPage;
  let page: Page;

  before(async () => {
    server = await demoServer();
    watched = await openPage(browser());
    page = watched.page;
  });

  afterEach(() => assert.deepEqual(watched.errors, []));

  /** Another map on the same page: the address decides everything. */
  async function show(hash: string): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${server.url}/${hash}`);
    await mapDrawn(page);
  }

  async function document<T>(path: string): Promise<T> {
    return (await server.api.get(`/gis/choropleth/${path}`).expect(200)).body as T;
  }

  const legend = (): Promise<[string | undefined, number][]> =>
    page
      .locator('.legend li')
      .evaluateAll((rows: { dataset: Record<string, string> }[]) =>
        rows.map(({ dataset }) => [dataset.color, Number(dataset.count)]),
      );

  it('names every setting by its title, never by an id', async () => {
    await show('#/us-points');
    const levels = await page.locator('select[name=level] option').allTextContents();
    assert.deepEqual(levels, ['Counties', 'States']);
    await page.locator('.more-settings summary').click();
    for (const control of await page.locator('.settings select:visible, .settings input:visible').all())
      assert.match((await control.evaluate(nameOf)) ?? '', /\w/);
  });

  it('counts by area, and per cent of change between two periods', async () => {
    await show('#/pesantren-provinsi');
    await page.locator('.more-settings summary').click();
    await page.locator('select[name=normalize]').selectOption('area');
    await page.locator('select[name=multiplier]').selectOption('1000');
    await page.locator('.legend-metric', { hasText: 'per 1000 km²' }).waitFor();
    await page.locator('select[name=normalize]').selectOption('');
    await page.locator('select[name=change]').selectOption('pct');
    await page.locator('select[name=from]').selectOption('2022');
    await page.waitForURL(/change=pct&from=2022&to=2025/);
    await page.locator('.legend-metric', { hasText: '2022 to 2025: change (%)' }).waitFor();
    await mapDrawn(page);
    const { classes } = await document<{ classes: { color: string; count: number }[] }>(
      'pesantren-provinsi/classes.json?change=pct&from=2022&to=2025&scheme=PuOr',
    );
    assert.deepEqual(
      (await legend()).slice(0, classes.length),
      classes.map(({ color, count }) => [color, count]),
    );
    assert.equal(await page.locator('.scheme-current').textContent(), 'PuOr', 'a ramp with a middle');
    await page.locator('select[name=change]').selectOption('');
    await page.waitForURL((url) => !url.href.includes('change'));
    assert.equal(await page.locator('.scheme-current').textContent(), 'BuGn');
  });

  it('shows smoothed rates, clusters and two metrics at once as the API has them', async () => {
    await show('#/pesantren-provinsi?metric=pct_layak');
    await page.locator('select[name=view]').selectOption('smooth');
    await page.locator('.legend-metric', { hasText: 'smoothed' }).waitFor();
    const smooth = await document<{ rows: [string, string, null, number, number][] }>(
      'pesantren-provinsi/smooth.json?metric=pct_layak',
    );
    const [code, , , , rate] = smooth.rows[2]!;
    const row = page.locator(`.table-rows [data-code="${code}"] .row-value`);
    assert.equal(await row.textContent(), `${rate.toFixed(1)}%`);
    await page.locator('select[name=view]').selectOption('clusters');
    await page.locator('.legend-label', { hasText: 'High among high' }).waitFor();
    const { clusters } = await document<{ clusters: Record<string, number> }>(
      'pesantren-provinsi/lisa.json?metric=pct_layak',
    );
    const counts = (await legend()).map(([, count]) => count).slice(0, 5);
    assert.deepEqual(counts, Object.values(clusters));
    await page.locator('select[name=view]').selectOption('pairs');
    await page.locator('select[name=second]').selectOption('total_santri');
    await page.locator('.legend-square li').nth(8).waitFor();
    await page.waitForURL(/\.with=total_santri/);
    await mapDrawn(page);
    const pairs = await document<{ classes: { color: string; count: number }[] }>(
      'pesantren-provinsi/bivariate.json?vars=pct_layak,total_santri',
    );
    const shown = (await legend()).slice(0, 9).map(String);
    assert.deepEqual(shown.sort(), pairs.classes.map(({ color, count }) => `${color},${count}`).sort());
    const address = page.url();
    await show(new URL(address).hash);
    assert.equal(page.url(), address, 'the view comes back from the address');
    await page.locator('.legend-square').waitFor();
    await page.getByRole('button', { name: 'Whole table' }).click();
    assert.deepEqual(await axeFinds(page), []);
  });

  it('moves a break with the keyboard and with the mouse, and the classes follow', async () => {
    await show('#/us-unemployment');
    const lines = page.locator('.histogram-line');
    await lines.nth(2).focus();
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForURL(/breaks=5\.4%2C6\.8%2C/);
    assert.equal(await page.locator('select[name=method]').inputValue(), 'manual');
    await mapDrawn(page);
    assert.equal(await page.locator('.histogram-line:focus').getAttribute('data-break'), '2');
    const box = (await lines.nth(5).boundingBox())!;
    await page.mouse.move(box.x + 6, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 66, box.y + 20, { steps: 3 });
    await page.mouse.up();
    const before = page.url();
    await page.waitForURL((url) => /breaks=/.test(url.href) && !url.href.includes('12.5'));
    await mapDrawn(page);
    const breaks = new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('breaks');
    const { classes } = await document<{ classes: { color: string; count: number }[] }>(
      `us-unemployment/classes.json?breaks=${breaks}`,
    );
    assert.deepEqual(
      (await legend()).slice(0, 7),
      classes.map(({ color, count }) => [color, count]),
    );
    assert.ok(before.includes('breaks='));
    await page.locator('.advice button', { hasText: 'Natural breaks' }).click();
    await page.waitForURL(/method=jenks/);
    await page.locator('.advice button[aria-pressed=true]', { hasText: 'Natural breaks' }).waitFor();
    assert.doesNotMatch(page.url(), /breaks=/);
  });

  it('warns where colour-blind readers mix classes up, and offers what they do not', async () => {
    await show('#/us-unemployment?scheme=RdYlGn&classes=9');
    const warning = page.locator('.scheme-warning');
    await warning.waitFor();
    await warning.locator('button').first().click();
    await warning.waitFor({ state: 'hidden' });
    await page.locator('.picker summary').last().click();
    await page.locator('.scheme.is-unclear').first().waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.picker[open]').count(), 0);
    await page.locator('.picker summary').last().click();
    await page.mouse.click(500, 300);
    await page.locator('.picker[open]').waitFor({ state: 'detached' });
  });

  it('sees the regions of a class alone on the map and in the table', async () => {
    await show('#/us-unemployment');
    const row = page.locator('.legend-row').last();
    await row.focus();
    await page.keyboard.press('Enter');
    await page.locator('.list-count', { hasText: '19 regions' }).waitFor();
    const chip = page.locator('.list-line .chip');
    assert.equal(await chip.textContent(), 'Only No data ×');
    await chip.click();
    await page.locator('.list-count', { hasText: '3,230 regions' }).waitFor();
    assert.equal(await row.getAttribute('aria-pressed'), 'false');
  });

  it('has a table of all regions: sorted, without gaps, joined to the map both ways', async () => {
    await show('#/us-unemployment');
    await page.getByRole('button', { name: 'Whole table' }).click();
    await page.getByRole('button', { name: 'Code' }).click();
    await page.locator('[role=columnheader][aria-sort=ascending]', { hasText: 'Code' }).waitFor();
    const rows = page.locator('.table-rows .table-row');
    assert.equal(await rows.first().getAttribute('data-code'), '01001');
    await page.evaluate(`{
      const scroll = document.querySelector('.table-scroll');
      scroll.scrollTop = scroll.scrollHeight / 2;
    }`);
    await page.locator('[aria-rowindex="1617"]').waitFor();
    const tops = await rows.evaluateAll((all: { style: { transform: string } }[]) =>
      all.map(({ style }) => Number(/[\d.]+/.exec(style.transform)?.[0])).sort((a, b) => a - b),
    );
    assert.ok(
      tops.every((top, i) => i === 0 || top - tops[i - 1]! === 44),
      'no row is missing in between',
    );
    assert.ok(tops.length < 120, `${tops.length} rows are in the document`);
    await page.getByRole('button', { name: 'Back to the map' }).click();
    await page.getByLabel('Search regions').fill('02020');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.region-card[data-code="02020"]').waitFor();
    await page.waitForURL(/\.map=.*\/6[01]\.\d+\/-1[45]\d\./); // Anchorage is far from what the map opened with
    await mapDrawn(page);
    await page.mouse.move(640, 200);
    await page.locator('.tooltip').waitFor();
  });

  it('goes through the periods by hand and by itself', async () => {
    await show('#/santri-provinsi');
    await page.locator('input[name=period]').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/tahun=2021/);
    assert.equal(await page.locator('.period-name').textContent(), '2021');
    await page.getByRole('button', { name: 'Play the periods' }).click();
    await page.waitForURL(/tahun=2025/); // once through, and it ends by itself
    await page.getByRole('button', { name: 'Play the periods' }).waitFor();
    assert.equal(await page.locator('.period-name').textContent(), '2025');
  });

  it('shows the regions of one parent, and the map goes there', async () => {
    await show('#/us-unemployment');
    await page.locator('select[name=parent]').selectOption({ label: 'Hawaii' });
    await page.locator('.list-count', { hasText: '5 regions' }).waitFor();
    await page.waitForURL(/parent=15&\.map=.*\/2\d\.\d+\/-15\d/);
    await page.getByRole('navigation', { name: 'Only in' }).getByRole('button').click();
    await page.locator('.list-count', { hasText: '3,230 regions' }).waitFor();
    await mapDrawn(page);
    await page.mouse.dblclick(500, 350);
    await page.locator('.crumbs [aria-current]').waitFor();
    await page.waitForURL(/parent=\d\d&\.region=\d{5}&\.map=/);
  });

  it('gives files and lines for other programs of the map as it is shown', async () => {
    await show('#/us-unemployment?classes=4&scheme=Blues');
    const opener = page.getByRole('button', { name: 'Use this map' });
    await opener.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Use this map' });
    for (const link of await dialog.locator('.take-files a').all()) {
      const href = (await link.getAttribute('href')) ?? '';
      assert.match(href, /classes=4&scheme=Blues/);
      await server.api.get(href.slice(server.url.length)).expect(200);
    }
    await dialog.locator('select').selectOption('Python');
    const python = (await dialog.locator('.take-code').textContent()) ?? '';
    assert.match(python, /values\.json\?classes=4&scheme=Blues/);
    assert.deepEqual(await axeFinds(page), []);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('.legend-actions button:focus').waitFor();
  });
});
