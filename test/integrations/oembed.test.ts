import assert from 'node:assert/strict';
import { demoServer, type TestServer } from '../support/environment.ts';

interface Embed {
  type: string;
  version: string;
  title: string;
  width: number;
  height: number;
  html: string;
}

describe('oEmbed', () => {
  let server: TestServer;
  before(async function () {
    server = await demoServer();
  });

  const about = (url: string, more = '') =>
    server.api.get(`/oembed?url=${encodeURIComponent(url)}${more}`) as unknown as Promise<{
      status: number;
      body: Embed;
    }>;
  const source = ({ html }: Embed): string =>
    (/ src="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&');

  it('is named by the page for frames, and shows that page', async () => {
    const page = await server.api.get('/embed/us-unemployment?method=jenks&classes=4').expect(200);
    const [, href = ''] =
      /<link rel="alternate" type="application\/json\+oembed" href="([^"]*)"/.exec(page.text) ?? [];
    const path = href.replaceAll('&amp;', '&').replace(server.url, '');
    assert.match(path, /^\/oembed\?/);
    const { body } = await server.api.get(path).expect(200);
    const { type, version, title } = body as Embed;
    assert.deepEqual([type, version, title], ['rich', '1.0', 'Unemployment rate by county, 2009']);
    assert.equal(source(body as Embed), `${server.url}/embed/us-unemployment?method=jenks&classes=4`);
  });

  it('takes the explorer’s addresses, and leaves out what is the explorer’s own', async () => {
    const { body } = await about(`${server.url}/#/us-unemployment?classes=4&.region=06037&.map=5/40/-100`);
    assert.equal(source(body), `${server.url}/embed/us-unemployment?classes=4`);
  });

  it('keeps within the size asked for', async () => {
    const { body } = await about(`${server.url}/embed/us-unemployment`, '&maxwidth=320&maxheight=5000');
    assert.deepEqual([body.width, body.height], [320, 600]);
    assert.match(body.html, /width="320" height="600"/);
  });

  it('has nothing of what it does not show', async () => {
    const refused = ['https://example.org/embed/us-unemployment', `${server.url}/embed/none`];
    refused.push(
      `${server.url}/gis/choropleth`,
      `${server.url}/embed/%E0%A4%A`,
      'http://',
      `${server.url}/#/`,
    );
    for (const url of refused) assert.equal((await about(url)).status, 404, url);
    const own = `${server.url}/embed/us-unemployment`;
    assert.equal((await about(`${own}?classes=99`)).status, 400);
    assert.equal((await about(own, '&format=xml')).status, 501);
    await server.api.get('/oembed').expect(400);
  });
});

describe('the page for frames', () => {
  let server: TestServer;
  before(async function () {
    server = await demoServer();
  });

  it('alone may be shown in frames of other sites', async () => {
    const { headers } = await server.api.get('/embed/us-unemployment').expect(200);
    assert.match(String(headers['content-security-policy']), /frame-ancestors \*(;|$)/);
    assert.match(String(headers['content-security-policy']), /script-src 'self'/);
    assert.equal(headers['x-frame-options'], undefined);
    assert.equal(headers['set-cookie'], undefined);
    for (const path of ['/', '/gis/choropleth/us-unemployment/table.html']) {
      const { headers: others } = await server.api.get(path).expect(200);
      assert.match(String(others['content-security-policy']), /frame-ancestors 'self'/);
      assert.equal(others['x-frame-options'], 'SAMEORIGIN');
    }
  });

  it('refuses what it could not draw, and shows a picture where no script runs', async () => {
    await server.api.get('/embed/none').expect(404);
    await server.api.get('/embed/us-unemployment?colour=red').expect(400);
    const { text } = await server.api.get('/embed/us-unemployment?classes=4').expect(200);
    assert.match(
      text,
      /<noscript>.*src="gis\/choropleth\/us-unemployment\/map\.png\?classes=4" alt="Unemployment/s,
    );
  });
});
