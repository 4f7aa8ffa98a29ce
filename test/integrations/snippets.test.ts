import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectPath } from '../../server/tools/paths.ts';
import { SNIPPETS, type Links } from '../../web/src/take/snippets.ts';
import { demoServer, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { colorsAt, inBrowser, openPage } from '../web/browser.ts';

const run = promisify(execFile);
const ID = 'us-unemployment';
const QUERY = 'method=jenks&classes=4&scheme=Blues';
/** Frames stand in two rows of two, each of these pixels. */
const FRAME = { width: 480, height: 320 } as const;
const PAGES = ['MapLibre GL JS', 'Leaflet', 'OpenLayers', 'deck.gl'];

inBrowser('snippets of the explorer, as pasted', (browser) => {
  let server: TestServer;
  let links: Links;
  before(async () => {
    server = await demoServer();
    const base = server.url;
    const form = (name: string): string => `${base}/gis/choropleth/${ID}${name && `/${name}`}?${QUERY}`;
    links = { id: ID, title: "Unemployment, it's “here”", base, form, embed: `${base}/embed/${ID}?${QUERY}` };
  });

  const snippet = (name: string): string => {
    const make = SNIPPETS[name];
    assert.ok(make, `there is no snippet for ${name}`);
    return make(links);
  };

  it('paint the classes in pages of others', async () => {
    const { body } = await server.api.get(`/gis/choropleth/${ID}/classes.json?${QUERY}`).expect(200);
    const colors = (body as { classes: { color: string }[] }).classes.map(({ color }) => color);
    const site = createServer((req, res) => {
      const name = decodeURIComponent(req.url?.slice(1) ?? '');
      const isPage = PAGES.includes(name);
      res.writeHead(name === '' || isPage ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' });
      const frames = PAGES.map((each) => `<iframe src="/${each}" width="480" height="320"></iframe>`);
      const all = `<!doctype html><body style="margin:0;line-height:0;width:970px"><style>iframe{border:0}</style>`;
      res.end(name === '' ? all + frames.join('') : isPage ? snippet(name) : undefined);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => site.once('listening', resolve));
    const home = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const { page, errors } = await openPage(browser(), { viewport: { width: 970, height: 640 } });
    const strangers: string[] = [];
    await page.route('**/*', async (route) => {
      const url = new URL(route.request().url());
      if (url.origin === server.url || url.protocol === 'blob:' || url.href.startsWith(home))
        return route.continue();
      // What a page loads of a package registry comes from what is installed here.
      const [, name = '', path = ''] = /^\/((?:@[^/]+\/)?[^@/]+)@[\d.]+\/(.+)$/.exec(url.pathname) ?? [];
      const file = projectPath('node_modules', name, path);
      if (name !== '' && existsSync(file))
        return route.fulfill({ path: file, headers: { 'Access-Control-Allow-Origin': '*' } });
      strangers.push(url.href);
      return route.fulfill({ status: 204, body: '' });
    });
    try {
      await page.goto(home);
      const points = Array.from({ length: 400 }, (_, i) => ({
        x: Math.round(FRAME.width * (0.3 + (i % 20) * 0.02)),
        y: Math.round(FRAME.height * (0.35 + Math.floor(i / 20) * 0.015)),
      }));
      await eventuallyPasses(async () => {
        for (const [i, name] of PAGES.entries()) {
          const [x0, y0] = [(i % 2) * FRAME.width, Math.floor(i / 2) * FRAME.height];
          const painted = await colorsAt(
            page,
            points.map(({ x, y }) => ({ x: x + x0, y: y + y0 })),
          );
          const found = colors.filter((color) => painted.includes(color));
          assert.ok(found.length >= 3, `${name}: ${[...new Set(painted)].join()}`);
        }
      });
    } finally {
      if (process.env.TEST_PICTURES)
        await page.screenshot({ path: `${process.env.TEST_PICTURES}/snippets.png` });
      await page.context().close();
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
    }
    assert.deepEqual(errors, []);
    assert.deepEqual(strangers, []);
  });

  it('fetch the figures: Python, curl', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snippets-'));
    try {
      const isThere = (program: string): boolean => {
        if (!existsSync(program)) console.log(`not tested here: ${program} is not installed`);
        return existsSync(program);
      };
      if (isThere('/usr/bin/python3')) {
        const { stdout } = await run('/usr/bin/python3', ['-c', snippet('Python')]);
        const [first = '', top = ''] = stdout.split('\n');
        assert.match(first, / 3\d\d\d$/); // counties
        assert.match(top, /^\d{5} \S.* \d/);
      }
      if (isThere('/usr/bin/curl')) {
        const { stdout } = await run('sh', ['-ec', snippet('curl')], { cwd: folder });
        assert.match(stdout, /^code,/);
        assert.equal(stdout.trim().split('\n').length, 5);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
