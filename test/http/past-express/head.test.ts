import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answerWhole, headersIn, headLines } from '../../../server/http/answers/head.ts';

const LINES = headLines(['X-First', 'a', 'ETag', '"b"']);
const BODIES: Readonly<Record<string, Buffer>> = {
  '/small': Buffer.from([0, 1, 127, 128, 255]),
  '/large': Buffer.alloc(300_000, 7),
};

/** Each path answered whole, and below `/plain` as Node does it. */
async function listening(): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 7_000 }, ({ url = '', method }, res) => {
    const body = BODIES[url.replace('/plain', '')]!;
    const sendsBody = method !== 'HEAD';
    if (!url.startsWith('/plain')) return answerWhole(res, LINES, body, sendsBody);
    const headers = [...headersIn(LINES), 'Content-Length', String(body.length)];
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

const asked = (path: string, { method = 'GET', version = '1.1', connection = '' } = {}): string =>
  `${method} ${path} HTTP/${version}\r\nHost: a\r\n${connection && `Connection: ${connection}\r\n`}\r\n`;
const last = { connection: 'close' };

describe('an answer that is written whole', () => {
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
    'the last one of a connection': (path) => asked(path('/small'), last),
    'HTTP/1.0': (path) => asked(path('/large'), { version: '1.0' }),
    'HTTP/1.0 that goes on': (path) =>
      asked(path('/small'), { version: '1.0', connection: 'keep-alive' }) +
      asked(path('/small'), { version: '1.0' }),
  };
  for (const [name, requests] of Object.entries(conversations)) {
    it(`is what Node writes, byte by byte: ${name}`, async () => {
      // The first answer of a second is the one whose end is learned.
      for (let round = 0; round < 3; round++) {
        const whole = await exchanged(
          server,
          requests((path) => path),
        );
        const plain = await exchanged(
          server,
          requests((path) => `/plain${path}`),
        );
        assert.match(whole, /^HTTP.1.1 200 OK/);
        assert.equal(whole, plain);
      }
    });
  }

  it('ends its response and tells so, also where nobody reads for a while', async () => {
    const finished: string[] = [];
    server.on('request', ({ url = '' }, res) => res.once('finish', () => finished.push(url)));
    await exchanged(server, asked('/small') + asked('/small', last));
    assert.deepEqual(finished, ['/small', '/small']);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.pause();
    socket.write(asked('/large') + asked('/small') + asked('/large', last));
    await new Promise((resolve) => setTimeout(resolve, 20));
    let bytes = 0;
    socket.on('data', (piece) => (bytes += piece.length));
    socket.resume();
    await once(socket, 'close');
    assert.deepEqual(finished.slice(2), ['/large', '/small', '/large']);
    assert.ok(bytes > 600_000);
  });
});
