import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { boundClients } from '../../server/http/requests/clients.ts';
import { eventually } from '../support/eventually.ts';

/** Of so many descriptors a quarter is for clients. */
const DESCRIPTORS = 40;
const MOST = 10;

describe('clients of a process with few descriptors', () => {
  let server: Server;
  let told: number[];
  let waiting: ServerResponse[];
  let clients: Socket[];

  beforeEach(async () => {
    told = [];
    waiting = [];
    clients = [];
    server = createServer((req, res) => {
      if (req.url === '/waits') waiting.push(res);
      else res.end('.');
    });
    boundClients(server, (most) => told.push(most), DESCRIPTORS);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    for (const client of clients) client.destroy();
    server.close();
    server.closeAllConnections();
  });

  /** One that asks for a path, or nothing, over a connection that it keeps. */
  async function client(path?: string): Promise<Socket> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(socket);
    socket.on('error', () => {}).resume();
    await once(socket, 'connect');
    if (path !== undefined) socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return socket;
  }

  it('may be as many as there are descriptors for, the others are turned away and told of once', async () => {
    for (let i = 0; i < MOST; i++) await client('/waits');
    await eventually(() => waiting.length === MOST, 'those that wait');
    for (let i = 0; i < 3; i++) {
      const another = await client('/waits');
      if (!another.closed) await once(another, 'close');
    }
    assert.deepEqual(told, [MOST]);
    assert.equal(waiting.length, MOST);
    for (const answer of waiting) answer.end();
    clients.forEach((each) => each.destroy());
    await eventually(async () => {
      const later = await client('/');
      return Promise.race([once(later, 'data'), once(later, 'close').then(() => false)]);
    }, 'an answer');
  });

  it('are let go where they only might ask again, and others come', async () => {
    for (let i = 0; i < 5 * MOST; i++) {
      const each = await client('/');
      await once(each, 'data');
    }
    assert.deepEqual(told, []);
  });
});
