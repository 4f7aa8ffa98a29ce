import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { newServer, type TestServer } from '../support/environment.ts';
import { inBrowser, mapDrawn, openPage } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run('.top').then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
}

inBrowser('the search box', (browser) => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ demo: true, environment: { CHOROGRAPH_SEARCH_PER_MINUTE: '100000' } });
  });
  const opened = async (options: Parameters<typeof openPage>[1] = {}) => {
    const watched = await openPage(browser(), options);
    await watched.page.goto(server.url);
    await mapDrawn(watched.page);
    return { ...watched, field: watched.page.getByRole('combobox', { name: 'Find a place or a map' }) };
  };

  it('finds a region by keyboard alone, selects it and moves there; remembers it in the page', async () => {
    const { page, field, errors } = await opened();
    await field.focus();
    await page.keyboard.type('los angelos');
    const option = page
      .getByRole('listbox')
      .getByRole('option', { name: /Los Angeles/ })
      .first();
    await option.waitFor();
    assert.equal(await field.getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('ArrowDown');
    const active = page.locator(`#${await field.getAttribute('aria-activedescendant')}`);
    assert.match((await active.textContent()) ?? '', /Los Angeles.*California/);
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => /\.region=06037/.test(url.hash) && /\.map=/.test(url.hash));
    assert.equal(await page.getByRole('listbox').isVisible(), false);
    await field.fill('');
    await page.getByText('Found before').waitFor();
    await page.keyboard.press('Escape');
    assert.match(page.url(), /\.region=06037/);
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('on a phone brings a province of another choropleth, and a choropleth itself', async () => {
    const { page, field, errors } = await opened({ viewport: { width: 375, height: 740 }, hasTouch: true });
    await field.tap();
    await field.fill('jatim');
    await page
      .getByRole('listbox')
      .getByRole('option', { name: /Jawa Timur/ })
      .first()
      .tap();
    await page.waitForURL(/santri-provinsi.*\.region=ID-JI/);
    await mapDrawn(page);
    await field.fill('unemployment');
    await page.getByRole('group', { name: 'Choropleths' }).getByRole('option').first().waitFor();
    assert.deepEqual(await findings(page), []);
    const isWide = 'document.documentElement.scrollWidth > innerWidth';
    assert.equal(await page.evaluate(isWide), false);
    await page
      .getByRole('listbox')
      .getByRole('option', { name: /Unemployment rate/ })
      .tap();
    await page.waitForURL(/us-unemployment/);
    await field.fill('%%%%');
    await page.getByText('Nothing found').waitFor();
    assert.deepEqual(errors, []);
    await page.context().close();
  });
});
