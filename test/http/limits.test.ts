import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { redacted } from '../../server/http/requests/request-log.ts';
import { cutIfStalled } from '../../server/http/answers/respond.ts';
import { demoServer } from '../support/environment.ts';

describe('a client that does not read', () => {
  it('is cut off, and one that reads slowly is not', async () => {
    const body = Buffer.alloc(30_000_000, 'x');
    const server = createServer((_req, res) => {
      cutIfStalled(res, body.length, 1_500);
      res.end(body);
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const ask = () => connect(port, '127.0.0.1').on('error', () => {});
      const silent = ask();
      silent.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const slow = ask();
      slow.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      let read = 0;
      slow.on('data', (chunk: Buffer) => {
        read += chunk.length;
        slow.pause();
        setTimeout(() => slow.resume(), 6);
      });
      await once(slow, 'end');
      assert.ok(read > body.length);
      // Nothing was read of it until now: what the kernel holds, and then the end.
      let got = 0;
      silent.on('data', (chunk: Buffer) => (got += chunk.length));
      await once(silent, 'close');
      assert.ok(got < body.length, `${got}`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('URLs in the log', () => {
  for (const [url, expected] of [
    ['/tiles/a/0/0/0.mvt?api_key=abc&n=1', '/tiles/a/0/0/0.mvt?api_key=(hidden)&n=1'],
    ['/x?n=1&access_token=a.b-c', '/x?n=1&access_token=(hidden)'],
    ['/x?X-API-Key=abc#f', '/x?X-API-Key=(hidden)#f'],
    ['/x?password=', '/x?password=(hidden)'],
    [`/x/cg_0123456789ab_${'k'.repeat(43)}/y`, '/x/(hidden)/y'],
    [
      '/features/a?monkey_business=1&keyboard=2&state=TX',
      '/features/a?monkey_business=1&keyboard=2&state=TX',
    ],
    ['/tiles/a/0/0/0.mvt', '/tiles/a/0/0/0.mvt'],
  ] as const) {
    it(url, () => assert.equal(redacted(url), expected));
  }
});

describe('documents with absolute URLs', () => {
  it('say that they depend on the host', async () => {
    const { api } = await demoServer();
    for (const [form, depends] of [
      ['style.json', true],
      ['tiles.json', true],
      ['classes.json', false],
    ] as const) {
      const { headers } = await api.get(`/gis/choropleth/us-points/${form}`).expect(200);
      assert.equal(/\bHost\b/.test(String(headers.vary)), depends, form);
    }
  });
});
