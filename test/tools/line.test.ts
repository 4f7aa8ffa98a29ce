import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Line } from '../../server/tools/line.ts';

const LONG = 60_000;

describe('a line', () => {
  const inside: string[] = [];
  const enter = async (line: Line, name: string, ms: number): Promise<() => void> => {
    const leave = await line.enter(ms);
    inside.push(name);
    return leave;
  };
  beforeEach(() => void (inside.length = 0));

  it('lets one in after the other, in the order in which they came', async () => {
    const line = new Line(1);
    const all = ['a', 'b', 'c'].map((name) => enter(line, name, LONG));
    await nextTurn();
    assert.deepEqual(inside, ['a']);
    const leave = await all[0]!;
    leave();
    leave(); // once more lets nobody else in
    await nextTurn();
    assert.deepEqual(inside, ['a', 'b']);
    (await all[1]!)();
    (await all[2]!)();
    (await enter(line, 'd', LONG))();
    assert.deepEqual(inside, ['a', 'b', 'c', 'd']);
  });

  it('lets those in who have waited long enough, and nobody else for them', async () => {
    const line = new Line(1);
    const leave = await enter(line, 'a', LONG);
    const hurried = await enter(line, 'b', 1);
    (await enter(line, 'c', 0))();
    const patient = enter(line, 'd', LONG);
    hurried();
    await nextTurn();
    assert.deepEqual(inside, ['a', 'b', 'c']);
    leave();
    (await patient)();
    assert.deepEqual(inside, ['a', 'b', 'c', 'd']);
  });
});
