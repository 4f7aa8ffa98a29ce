import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { AppError } from '../../server/errors.ts';
import { FairQueue } from '../../server/tools/fair-queue.ts';
import { Gate } from '../../server/tools/gate.ts';
import { Thread } from '../../server/tools/thread.ts';
import { clientOf, turnOf } from '../../server/http/requests/client.ts';

const taken = <Item>(queue: FairQueue<Item>): Item[] =>
  Array.from({ length: queue.size }, () => queue.shift() as Item);

describe('a fair queue', () => {
  it('gives each client its turn, however many one has waiting', () => {
    const queue = new FairQueue<string>(100);
    for (const item of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2']) queue.push(item[0]!, item);
    assert.deepEqual(taken(queue), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('drops the latest of who has most when too many wait', () => {
    const queue = new FairQueue<string>(4);
    for (const item of ['a1', 'a2', 'a3', 'a4']) assert.equal(queue.push('a', item), undefined);
    assert.equal(queue.push('a', 'a5'), 'a5');
    assert.equal(queue.push('b', 'b1'), 'a4');
    assert.equal(queue.push('c', 'c1'), 'a3');
    assert.equal(queue.push('b', 'b2'), 'b2');
    assert.deepEqual(taken(queue), ['a1', 'b1', 'c1', 'a2']);
  });

  it('loses nothing and keeps its bound, whatever comes', () => {
    const steps = fc.array(fc.record({ client: fc.constantFrom('a', 'b', 'c'), take: fc.boolean() }));
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (all, most) => {
        const queue = new FairQueue<number>(most);
        const out: number[] = [];
        for (const [i, { client, take }] of all.entries()) {
          const dropped = queue.push(client, i);
          if (dropped !== undefined) out.push(dropped);
          if (take && queue.size > 0) out.push(queue.shift()!);
          assert.ok(queue.size <= most);
        }
        out.push(...taken(queue));
        assert.deepEqual(
          [...out].sort((a, b) => a - b),
          [...all.keys()],
        );
      }),
    );
  });
});

describe('a gate', () => {
  it('lets in as much as there is room for, and what is larger alone', async () => {
    const gate = new Gate({ capacity: 10, maxWaiting: 100 });
    let [inside, most] = [0, 0];
    const work = (weight: number) =>
      gate.run('a', weight, async () => {
        inside += Math.min(weight, 10);
        most = Math.max(most, inside);
        await sleep(1);
        inside -= Math.min(weight, 10);
      });
    await Promise.all([3, 4, 5, 50, 1, 9, 2, 8].map(work));
    assert.ok(most <= 10 && most > 0, `${most}`);
    assert.equal(inside, 0);
  });

  it('lets another in after work that failed, and refuses what is too much', async () => {
    const gate = new Gate({ capacity: 1, maxWaiting: 1 });
    const failing = gate.run('a', 1, async () => {
      await sleep(1);
      throw new Error('as expected');
    });
    const waiting = gate.run('a', 1, () => 'done');
    await assert.rejects(
      gate.run('a', 1, () => 'never'),
      (error: AppError) => error.code === 'server_busy',
    );
    await assert.rejects(failing, /as expected/);
    assert.equal(await waiting, 'done');
  });
});

describe('a thread that many use', () => {
  it('answers each client in turn', async () => {
    const thread = new Thread<object, string>(new URL('./worker', import.meta.url), {
      maxWaiting: 20,
      timeoutMs: 20_000,
    });
    const order: string[] = [];
    const ask = (client: string, value: string) =>
      thread.run({ do: 'echo', value }, client).then(() => void order.push(value));
    await Promise.all([...['a1', 'a2', 'a3', 'a4'].map((v) => ask('a', v)), ask('b', 'b1'), ask('c', 'c1')]);
    assert.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });
});

describe('whom a request is counted as', () => {
  for (const [ip, client] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ]) {
    it(`${ip} is ${client}`, () => {
      assert.equal(clientOf({ ip } as Parameters<typeof clientOf>[0]), client);
    });
  }

  it('is a key where one is shown, and the address of whoever came by a URL that it signed', () => {
    const req = { ip: '203.0.113.1' } as Parameters<typeof turnOf>[0];
    const viewer = { id: 'k', scopes: [] };
    const signed = { query: 'sig=x', base: 'http://x' };
    assert.deepEqual(
      [
        turnOf(req, { viewer: undefined, signed: undefined }),
        turnOf(req, { viewer, signed: undefined }),
        turnOf(req, { viewer, signed }),
      ],
      ['203.0.113.1', 'key:k', '203.0.113.1'],
    );
  });
});
