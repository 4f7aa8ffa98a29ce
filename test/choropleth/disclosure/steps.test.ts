import assert from 'node:assert/strict';
import { finish, inTurns, type Steps } from '../../../server/choropleth/disclosure/steps.ts';

/** Steps that take longer than a turn may. */
function* slow(steps: number, seen: string[]): Steps<string> {
  for (let step = 0; step < steps; step++) {
    const until = performance.now() + 12;
    while (performance.now() < until);
    seen.push('step');
    yield;
  }
  return 'done';
}

describe('Long work', () => {
  it('lets others have their turn between its steps', async () => {
    const seen: string[] = [];
    let ended = false;
    const other = (): void => {
      seen.push('other');
      if (!ended) setImmediate(other);
    };
    setImmediate(other);
    assert.equal(await inTurns(slow(4, seen)), 'done');
    ended = true;
    for (const [i, what] of seen.entries()) {
      if (what === 'step' && i < seen.lastIndexOf('step')) assert.equal(seen[i + 1], 'other', seen.join());
    }
  });

  it('passes on what went wrong, and can be done at once', async () => {
    function* failing(): Steps<never> {
      yield;
      throw new Error('no');
    }
    await assert.rejects(inTurns(failing()), /no/);
    assert.throws(() => finish(failing()), /no/);
    assert.equal(finish(slow(1, [])), 'done');
  });
});
