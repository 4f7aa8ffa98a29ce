import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inTurns } from '../../server/tools/turns.ts';

/** Longer than any slice: each step is one. */
const STEP_MS = 5;

/** So many steps, each told of before it is worked on. */
function* work(steps: number, tell: (step: number) => void): Generator<void, string> {
  for (let step = 1; step <= steps; step++) {
    tell(step);
    for (const until = performance.now() + STEP_MS; performance.now() < until;);
    yield;
  }
  return 'done';
}

describe('large work in turns', () => {
  it('lets a small request that came later be answered before it is done', async () => {
    let steps = 0;
    let begun = (): void => {};
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const server = createServer((req, res) => {
      if (req.url === '/small') res.end('small');
      else void inTurns(work(100, (step) => (steps = step) === 2 && begun())).then((text) => res.end(text));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const large = fetch(`${url}/large`).then((answer) => answer.text());
      await beginning;
      const small = await fetch(`${url}/small`).then((answer) => answer.text());
      assert.equal(small, 'small');
      assert.ok(steps < 100, `${steps} steps of the large one were done by then`);
      assert.equal(await large, 'done');
      assert.equal(steps, 100);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('is one slice for all of it between two turns of the event loop, each large one in turn', async () => {
    const order: string[] = [];
    const turn = (): void => {
      order.push('|');
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    const all = ['a', 'b', 'c'].map((name) => inTurns(work(6, () => order.push(name))));
    assert.deepEqual(order, ['a'], 'what comes first begins at once, the others wait for their turn');
    await Promise.all(all);
    clearImmediate(next);
    const worked = order.filter((entry) => entry !== '|').join('');
    assert.match(worked, /^a+(bca|cab|abc|bac|cba|acb)/);
    for (const name of ['a', 'b', 'c']) {
      assert.ok(worked.indexOf(name) < 4, `${name} had none of the first slices: ${worked}`);
      assert.ok(worked.lastIndexOf(name) >= worked.length - 6, `${name} was done before others: ${worked}`);
    }
    assert.ok(order.filter((entry) => entry === '|').length >= worked.length - 3, order.join(''));
    assert.doesNotMatch(order.join(''), /[abc]{2}/, 'two slices without a turn in between');
  });

  it('ends where nobody waits for it any more, and fails with what it throws', async () => {
    let steps = 0;
    const client = new AbortController();
    const given = inTurns(
      work(100, (step) => {
        steps = step;
        if (step === 3) client.abort(new Error('gone'));
      }),
      client.signal,
    );
    await assert.rejects(given, /gone/);
    assert.equal(steps, 3);
    const failing = work(3, (step) => {
      if (step === 2) throw new Error('as expected');
    });
    await assert.rejects(inTurns(failing), /as expected/);
  });
});
