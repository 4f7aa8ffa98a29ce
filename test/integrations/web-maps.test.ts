import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { projectPath } from '../../server/tools/paths.ts';
import { values } from '../choropleth/support.ts';
import { demoServer, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { colorsAt, inBrowser, openPage } from '../web/browser.ts';

/** The pages as they stand in the documentation, by their headings. */
const PAGES = [
  ...readFileSync(projectPath('docs', 'integrations', 'web-maps.md'), 'utf8').matchAll(
    /^## (.+)\n[^#]*?```html\n([\s\S]*?)```/gm,
  ),
].map(([, name = '', html = '']) => ({ name, html }));

/** Where all of them are centred, and pixels of the world at their zoom. */
const CENTRE = [-104, 39] as const;
const WORLD = 256 * 2 ** 4;
const SIZE = { width: 800, height: 600 } as const;
/** Places in the middle of large counties, by code. */
const PLACES: Readonly<Record<string, readonly [longitude: number, latitude: number]>> = {
  '06071': [-116.2, 34.8],
  '32007': [-115.4, 41.1],
  '31031': [-101.1, 42.5],
  '04005': [-111.8, 35.8],
  '41025': [-119, 43.1],
};

const mercator = ([longitude, latitude]: readonly [number, number]): [number, number] => [
  longitude / 360,
  -Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI),
];

function pixelOf(place: readonly [number, number]): { x: number; y: number } {
  const [[x, y], [x0, y0]] = [mercator(place), mercator(CENTRE)];
  return {
    x: Math.round(SIZE.width / 2 + (x - x0) * WORLD),
    y: Math.round(SIZE.height / 2 + (y - y0) * WORLD),
  };
}

inBrowser('pages of other map libraries', (browser) => {
  let server: TestServer;
  let expected: string[];
  let site: Server;
  let home: string;
  let shown = '';
  before(async () => {
    server = await demoServer();
    site = createServer((req, res) => {
      res.writeHead(req.url === '/' ? 200 : 204, { 'Content-Type': 'text/html' });
      res.end(req.url === '/' ? shown : undefined);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => site.once('listening', resolve));
    home = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const query = { method: 'jenks', classes: '5' };
    const { byCode } = await values(server, 'us-unemployment', query);
    const { body } = await server.api.get('/gis/choropleth/us-unemployment/classes.json').query(query);
    const { classes } = body as { classes: { id: number; color: string }[] };
    expected = Object.keys(PLACES).map(
      (code) => classes.find(({ id }) => id === byCode.get(code)?.class)?.color ?? '',
    );
  });

  after(async () => {
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
  });

  /** A page of another origin; what it loads of a package registry comes from what is installed here. */
  async function open(html: string): Promise<{ page: Page; errors: string[]; strangers: string[] }> {
    const { page, errors } = await openPage(browser(), { viewport: SIZE });
    const strangers: string[] = [];
    await page.route('**/*', async (route) => {
      const url = new URL(route.request().url());
      if (url.origin === server.url || url.protocol === 'blob:' || url.href.startsWith(home))
        return route.continue();
      const [, name = '', path = ''] = /^\/((?:@[^/]+\/)?[^@/]+)@\d+\/(.+)$/.exec(url.pathname) ?? [];
      const file = projectPath('node_modules', name, path);
      if (url.host === 'unpkg.com' && name !== '' && existsSync(file))
        return route.fulfill({ path: file, headers: CORS });
      strangers.push(url.href);
      return route.fulfill({ status: 204, body: '' });
    });
    shown = html;
    await page.goto(home);
    return { page, errors, strangers };
  }

  it('are those of the documentation', () => {
    assert.deepEqual(
      PAGES.map(({ name }) => name),
      ['MapLibre GL JS', 'OpenLayers', 'Leaflet', 'deck.gl'],
    );
    assert.ok(new Set(expected).size >= 3, expected.join()); // else one colour everywhere would do
  });

  for (const { name, html } of PAGES) {
    it(`paint the classes: ${name}`, async () => {
      const { page, errors, strangers } = await open(html.replaceAll('https://maps.example.org', server.url));
      const points = Object.values(PLACES).map(pixelOf);
      try {
        await eventuallyPasses(async () => assert.deepEqual(await colorsAt(page, points), expected));
      } finally {
        if (process.env.TEST_PICTURES)
          await page.screenshot({ path: `${process.env.TEST_PICTURES}/${name}.png` });
        if (errors.length > 0) console.log(errors);
        await page.context().close();
      }
      assert.deepEqual(errors, []);
      assert.deepEqual(strangers, []);
    });
  }
});

const CORS = { 'Access-Control-Allow-Origin': '*' };
