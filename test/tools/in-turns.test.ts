import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
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

/**
 * The steps of several works in the order in which they are worked on, `|` for each turn of the event loop between them. Of each work: how many
 * steps, and what each takes, in milliseconds of a clock that only work moves, and `turnMs` all else between two turns.
 */
async function worked(
  works: Readonly<Record<string, readonly [number, number]>>,
  turnMs: number,
): Promise<string> {
  let time = performance.now();
  const clock = mock.method(performance, 'now', () => time);
  let order = '';
  function* steps(name: string, count: number, ms: number): Generator<void, void> {
    for (let step = 0; step < count; step++) {
      order += name;
      time += ms;
      yield;
    }
  }
  const turn = (): void => {
    order += '|';
    time += turnMs;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  try {
    await Promise.all(Object.entries(works).map(([name, [count, ms]]) => inTurns(steps(name, count, ms))));
    return order;
  } finally {
    clearImmediate(next);
    clock.mock.restore();
  }
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

  it('is one slice for all of it between two turns of the event loop, each long one in turn', async () => {
    const order = await worked({ a: [6, 5], b: [6, 5], c: [6, 5] }, 0.1);
    assert.equal(order.replaceAll('|', ''), 'abc'.repeat(6));
    assert.doesNotMatch(order, /[abc]{2}/, 'two slices without a turn in between');
  });

  it('is done in the order that it came in where it is not long, and more of it at once the more waits', async () => {
    const order = await worked({ x: [24, 1], a: [3, 0.5], b: [3, 0.5], c: [3, 0.5] }, 1);
    assert.match(
      order.replaceAll('|', ''),
      /^x{5,6}aaabbbcccx+$/,
      'who waits for a long one waits for a part of it',
    );
    assert.match(order, /aa.*(x\|){3}\|*$/, 'more than a step at once while four waited, one where one does');
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
