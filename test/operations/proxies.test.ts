import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as plain } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { newServer, once, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { PROXIED_NAME, proxyInstalled, startProxy, type Proxy, type ProxyKind } from '../support/proxies.ts';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** nginx is part of every check; Caddy is tested where somebody has it. */
const KINDS: readonly ProxyKind[] = proxyInstalled('caddy') ? ['nginx', 'caddy'] : ['nginx'];

for (const kind of KINDS)
  once(`the example for ${kind}`, function () {
    let server: TestServer;
    let proxy: Proxy;

    before(async function () {
      if (!proxyInstalled(kind)) {
        console.log('    skipped: nginx is not installed');
        this.skip();
      }
      server = await newServer({
        environment: { CHOROGRAPH_TRUST_PROXY: '1', CHOROGRAPH_LIMIT_DOCUMENTS: '3' },
        sql: `create table place (id int primary key, geom geometry(Point, 4326));
          insert into place values (1, st_point(10, 10))`,
      });
      await server.run(`select chorograph.track('place')`);
      await server.ctx.generations.poll();
      proxy = await startProxy(kind, server.url);
    });
    after(() => proxy?.remove());

    /** The response as it begins; whose certificate is not good for the name gets none. */
    const open = (path: string, from = '127.0.0.1', headers = {}): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const { https: port, ca } = proxy;
        const own = { Host: PROXIED_NAME, ...headers };
        const to = { host: '127.0.0.1', port, path, localAddress: from, agent: false, headers: own };
        request({ ...to, ca, servername: PROXIED_NAME }, resolve)
          .once('error', reject)
          .end();
      });
    const get = async (path: string, from?: string, headers = {}): Promise<Answer> => {
      const response = await open(path, from, headers);
      const { statusCode: status = 0, headers: got } = response;
      return { status, headers: got, body: await text(response) };
    };

    it('answers over TLS, tells browsers to stay there, and sends plain HTTP there', async () => {
      for (const [path, status] of [['/health/live', 200] as const, ['/nothing', 404] as const]) {
        const answer = await get(path);
        assert.equal(answer.status, status);
        assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
      }
      const tilejson = JSON.parse((await get('/tiles/place.json')).body) as { tiles: string[] };
      assert.match(tilejson.tiles[0] ?? '', /^https:\/\/maps\.example\.org\/tiles\//);
      const redirect = await new Promise<IncomingMessage>((resolve, reject) => {
        const to = { host: '127.0.0.1', port: proxy.http, path: '/tiles?a=1', agent: false };
        plain({ ...to, headers: { Host: PROXIED_NAME } }, resolve)
          .once('error', reject)
          .end();
      });
      redirect.resume();
      assert.equal(redirect.statusCode, 308);
      assert.equal(redirect.headers.location, `https://${PROXIED_NAME}/tiles?a=1`);
    });

    it('tells the real address of each, whatever they say, so that limits count them', async () => {
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) {
        const claimed = { 'X-Forwarded-For': `203.0.113.${i}` };
        statuses.push((await get('/features/place', '127.0.0.2', claimed)).status);
      }
      assert.deepEqual(statuses, [200, 200, 200, 429]);
      assert.equal((await get('/features/place', '127.0.0.3')).status, 200);
    });

    it('passes on events as they come', async () => {
      const response = await open('/events');
      assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/);
      let heard = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
      response.on('error', () => {}); // it is cut below
      await eventually(() => heard.includes('event:generation'), 'the first event');
      const before = heard.length;
      await server.run(`insert into place values (2, st_point(20, 20))`);
      await eventually(() => heard.slice(before).includes('event:generation'), 'the news of a change');
      response.destroy();
    });

    it('keeps metrics inside', async () => {
      assert.equal((await get('/metrics')).status, 200);
      assert.equal((await get('/metrics', '127.0.0.2')).status, 403);
    });
  });
