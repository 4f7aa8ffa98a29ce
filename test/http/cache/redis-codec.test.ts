import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeAnswer, encodeAnswer } from '../../../server/http/cache/redis-codec.ts';
import { Representation } from '../../../server/http/answers/respond.ts';

const bytes = fc.uint8Array({ maxLength: 5_000 }).map((array) => Buffer.from(array));
const answers = fc
  .record({
    body: bytes,
    type: fc.string(),
    tag: fc.string(),
    headers: fc.dictionary(fc.string(), fc.string()),
    br: fc.option(bytes, { nil: undefined }),
    gzip: fc.option(bytes, { nil: undefined }),
  })
  .map(({ body, type, tag, headers, br, gzip }) => {
    const answer = new Representation(body, type, { tag, headers });
    if (br) answer.adopt('br', br);
    if (gzip) answer.adopt('gzip', gzip);
    return answer;
  });

describe('answers in Redis', () => {
  it('come back as they were, compressed copies included', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const back = decodeAnswer(encodeAnswer(answer));
        assert.ok(back);
        for (const encoding of ['identity', 'br', 'gzip'] as const) {
          assert.deepEqual(back.made(encoding), answer.made(encoding));
        }
        assert.deepEqual([back.type, back.tag], [answer.type, answer.tag]);
        assert.deepEqual({ ...back.headers }, { ...answer.headers });
      }),
    );
  });

  it('are nothing when they are cut off or longer than they say', () => {
    fc.assert(
      fc.property(answers, fc.nat(), (answer, n) => {
        const whole = encodeAnswer(answer);
        assert.equal(decodeAnswer(whole.subarray(0, n % whole.length)), undefined);
        assert.equal(decodeAnswer(Buffer.concat([whole, Buffer.from([0])])), undefined);
      }),
    );
  });

  it('are nothing when they are something else', () => {
    fc.assert(fc.property(bytes, (junk) => decodeAnswer(junk) === undefined));
    const other = Buffer.from(encodeAnswer(new Representation(Buffer.from('x'), 'a/b')));
    other.writeUInt8(99, 2); // another format
    assert.equal(decodeAnswer(other), undefined);
  });
});
