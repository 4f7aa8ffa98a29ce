import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../server/errors.ts';
import { Thread } from '../../server/tools/thread.ts';
import { eventually } from '../support/eventually.ts';

type Job = {
  do: 'echo' | 'wait' | 'go' | 'throw' | 'refuse' | 'exit' | 'hang' | 'priority' | 'give way';
  value?: number;
};

const start = (
  options: {
    maxWaiting?: number;
    atOnce?: number;
    timeoutMs?: number;
    restMs?: number;
    niceness?: number;
  } = {},
) =>
  new Thread<Job, number>(new URL('./worker', import.meta.url), {
    maxWaiting: 10,
    timeoutMs: 20_000,
    ...options,
  });

const code = (expected: string, cause?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, expected);
  if (cause) assert.match(String((error.cause as Error).message), cause);
  return true;
};

describe('a thread', () => {
  it('answers jobs in order, with one thread that starts when it is needed', async () => {
    const thread = start();
    assert.equal(thread.stats.started, 0);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map((value) => thread.run({ do: 'echo', value }).then((result) => order.push(result))),
    );
    assert.deepEqual(order, [1, 2, 3]);
    assert.equal(thread.stats.started, 1);
  });

  it('fails one job and goes on with the next', async () => {
    const thread = start();
    const failed = assert.rejects(thread.run({ do: 'throw', value: 7 }), code('internal', /refused 7/));
    assert.equal(await thread.run({ do: 'echo', value: 8 }), 8);
    await failed;
    assert.equal(thread.stats.started, 1);
  });

  it('has as many jobs under way as it may where these wait for something, and all fail where it dies', async () => {
    const thread = start({ atOnce: 2 });
    const waiting = thread.run({ do: 'wait', value: 5 });
    assert.equal(await thread.run({ do: 'go', value: 6 }), 6);
    assert.equal(await waiting, 5);
    const [first, second] = [thread.run({ do: 'wait' }), thread.run({ do: 'exit' })];
    const third = thread.run({ do: 'echo', value: 7 });
    await assert.rejects(first, code('internal', /thread ended/));
    await assert.rejects(second, code('internal', /thread ended/));
    assert.equal(await third, 7);
    assert.equal(thread.stats.started, 2);
  });

  it('refuses what its work refuses, for the same reason', async () => {
    await assert.rejects(start().run({ do: 'refuse', value: 7 }), {
      code: 'invalid_parameter',
      members: {
        detail: 'value must be less',
        errors: [{ parameter: 'value', value: '7', expected: 'less' }],
      },
    });
  });

  it('starts again after it died', async () => {
    const thread = start();
    const died = assert.rejects(thread.run({ do: 'exit' }), code('internal', /thread ended/));
    const next = thread.run({ do: 'echo', value: 1 });
    await died;
    assert.equal(await next, 1);
    assert.equal(thread.stats.started, 2);
  });

  it('gives up a job that takes too long, and not those behind it', async () => {
    // Time enough for another thread to start on a busy machine.
    const thread = start({ timeoutMs: 6_000 });
    assert.equal(await thread.run({ do: 'echo', value: 0 }), 0);
    const hung = assert.rejects(thread.run({ do: 'hang' }), code('server_busy'));
    const next = thread.run({ do: 'echo', value: 1 });
    await hung;
    assert.equal(await next, 1);
    assert.equal(thread.stats.started, 2);
  });

  it('ends when it had nothing to do for a while, unless somebody left something in it', async () => {
    const thread = start({ restMs: 1 });
    const letGo = thread.hold();
    for (const value of [1, 2]) assert.equal(await thread.run({ do: 'echo', value }), value);
    await sleep(20);
    assert.equal(await thread.run({ do: 'echo', value: 3 }), 3);
    assert.equal(thread.stats.started, 1);
    letGo();
    letGo(); // says nothing new: it is not another's that is given back
    await eventually(async () => {
      assert.equal(await thread.run({ do: 'echo', value: 4 }), 4);
      await sleep(5);
      return thread.stats.started > 1;
    }, 'another thread');
  });

  it('gives way by itself alone, where a thread can', async () => {
    const own = getPriority();
    const [same, nicer] = await Promise.all(
      [0, 3].map((niceness) => start({ niceness }).run({ do: 'priority' })),
    );
    assert.equal(same, own);
    assert.equal(nicer, process.platform === 'linux' ? Math.min(19, own + 3) : own);
    assert.equal(getPriority(), own);
  });

  it('gives way for a while, and takes that back where the system lets it', async () => {
    const own = getPriority();
    const thread = start({});
    const told: number[] = [];
    for (const value of [3, 5, 0]) told.push(await thread.run({ do: 'give way', value }));
    const [three, five, none] = told;
    const isThreads = process.platform === 'linux';
    assert.deepEqual([three, five], isThreads ? [Math.min(19, own + 3), Math.min(19, own + 5)] : [own, own]);
    assert.ok(none === own || none === five);
  });

  it('refuses more than may wait', async () => {
    const thread = start({ maxWaiting: 2 });
    const taken = [1, 2, 3].map((value) => thread.run({ do: 'echo', value }));
    assert.equal(thread.stats.waiting, 2);
    await assert.rejects(thread.run({ do: 'echo', value: 4 }), code('server_busy'));
    assert.deepEqual(await Promise.all(taken), [1, 2, 3]);
    assert.equal(await thread.run({ do: 'echo', value: 5 }), 5);
  });
});
