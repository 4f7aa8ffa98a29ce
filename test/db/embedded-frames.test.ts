import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  FrameReader,
  SSL_REQUEST,
  SYNC,
  backendMessages,
  queryMessage,
  startupMessage,
} from '../../server/db/embedded/frames.ts';

const cancelRequest = Buffer.from([0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2]);

function read(...chunks: Buffer[]): string[] {
  const reader = new FrameReader();
  return chunks.flatMap((chunk) =>
    [...reader.push(chunk)].map((frame) => (frame.kind === 'message' ? frame.type : frame.kind)),
  );
}

describe('messages of a PostgreSQL client', () => {
  const startup = startupMessage({ user: 'postgres' });

  it('tells the untyped messages at the beginning from the typed ones after them', () => {
    assert.deepEqual(read(SSL_REQUEST, startup, SYNC), ['encryption', 'startup', 'S']);
    assert.deepEqual(read(cancelRequest), ['cancel']);
  });

  it('finds the same messages however the bytes are cut', () => {
    const query = queryMessage('select 1');
    const all = Buffer.concat([SSL_REQUEST, startup, query, SYNC, queryMessage('x'.repeat(5000)), SYNC]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: all.length })), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), all.length];
        const chunks = edges.slice(1).map((end, i) => all.subarray(edges[i], end));
        assert.deepEqual(read(...chunks), ['encryption', 'startup', 'Q', 'S', 'Q', 'S']);
      }),
    );
  });

  it('refuses a length that cannot be', () => {
    assert.throws(() => read(startup, Buffer.from([0x51, 0, 0, 0, 0])), /0|1 bytes/);
  });
});

describe('messages of a PostgreSQL server', () => {
  it('are picked by their type', () => {
    const notification = Buffer.from([0x41, 0, 0, 0, 6, 1, 2]);
    const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
    assert.deepEqual(backendMessages(Buffer.concat([ready, notification, ready]), 'A'), [notification]);
    assert.deepEqual(backendMessages(ready, 'A'), []);
  });
});
