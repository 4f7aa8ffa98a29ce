import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ResponseCache, type SharedTier } from '../../../server/http/cache/response-cache.ts';
import { Representation } from '../../../server/http/answers/respond.ts';

const KB = 1_000;

/** Text that compresses to less than half, and is no two times the same. */
function document(kilobytes: number): Representation {
  return new Representation(Buffer.from(randomBytes((kilobytes * KB) / 2).toString('hex')), 'text/plain');
}

const empty = (): Representation => new Representation(Buffer.alloc(0), 'text/plain');

async function put(cache: ResponseCache, key: string, answer: Representation): Promise<void> {
  await cache.get(key, undefined, async () => answer);
}

describe('response cache', () => {
  it('counts compressed copies as they are made', async () => {
    const cache = new ResponseCache(1_000 * KB);
    const answer = document(10);
    await put(cache, 'a', answer);
    const before = cache.stats().bytes;
    const gzip = await answer.encoded('gzip');
    assert.equal(cache.stats().bytes, before + gzip.length);
    const brotli = await answer.encoded('br');
    assert.equal(cache.stats().bytes, before + gzip.length + brotli.length);
    assert.equal(cache.stats().entries, 1);
  });

  it('stays within its budget, whatever is compressed', async () => {
    const cache = new ResponseCache(200 * KB);
    const answers = Array.from({ length: 50 }, () => document(10));
    for (const [i, answer] of answers.entries()) {
      await put(cache, String(i), answer);
      await Promise.all([answer.encoded('gzip'), answer.encoded('br')]);
      assert.ok(cache.stats().bytes <= 200 * KB);
    }
    const { evictions, entries } = cache.stats();
    assert.ok(entries >= 5 && entries < 20, `${entries} entries`);
    assert.equal(evictions, 50 - entries);
  });

  it('keeps no more memory than it counts', async () => {
    const answer = new Representation(Buffer.from('x'.repeat(300)), 'text/plain');
    // Buffers of Node are often small views of larger blocks.
    assert.equal(answer.body.buffer.byteLength, 300);
    const gzip = await answer.encoded('gzip');
    assert.equal(gzip.buffer.byteLength, gzip.length);
  });

  it('does not take back what was dropped when its compressed copy is done', async () => {
    const cache = new ResponseCache(100 * KB);
    const answer = document(40);
    await put(cache, 'a', answer);
    const compressing = answer.encoded('br');
    assert.ok(compressing instanceof Promise, 'too large to be compressed at once');
    cache.clear();
    await compressing;
    assert.equal(cache.stats().entries, 0);
  });

  it('lets empty answers push out only one another', async () => {
    const cache = new ResponseCache(1_000 * KB);
    await put(cache, 'full', document(1));
    for (let i = 0; i < 10_000; i++) await put(cache, `empty ${i}`, empty());
    assert.ok(cache.held('full'));
    assert.ok(cache.held('empty 9999'));
    assert.equal(cache.held('empty 0'), undefined);
  });

  it('does not keep what was made from older data than asked for', async () => {
    const cache = new ResponseCache(100 * KB);
    await put(cache, 'a', new Representation(Buffer.from('old'), 'text/plain', { stale: true }));
    assert.equal(cache.held('a'), undefined);
  });

  it('makes an answer once for all who ask at the same time', async () => {
    const cache = new ResponseCache(100 * KB);
    let made = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        cache.get('a', undefined, async () => {
          made++;
          return document(1);
        }),
      ),
    );
    assert.equal(made, 1);
    assert.deepEqual(
      outcomes.map(({ cache: outcome }) => outcome).sort(),
      [...Array.from({ length: 19 }, () => 'coalesced'), 'miss'].sort(),
    );
    assert.equal((await cache.get('a', undefined, async () => document(1))).cache, 'hit');
    assert.deepEqual(cache.stats().outcomes, { hit: 1, shared: 0, miss: 1, coalesced: 19 });
  });

  it('has an answer at once only where nobody has a part in it', async () => {
    const cache = new ResponseCache(100 * KB);
    assert.equal(
      cache.getNow('a', () => undefined),
      undefined,
    );
    const answer = document(1);
    assert.deepEqual(
      cache.getNow('a', () => answer),
      { answer, cache: 'miss' },
    );
    assert.deepEqual(
      cache.getNow('a', () => assert.fail('made again')),
      { answer, cache: 'hit' },
    );
    assert.equal((await cache.get('a', undefined, () => assert.fail('made again'))).answer, answer);
    const stale = new Representation(Buffer.from('old'), 'text/plain', { stale: true });
    assert.equal(cache.getNow('stale', () => stale)?.answer, stale);
    assert.equal(cache.held('stale'), undefined);

    let finish = (_made: Representation): void => {};
    const made = new Promise<Representation>((resolve) => (finish = resolve));
    const making = cache.get('b', undefined, () => made);
    assert.equal(
      cache.getNow('b', () => assert.fail('made twice')),
      undefined,
    );
    finish(document(1));
    await making;

    cache.share({ get: async () => undefined, put: () => {} });
    assert.equal(
      cache.getNow('c', () => assert.fail('not looked for'), { versioned: true }),
      undefined,
    );
    assert.equal(cache.getNow('c', () => answer)?.cache, 'miss'); // which no instance shares
    cache.charge = async () => undefined;
    assert.equal(
      cache.getNow('d', () => assert.fail('not counted')),
      undefined,
    );
    assert.equal(cache.getNow('c', () => assert.fail('made again'))?.cache, 'hit');
  });

  it('has one made here only where nobody else has a part in it', async () => {
    const cache = new ResponseCache(100 * KB);
    const signal = (): AbortSignal => new AbortController().signal;
    const answer = document(1);
    const [first, second] = [1, 2].map(() => cache.getHere('a', signal, async () => answer));
    assert.deepEqual(await first, { answer, cache: 'miss' });
    assert.deepEqual(await second, { answer, cache: 'coalesced' });
    cache.share({ get: async () => undefined, put: () => {} });
    const untouched = (): never => assert.fail('not looked for');
    assert.equal(cache.getHere('b', untouched, untouched, { versioned: true }), undefined);
    assert.equal((await cache.getHere('b', signal, async () => answer))?.cache, 'miss');
    cache.charge = async () => undefined;
    assert.equal(cache.getHere('c', untouched, untouched), undefined);
  });

  it('shares versioned answers alone, and again when they have grown', async () => {
    const cache = new ResponseCache(100 * KB);
    const written: string[] = [];
    const tier: SharedTier = {
      get: async (key) => (key === 'theirs' ? document(1) : undefined),
      put: (key) => written.push(key),
    };
    cache.share(tier);
    const answer = document(1);
    await put(cache, 'private', answer);
    await answer.encoded('br');
    assert.deepEqual(written, []);
    const versioned = document(1);
    await cache.get('ours', undefined, async () => versioned, { versioned: true });
    await versioned.encoded('br');
    assert.deepEqual(written, ['ours', 'ours']);
    const theirs = await cache.get('theirs', undefined, () => assert.fail('made again'), { versioned: true });
    assert.equal(theirs.cache, 'shared');
    assert.equal(theirs.answer.cachedAs, 'theirs');
  });
});
