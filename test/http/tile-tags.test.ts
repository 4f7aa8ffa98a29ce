import assert from 'node:assert/strict';
import { composite, compositeInTurns } from '../../server/http/answers/tile.ts';

const { signal } = new AbortController();
const layer = (bytes: number, seed = 1) => ({
  bytes: Uint8Array.from({ length: bytes }, (_, i) => (i * seed) % 251),
  features: 1,
  truncated: false,
});

describe('a tile whose ETag is made in turns', () => {
  for (const [what, layers] of Object.entries({
    small: [layer(100)],
    large: [layer(300_001, 7)],
    'of several layers': [layer(70_000, 3), layer(0), { ...layer(90_000, 5), truncated: true }],
    'older than its key says': [{ ...layer(100_000), stale: true, tag: 'given' }],
    'with an ETag of its maker': [{ ...layer(100_000), tag: 'given' }],
  })) {
    it(`is what it is at once: ${what}`, async () => {
      const [expected, made] = [composite(layers), await compositeInTurns(layers, signal)];
      assert.ok(made.body.equals(expected.body));
      for (const encoding of ['identity', 'br'] as const)
        assert.deepEqual(made.headersOf(encoding, 'no-cache'), expected.headersOf(encoding, 'no-cache'));
      assert.equal(made.stale, expected.stale);
    });
  }

  it('is given up where nobody waits for it any more', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await assert.rejects(compositeInTurns([layer(100_000)], gone), /gone/);
  });
});
