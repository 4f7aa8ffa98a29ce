import assert from 'node:assert/strict';
import { redacted, redactText, redactValue } from '../../../server/audit/writing/redact.ts';
import { Waiting } from '../../../server/audit/writing/waiting.ts';

describe('what is recorded', () => {
  it('names nobody and opens nothing', () => {
    const secrets = {
      'budi@example.org': 'mail of budi@example.org here',
      3273012345678901: 'NIK 3273012345678901',
      '081234567890': 'telepon 081234567890',
      Budi: 'nama saya Budi Santoso',
      [`cg_0123456789ab_${'s'.repeat(43)}`]: `used cg_0123456789ab_${'s'.repeat(43)} twice`,
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln': 'jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
      topsecret: 'GET /x?api_key=topsecret&y=1, password: topsecret, token="topsecret"',
      hunter2: 'postgres://admin:hunter2@db/maps',
      dXNlcjpwYXNz: 'Authorization: Basic dXNlcjpwYXNz',
    };
    for (const [secret, text] of Object.entries(secrets)) {
      assert.ok(!redactText(text).includes(secret), redactText(text));
      const deep = JSON.stringify(redactValue({ a: [{ b: text }], [text]: 1 }));
      assert.ok(!deep.includes(secret), deep);
    }
    const person = {
      nama: 'Budi',
      nik: 3273012345678901,
      email: 'x',
      password: 'p',
      age: 12,
      scopes: ['refresh'],
    };
    assert.deepEqual(redactValue(person), {
      ...{ nama: '[left out]', nik: '[left out]', email: '[left out]', password: '[left out]' },
      ...{ age: 12, scopes: ['refresh'] },
    });
    assert.equal(redactValue(3273012345678901), '[number]');
  });

  it('keeps what it is about, and says how large a value was that is too large', () => {
    const event = { severity: 'info', action: 'a.b', actor: 'key:123456789012', outcome: 'done' } as const;
    const kept = redacted({
      ...event,
      object: 'key:123456789012',
      correlation: '12345678-1234-4123-8123-123456789012',
      after: { text: 'x'.repeat(5_000) },
      note: 'n'.repeat(5_000),
    });
    assert.equal(kept.object, 'key:123456789012');
    assert.equal(kept.correlation, '12345678-1234-4123-8123-123456789012');
    assert.deepEqual(kept.after, { leftOut: '5011 characters' });
    assert.equal(kept.note?.length, 500);
    assert.equal(redacted({ ...event, correlation: '081234567890' }).correlation, '[phone]');
  });

  it('is JSON that a database takes, whatever is in it', () => {
    for (const text of ['\0', 'a\ud800b', '\udc00\ud800', '😀', '\u0001\u2028\u007f', 'é\u0301']) {
      const clean = redactText(text);
      assert.ok(!clean.includes('\0') && !/\p{Surrogate}/u.test(clean), JSON.stringify(clean));
    }
  });

  it('is told of together where it is alike, and of the rest how much there was', () => {
    const waiting = new Waiting();
    const event = {
      severity: 'warning',
      action: 'key.refused',
      actor: 'anonymous',
      outcome: 'refused',
    } as const;
    for (let i = 0; i < 5; i++) waiting.add({ ...event, correlation: `request-${i}` });
    assert.deepEqual(waiting.take(), [{ ...event, times: 5 }]);
    assert.deepEqual(waiting.take(), []);
    for (let i = 0; i < 1_003; i++) waiting.add({ ...event, note: String(i) });
    const taken = waiting.take();
    assert.equal(taken.length, 1_001);
    assert.deepEqual([taken.at(-1)?.action, taken.at(-1)?.times], ['audit.left_out', 3]);
  });
});
