import assert from 'node:assert/strict';
import { demoServer, type TestServer } from '../support/environment.ts';
import { axeFinds, inBrowser, openPage } from './browser.ts';

inBrowser('the documentation', (browser) => {
  let server: TestServer;
  before(async () => {
    server = await demoServer();
  });

  it('is read, searched and copied from with the keyboard, on a phone and in the dark', async () => {
    const { page, errors, requests } = await openPage(browser(), {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.goto(`${server.url}/docs/integrations/web-maps`);
    await page.getByRole('navigation', { name: 'On this page' }).waitFor();
    assert.deepEqual(await axeFinds(page), []);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await axeFinds(page), []);

    const block = page.locator('.code-frame').first();
    await block.getByRole('button', { name: 'Copy' }).press('Enter');
    await block.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      await block.locator('pre').textContent(),
    );

    await page.locator('body').press('/');
    await page.keyboard.type('natural breaks');
    await page.getByRole('search').getByRole('link').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/docs\/choropleths#/);
    const anchor = new URL(page.url()).hash.slice(1);
    await page.waitForFunction(`document.getElementById('${anchor}').getBoundingClientRect().top < 200`);

    await page.setViewportSize({ width: 390, height: 844 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    await page.getByText('All pages').click();
    await page.getByRole('navigation', { name: 'All pages' }).getByRole('link', { name: 'Errors' }).click();
    await page.getByRole('heading', { name: 'Errors', level: 1 }).waitFor();
    await page.locator('.site-menu > summary').click();
    await page.getByLabel('Language', { exact: true }).selectOption('id');
    await page.getByText('Di halaman ini').waitFor();
    await page.getByText('Semua halaman').waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url)),
      [],
    );
    await page.context().close();
  });
});
