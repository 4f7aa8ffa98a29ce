import assert from 'node:assert/strict';
import { CircuitBreaker } from '../../server/tools/circuit-breaker.ts';

function breaker() {
  const clock = { now: 0 };
  return { clock, it: new CircuitBreaker(() => clock.now) };
}

const fail = (it: CircuitBreaker, times: number): void => {
  for (let i = 0; i < times; i++) it.failed();
};

describe('circuit breaker', () => {
  it('stays closed while failures are not in a row', () => {
    const { it: cut } = breaker();
    for (let i = 0; i < 20; i++) {
      fail(cut, 4);
      cut.succeeded();
    }
    assert.ok(cut.mayTry());
  });

  it('opens after five in a row, and lets one attempt through after each pause', () => {
    const { clock, it: cut } = breaker();
    fail(cut, 5);
    assert.equal(cut.mayTry(), false);
    clock.now = 1_000;
    assert.equal(cut.mayTry(), true);
    assert.equal(cut.mayTry(), false, 'one at a time');
    cut.succeeded();
    assert.deepEqual([cut.mayTry(), cut.mayTry()], [true, true]);
  });

  it('doubles its pause with every attempt that fails, up to half a minute', () => {
    const { clock, it: cut } = breaker();
    fail(cut, 5);
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      clock.now += pause - 1;
      assert.equal(cut.mayTry(), false, `before ${pause}`);
      clock.now += 1;
      assert.equal(cut.mayTry(), true, `after ${pause}`);
      cut.failed();
    }
  });

  it('does not count attempts from before it opened that fail late', () => {
    const { clock, it: cut } = breaker();
    fail(cut, 50);
    clock.now = 1_000;
    assert.equal(cut.mayTry(), true);
  });
});
