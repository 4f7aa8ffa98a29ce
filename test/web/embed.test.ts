import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import type { Frame, Page } from 'playwright-core';
import { projectPath } from '../../server/tools/paths.ts';
import { demoServer, type TestServer } from '../support/environment.ts';
import { colorsAt, inBrowser, openPage } from './browser.ts';

const AXE = readFileSync(projectPath('node_modules', 'axe-core', 'axe.min.js'), 'utf8');

inBrowser('a map in the frame of another site', (browser) => {
  let server: TestServer;
  let site: Server;
  let home: string;
  let page: Page;
  let errors: string[];
  let requests: string[];

  before(async () => {
    server = await demoServer();
    site = createServer((_req, res) => {
      const src = `${server.url}/embed/us-unemployment?method=jenks&classes=4`;
      res.setHeader('Content-Type', 'text/html');
      res.end(`<!doctype html><html lang="en"><title>News</title><link rel="icon" href="data:,">
        <iframe src="${src}" title="Unemployment" width="700" height="560" style="border:0"></iframe>`);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => site.once('listening', resolve));
    home = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    ({ page, errors, requests } = await openPage(browser(), {}, { world: true }));
  });
  after(async () => {
    await page.context().close();
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
  });

  async function frame(): Promise<Frame> {
    const found = page.frames().find((each) => each.url().includes('/embed/'));
    assert.ok(found, 'the page has no frame');
    await found.locator('.map[aria-busy="false"]').waitFor();
    return found;
  }

  it('paints, with nothing from other hosts, no cookie and no error', async () => {
    await page.goto(home);
    const map = await frame();
    const colors = await map
      .locator('.legend li[data-class]')
      .evaluateAll((all) =>
        (all as unknown as { dataset: Record<string, string> }[]).map(({ dataset }) => dataset.color),
      );
    assert.equal(colors.length, 4);
    const grid = Array.from({ length: 20 }, (_, i) => ({ x: 110 + i * 26, y: 150 }));
    const painted = new Set(await colorsAt(page, grid));
    assert.ok(colors.filter((color) => painted.has(color ?? '')).length >= 2, [...painted].join());
    assert.equal(await map.title(), await map.locator('.legend h1').textContent());
    assert.deepEqual(await page.context().cookies(), []);
    const strangers = requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(home));
    assert.deepEqual(
      strangers.filter((url) => !/^(blob|data):/.test(url)),
      [],
    );
    assert.deepEqual(errors, []);
  });

  it('has all values for the keyboard and a screen reader, on a phone too', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    const map = await frame();
    await map.locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Autauga');
    await map.locator('.table-rows .table-row[data-code="01001"]').waitFor();
    assert.equal(await map.locator('.table-rows .table-row').count(), 1);
    await map.evaluate(AXE);
    const violations = await map.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
    );
    assert.deepEqual(violations, []);
    await page.goto(`${server.url}/embed/us-unemployment`);
    await page.locator('.map[aria-busy="false"]').waitFor();
    const [wide, seen] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    assert.ok(wide <= seen, `${wide} pixels in a window of ${seen}`);
    assert.deepEqual(errors, []);
  });
});
