import assert from 'node:assert/strict';
import { openApiDocument } from '../../server/http/openapi.ts';
import {
  addressOf,
  curlOf,
  exampleBody,
  firstValues,
  hashOf,
  operationsOf,
  readHash,
  type OpenApi,
  type Operation,
} from '../../web/src/console/operations.ts';
import { createKey } from '../../server/security/keys.ts';
import { demoServer, once, type TestServer } from '../support/environment.ts';
import { axeFinds, inBrowser, openPage } from './browser.ts';

const NOTHING = { values: {}, body: '', accept: '' };

once('requests of the page of the API', () => {
  let operations: Operation[];
  const find = (method: string, path: string): Operation =>
    operations.find((one) => one.method === method && one.path === path)!;
  before(async function () {
    const server = await demoServer();
    operations = operationsOf(openApiDocument(server.ctx.api(), '1') as OpenApi);
  });

  it('are those that the form says, with what it is called in the address bar', () => {
    const tile = find('get', '/tiles/{layers}/{z}/{x}/{y}.{format}');
    const values = {
      layers: 'a,b c',
      z: '3',
      x: '1',
      y: '2',
      format: 'mvt',
      columns: ' name,é ',
      column: 'kind=x&kind=y',
    };
    assert.equal(addressOf(tile, values), 'tiles/a,b%20c/3/1/2.mvt?columns=name,%C3%A9&kind=x&kind=y');
    for (const operation of operations) {
      const there = readHash(hashOf(operation, firstValues(operation)), operations);
      assert.equal(there?.operation, operation, operation.path);
      assert.deepEqual(there.values ?? {}, firstValues(operation));
      assert.doesNotMatch(addressOf(operation, firstValues(operation)), /[{}]/, operation.path);
    }
    const encoded = hashOf(tile, values).replaceAll('{', '%7B').replaceAll('}', '%7d');
    assert.deepEqual(readHash(encoded, operations)?.values, values);
    assert.equal(readHash('#/get/none', operations), undefined);
  });

  it('are written for a terminal without the key, whatever stands in them', () => {
    const features = find('get', '/features/{layer}');
    const line = curlOf(features, { ...NOTHING, values: { layer: "o'hara" } }, 'http://h/', true);
    assert.equal(line, `curl -H "X-API-Key: $CHOROGRAPH_KEY" 'http://h/features/o'\\''hara'`);
  });

  it('have a body to begin with where they take one', () => {
    const takes = operations.filter(({ requestBody }) => requestBody);
    assert.ok(takes.length > 3);
    for (const operation of takes)
      assert.equal(typeof JSON.parse(exampleBody(operation)), 'object', operation.path);
    assert.match(exampleBody(find('post', '/gemini/ask')), /"question": "/);
  });
});

inBrowser('the page of the API', (browser) => {
  let server: TestServer;
  before(async () => {
    server = await demoServer();
  });

  it('sends what it is asked to and shows what comes, with the keyboard and on a phone', async () => {
    const { key } = await createKey(server.ctx.db, { name: 'console', scopes: ['audit'] });
    const { page, errors, requests } = await openPage(browser());
    await page.goto(`${server.url}/api`);
    await page.getByRole('link', { name: 'Values of a map' }).waitFor();
    assert.equal(await page.locator('.routes h2').first().textContent(), 'choropleths');
    await page.getByRole('link', { name: 'Features of a layer' }).press('Enter');
    await page.getByRole('button', { name: 'Send' }).press('Enter');
    await page.locator('.answer').getByText('200 OK').waitFor();
    await page.goto(
      `${server.url}/api#/get/tiles/{layers}/{z}/{x}/{y}.{format}?layers=us_states&z=3&x=1&y=3&format=mvt`,
    );
    const send = page.getByRole('button', { name: 'Send' });
    const answer = page.locator('.answer');
    await page.locator('#parameter-layers').press('Enter'); // sends
    await answer.getByText('200 OK').waitFor();
    await answer.getByText(/application\/vnd\.mapbox-vector-tile: [\d.]+ kB/).waitFor();
    assert.deepEqual(await axeFinds(page), []);

    await page.getByLabel('Find a route').fill('unemployment nothing');
    await page.getByText('No route has these words.').waitFor();
    await page.getByLabel('Find a route').fill('legend.png choropleth');
    await page.getByRole('link', { name: '/gis/choropleth/{id}/legend.png' }).press('Enter');
    await page.locator('#parameter-id').fill('us-unemployment');
    await send.press('Enter');
    const picture = answer.getByRole('img');
    await picture.waitFor();
    await page.waitForFunction(`document.querySelector('.answer img')?.naturalWidth > 50`);

    await page.getByLabel('Find a route').fill('/audit');
    await page.getByRole('link', { name: 'GET /audit', exact: true }).press('Enter');
    await page.locator('#parameter-limit').fill('1');
    await send.press('Enter');
    await answer.getByText('401').first().waitFor();
    const means = answer.getByRole('link', { name: 'What this error means' });
    assert.equal(await means.getAttribute('href'), 'docs/errors#unauthorized');
    await page.getByLabel('API key').fill(key);
    await send.press('Enter');
    await answer.getByText('200 OK').waitFor();
    await answer.getByText('"entries"').waitFor();
    assert.equal((await page.locator('main').innerText()).includes(key), false);
    assert.match(page.url(), /#\/get\/audit\?limit=1$/);

    // What may change something is asked about first.
    const asked = requests.length;
    await page.getByLabel('Find a route').fill('post /gis/choropleth/refresh');
    await page.getByRole('link', { name: '/gis/choropleth/refresh' }).press('Enter');
    await send.press('Enter');
    const sure = page.getByRole('dialog');
    await sure.getByText('POST /gis/choropleth/refresh').waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await axeFinds(page), []);
    await page.keyboard.press('Escape');
    await sure.waitFor({ state: 'detached' });
    assert.deepEqual(
      requests.slice(asked).filter((url) => url.includes('/gis/')),
      [],
    );

    await page.setViewportSize({ width: 390, height: 844 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    await page.locator('.site-menu > summary').click();
    await page.getByLabel('Language', { exact: true }).selectOption('id');
    await page.getByRole('button', { name: 'Kirim' }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    assert.deepEqual(
      errors.filter((error) => !error.includes('401')),
      [],
    );
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(`blob:${server.url}`)),
      [],
    );
    await page.context().close();
  });
});
