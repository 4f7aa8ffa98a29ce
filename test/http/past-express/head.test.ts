import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answerFramed } from '../../../server/http/answers/frame.ts';
import {
  answerEmpty,
  answerWhole,
  headersIn,
  headLines,
  requestIdLine,
} from '../../../server/http/answers/head.ts';
import { Representation } from '../../../server/http/answers/respond.ts';

const BODIES: Readonly<Record<string, Buffer>> = {
  '/small': Buffer.from([0, 1, 127, 128, 255]),
  '/large': Buffer.alloc(300_000, 7),
};

/** What has no body. */
const EMPTY = { nothing: 204, known: 304 } as const;

const FIRST = headLines(['X-First', 'a']);
const OWN = headLines(['ETag', '"b"']);
const LINES = FIRST + OWN;
/** As long as those that we make. */
const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

type Way = 'whole' | 'framed' | 'plain';

/** Each path answered in the way that it begins with: whole, in its frame where that can be, and as Node does it. */
async function listening(): Promise<Server> {
  const tiles = Object.entries(BODIES).map(([path, body]): [string, Representation] => [
    path,
    new Representation(body, 'text/plain'),
  ]);
  const kept = new Map(tiles);
  const server = createServer({ keepAliveTimeout: 7_000 }, ({ url = '', method, headers: asked }, res) => {
    const [, way, name] = url.split('/') as ['', Way, string];
    const id = String(asked['x-request-id'] ?? ID);
    const status = EMPTY[name as keyof typeof EMPTY] as 204 | 304 | undefined;
    if (status !== undefined) {
      if (way !== 'plain') return answerEmpty(res, status, requestIdLine(id) + LINES);
      return void res.writeHead(status, ['X-Request-Id', id, ...headersIn(LINES)]).end();
    }
    const tile = kept.get(`/${name}`)!;
    const { body } = tile;
    const sendsBody = method !== 'HEAD';
    const head = { common: FIRST, own: OWN };
    if (way === 'framed' && sendsBody && answerFramed(res, id, head, tile, 'identity')) return;
    if (way !== 'plain') return answerWhole(res, requestIdLine(id) + LINES, body, sendsBody);
    const headers = ['X-Request-Id', id, ...headersIn(LINES), 'Content-Length', String(body.length)];
    return void res.writeHead(200, headers).end(sendsBody ? body : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** All bytes that come in answer to some bytes, the last of which ask for the end of the connection; without dates. */
async function exchanged(server: Server, request: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(request);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return Buffer.concat(pieces)
    .toString('latin1')
    .replaceAll(/^Date: .*$/gm, 'Date');
}

const asked = (path: string, { method = 'GET', version = '1.1', connection = '', id = ID } = {}): string =>
  `${method} ${path} HTTP/${version}\r\nHost: a\r\nX-Request-Id: ${id}\r\n${connection && `Connection: ${connection}\r\n`}\r\n`;
const last = { connection: 'close' };

const withBody = (head: string, headers: string, body: string): string =>
  head.replace(/\r\n$/, `${headers}\r\n\r\n${body}`);

const OTHER_ID = ID.replaceAll('0', '9');

describe('an answer that is written whole, or in its frame', () => {
  let server: Server;
  before(async () => {
    server = await listening();
  });
  after(() => server.close());

  const conversations: Readonly<Record<string, (path: (name: string) => string) => string>> = {
    'one after the other, in one piece': (path) =>
      asked(path('/small')) + asked(path('/small')) + asked(path('/large')) + asked(path('/small'), last),
    'large ones behind each other': (path) =>
      asked(path('/large')) + asked(path('/large')) + asked(path('/large'), last),
    'heads alone': (path) => asked(path('/small'), { method: 'HEAD' }) + asked(path('/small'), last),
    'without a body': (path) =>
      asked(path('/nothing')) + asked(path('/known')) + asked(path('/small')) + asked(path('/nothing'), last),
    'without a body behind a large one': (path) =>
      asked(path('/large')) + asked(path('/nothing')) + asked(path('/large')) + asked(path('/known'), last),
    'without a body, heads alone': (path) =>
      asked(path('/nothing'), { method: 'HEAD' }) + asked(path('/known'), { method: 'HEAD', ...last }),
    'without a body, HTTP/1.0 that goes on': (path) =>
      asked(path('/nothing'), { version: '1.0', connection: 'keep-alive' }) +
      asked(path('/nothing'), { version: '1.0' }),
    'without a body, HTTP/1.0 after another': (path) =>
      asked(path('/small'), { version: '1.0', connection: 'keep-alive' }) +
      asked(path('/known'), { version: '1.0', connection: 'keep-alive' }),
    'the last one of a connection': (path) => asked(path('/small'), last),
    'HTTP/1.0': (path) => asked(path('/large'), { version: '1.0' }),
    'HTTP/1.0 that goes on': (path) =>
      asked(path('/small'), { version: '1.0', connection: 'keep-alive' }) +
      asked(path('/small'), { version: '1.0' }),
    'with bodies that nobody asked for': (path) =>
      withBody(asked(path('/small')), 'Content-Length: 5', 'abcde') +
      withBody(asked(path('/large')), 'Transfer-Encoding: chunked', '3\r\nabc\r\n0\r\n\r\n') +
      withBody(asked(path('/known')), 'Content-Length: 100000', 'x'.repeat(100_000)) +
      withBody(asked(path('/small')), 'Content-Length: 0', '') +
      asked(path('/small'), last),
    'whoever expects to be told to go on': (path) =>
      withBody(asked(path('/small')), 'Expect: 100-continue\r\nContent-Length: 2', 'ab') +
      withBody(asked(path('/small')), 'Expect: 100-continue', '') +
      asked(path('/small'), last),
    'ids of clients': (path) =>
      asked(path('/large'), { id: OTHER_ID }) +
      asked(path('/large'), { id: 'short' }) +
      asked(path('/large'), last),
  };
  for (const [name, requests] of Object.entries(conversations)) {
    it(`is what Node writes, byte by byte: ${name}`, async () => {
      // The first answer of a second is the one whose end is learned.
      for (let round = 0; round < 3; round++) {
        const answeredBy = (way: Way): Promise<string> =>
          exchanged(
            server,
            requests((path) => `/${way}${path}`),
          );
        const plain = await answeredBy('plain');
        assert.match(plain, /^HTTP.1.1 (100 Continue|200 OK|204 No Content)\r\n/);
        assert.equal(await answeredBy('whole'), plain);
        assert.equal(await answeredBy('framed'), plain);
      }
    });
  }

  for (const way of ['whole', 'framed'] as const) {
    it(`ends its response and tells so, also where nobody reads for a while: ${way}`, async () => {
      const [small, large] = [`/${way}/small`, `/${way}/large`];
      const finished: string[] = [];
      // Who listens once it is answered may be late.
      server.prependListener('request', ({ url = '' }, res) => res.once('finish', () => finished.push(url)));
      await exchanged(server, asked(small) + asked(small, last));
      assert.deepEqual(finished, [small, small]);
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.pause();
      socket.write(asked(large) + asked(small) + asked(large, last));
      await new Promise((resolve) => setTimeout(resolve, 20));
      let bytes = 0;
      socket.on('data', (piece) => (bytes += piece.length));
      socket.resume();
      await once(socket, 'close');
      assert.deepEqual(finished.slice(2), [large, small, large]);
      assert.ok(bytes > 600_000);
    });
  }

  it('keeps its connection, and ends it when nobody asks any more', async () => {
    const closing = await listening();
    const socket = connect((closing.address() as AddressInfo).port, '127.0.0.1')
      .setNoDelay()
      .setEncoding('latin1');
    let read = '';
    socket.on('data', (piece: string) => (read += piece));
    for (let i = 0; i < 50; i++) {
      // One answer at a time, in packets of its own, with a request that comes in two.
      const [first, rest] = [asked('/whole/small').slice(0, 20), asked('/whole/small').slice(20)];
      socket.write(first);
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(rest);
      while (read.split('HTTP/1.1 200').length < i + 2) await once(socket, 'data');
    }
    const closed = once(socket, 'close');
    closing.close();
    closing.closeIdleConnections();
    await closed;
    assert.equal(read.split('HTTP/1.1 200').length, 51);
  });

  it('leaves a frame alone that somebody has yet to read', async () => {
    const { port } = server.address() as AddressInfo;
    const ids = Array.from({ length: 8 }, (_, i) => ID.replace(/^./, String(i)));
    const slow = connect(port, '127.0.0.1');
    slow.pause();
    for (const id of ids) {
      slow.write(asked('/framed/large', { id }));
      const other = asked('/framed/large', { id: OTHER_ID, ...last });
      assert.ok((await exchanged(server, other)).includes(OTHER_ID));
    }
    slow.write(asked('/framed/small', last));
    let read = '';
    slow.setEncoding('latin1').on('data', (piece) => (read += piece));
    slow.resume();
    await once(slow, 'close');
    const told = Array.from(read.matchAll(/X-Request-Id: (.*)\r\n/g), ([, id]) => id);
    assert.deepEqual(told, [...ids, ID]);
    assert.equal(read.split('\x07'.repeat(300_000)).length, ids.length + 1);
  });
});
