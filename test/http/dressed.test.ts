import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { dressedFor } from '../../server/http/past-express/dressed.ts';
import { withSignal } from '../../server/http/requests/with-signal.ts';

describe('requests', () => {
  it('have the prototypes that Express gives them from the beginning, so that none is changed', async () => {
    const app = express();
    app.get('/', (req, res) => res.json({ isOurs: req.app === app, path: req.path }));
    const dressed = dressedFor(app);
    const before: boolean[] = [];
    const server = createServer(dressed, (req, res) => {
      before.push(Object.getPrototypeOf(req) === app.request && Object.getPrototypeOf(res) === app.response);
      app(req, res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      assert.deepEqual(await answer.json(), { isOurs: true, path: '/' });
      assert.deepEqual(before, [true]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('have a signal that is made once somebody looks, by no getter of their own', () => {
    let made = 0;
    const make = (): AbortSignal => {
      made++;
      return new AbortController().signal;
    };
    const asked = withSignal(make, { z: 1 });
    assert.deepEqual({ ...asked }, { z: 1 });
    assert.equal(made, 0);
    assert.equal(asked.signal, asked.signal);
    assert.equal(made, 1);
    assert.equal(Object.getOwnPropertyDescriptor(asked, 'signal'), undefined);
  });
});
