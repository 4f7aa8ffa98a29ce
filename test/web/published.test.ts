import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { MAPS, SQL } from '../choropleth/gaps/mismatches.ts';
import { newServer, untilFileEnds, type TestServer } from '../support/environment.ts';
import { inBrowser, mapDrawn, openPage } from './browser.ts';

inBrowser('explorer of published figures and of what does not match', (browser) => {
  let server: TestServer;
  let page: Page;
  let errors: string[];

  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS }, untilFileEnds);
    ({ page, errors } = await openPage(browser()));
  });
  after(() => page.context().close());

  const filter = (name: string) =>
    page.locator('.field', { has: page.locator(`summary[aria-label="${name}"]`) });
  const chosen = async (name: string): Promise<string | null> =>
    filter(name).locator('.filter-chosen').textContent();
  const value = async (code: string): Promise<string | null> =>
    page.locator(`[data-code="${code}"]`).first().textContent();

  it('opens on the latest period, offers no "All", and shows one value at a time', async () => {
    await page.goto(`${server.url}/#/rates`);
    await mapDrawn(page);
    assert.deepEqual(errors, []);
    assert.deepEqual([await chosen('Yr'), await chosen('Sex')], ['2022', 'F']);
    assert.match((await value('c1')) ?? '', /3\.5/);
    await filter('Yr').locator('summary').click();
    const choices = filter('Yr').locator('input');
    assert.deepEqual(
      await choices.evaluateAll((all) => (all as unknown as { type: string }[]).map(({ type }) => type)),
      ['radio', 'radio', 'radio'],
    );
    assert.equal(await filter('Yr').locator('button').isVisible(), false);
    await choices.first().check();
    await mapDrawn(page);
    assert.equal(await chosen('Yr'), '2020');
    assert.match((await value('c1')) ?? '', /1\.5/);
    assert.match(page.url(), /yr=2020/);
    assert.doesNotMatch(page.url(), /sex=/);
  });

  it('adds up what does add up, and goes back to one value from several', async () => {
    await page.locator('select[name="metric"]').selectOption('n');
    await mapDrawn(page);
    assert.deepEqual([await chosen('Yr'), await chosen('Sex')], ['2020', 'All']);
    await filter('Yr').locator('input').nth(1).check();
    await mapDrawn(page);
    assert.equal(await chosen('Yr'), '2 chosen');
    await page.locator('select[name="metric"]').selectOption('v');
    await mapDrawn(page);
    assert.deepEqual([await chosen('Yr'), await chosen('Sex')], ['2022', 'F']);
    assert.equal(await page.locator('.notice').isVisible(), false);
    assert.deepEqual(errors, []);
  });

  it('tells which codes of the cube no region has', async () => {
    await page.goto(`${server.url}/#/unm`);
    await page
      .locator('.legend-warning', { hasText: '3 of 6 rows of the cube (6,000 of 6,200 n)' })
      .waitFor();
    await page.locator('.legend-warning', { hasText: 'upper(trim(code)) would match' }).waitFor();
  });
});
