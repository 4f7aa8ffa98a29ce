import assert from 'node:assert/strict';
import type { Database } from '../../../server/db/types.ts';
import type { GroundEvent as Event } from '../../../server/observe/events.ts';
import { Generations, type News } from '../../../server/generations/generations.ts';
import { HotRequests } from '../../../server/generations/hot.ts';

const CHANGED_AT = '2026-01-01T00:00:00.000Z';
const notice = (relation: string, generation: number): string =>
  JSON.stringify({ relation, generation, changes: 1, changedAt: CHANGED_AT, bumpedAt: Date.now() });

/** A database with one tracked relation, whose number is 1. */
const database = {
  kind: 'embedded',
  run: async ({ text }: { text: string }) => {
    const answers: [part: string, row: object][] = [
      ['as functions', { base: '', counters: '', functions: '', readable: true, writable: false }],
      [
        'as partial\nfrom',
        {
          relation: 'public.cube',
          generation: 1,
          changes: 1,
          seen: '7',
          changedAt: CHANGED_AT,
          lost: null,
          partial: false,
        },
      ],
      ['as counted\nfrom', { relation: 'public.cube', kind: 'm', identity: '1', version: '7', counted: '0' }],
    ];
    return answers.filter(([part]) => text.includes(part)).map(([, row]) => row);
  },
  transaction: (work: (tx: unknown) => Promise<unknown>) => work(database),
};

/** The generation that a token names; what follows it is what else decides bytes. */
const numberOf = (token: string): string => token.split('.')[0] ?? '';

async function known(): Promise<{ generations: Generations; events: Event[] }> {
  const events: Event[] = [];
  const generations = new Generations(database as unknown as Database, (event) => events.push(event));
  generations.enableTracking();
  await generations.poll();
  return { generations, events };
}

describe('a change that is announced', () => {
  it('is told when what depends on it is ready, and not before', async () => {
    const { generations } = await known();
    const asked: News[] = [];
    let ready = (): void => {};
    const told = new Promise<string>((resolve) => generations.onChange((_, token) => resolve(token)));
    generations.beforeChange((news) => {
      asked.push(news);
      return new Promise<void>((resolve) => (ready = resolve));
    });
    generations.notified(notice('public.cube', 2));
    assert.deepEqual(
      asked.map(({ relation, token }) => [relation, numberOf(token)]),
      [['public.cube', 'g2']],
    );
    assert.equal(numberOf(generations.of('public.cube')), 'g1');
    generations.notified(notice('public.cube', 2));
    assert.equal(asked.length, 1, 'told twice, prepared once');
    ready();
    assert.equal(numberOf(await told), 'g2');
    assert.equal(numberOf(generations.of('public.cube')), 'g2');
  });

  it('is told even where making it ready fails or never ends', async () => {
    for (const work of [() => Promise.reject(new Error('no')), () => new Promise(() => {})]) {
      const { generations } = await known();
      generations.beforeChange(work);
      const told = new Promise<string>((resolve) => generations.onChange((_, token) => resolve(token)));
      generations.notified(notice('public.cube', 2));
      assert.equal(numberOf(await told), 'g2');
    }
  });

  it('is told at once where nothing has to be made ready', async () => {
    const { generations } = await known();
    generations.beforeChange(() => undefined);
    generations.notified(notice('public.cube', 2));
    assert.equal(numberOf(generations.of('public.cube')), 'g2');
  });

  it('never goes back to what came before', async () => {
    const { generations } = await known();
    let ready = (): void => {};
    generations.beforeChange(({ token }) =>
      numberOf(token) === 'g2' ? new Promise<void>((resolve) => (ready = resolve)) : undefined,
    );
    generations.notified(notice('public.cube', 2));
    generations.notified(notice('public.cube', 3));
    assert.equal(numberOf(generations.of('public.cube')), 'g3');
    ready();
    await new Promise(setImmediate);
    assert.equal(numberOf(generations.of('public.cube')), 'g3');
  });
});

describe('requests made often', () => {
  it('are made again of the news, those of the subjects alone, the most frequent first', async () => {
    const hot = new HotRequests(() => {});
    const made: string[] = [];
    const news: News = { relation: 'public.cube', token: 'g2' };
    for (const key of ['a', 'b', 'b', 'c']) {
      hot.asked(key === 'c' ? 'other' : 'one', key, async (told) => made.push(`${key} ${told?.token}`));
    }
    await hot.prepare(['one'], news);
    assert.deepEqual(made, ['b g2', 'a g2']);
    assert.equal(hot.prepare(['none'], news), undefined);
    await hot.warm('one');
    assert.deepEqual(made.splice(0), ['b g2', 'a g2'], 'what was prepared is not made twice');
    await hot.warm('one');
    assert.deepEqual(made, ['b undefined', 'a undefined'], 'but at the next change');
  });
});
