import assert from 'node:assert/strict';
import { ChainCheck, GENESIS, linkOf, sealOf } from '../../server/audit/chain.ts';
import { cursorOf, placeOf } from '../../server/audit/cursor.ts';
import { redacted, redactText, redactValue } from '../../server/audit/redact.ts';
import { alertRules } from '../../server/audit/alerts/rules.ts';
import type { AuditRow } from '../../server/audit/types.ts';
import { Waiting } from '../../server/audit/waiting.ts';

/** A chain of so many rows. */
function chainOf(count: number): AuditRow[] {
  let hash: Buffer = GENESIS;
  return Array.from({ length: count }, (_, i) => {
    const row = {
      chain: 'ordinary',
      seq: i + 1,
      at: `2026-11-27T08:00:00.${String(i).padStart(6, '0')}Z`,
      severity: 'info',
      action: 'key.made',
      actor: 'anonymous',
      object: i % 2 === 0 ? null : 'key:0123456789ab',
      outcome: 'done',
      address: null,
      correlation: 'a-request',
      times: '1',
      before: null,
      after: '{"scopes": ["refresh"]}',
      note: i % 3 === 0 ? 'ü "quoted" \\ \n' : null,
      hash: GENESIS,
    };
    hash = linkOf(hash, row);
    return { ...row, hash };
  });
}

function faultsOf(
  rows: readonly AuditRow[],
  count = rows.length,
  known = new Map<number, Buffer>(),
): string[] {
  const whole = chainOf(count);
  const check = new ChainCheck({ chain: 'ordinary', seq: 0, hash: GENESIS }, known);
  for (const row of rows) check.row(row);
  check.end({ seq: count, hash: whole.at(-1)?.hash ?? GENESIS });
  return check.faults.map(({ fault, seq }) => `${fault} ${seq}`);
}

describe('a chain of rows', () => {
  const whole = chainOf(6);

  it('is whole', () => assert.deepEqual(faultsOf(whole), []));

  it('tells of every single changed byte of every member of every row', () => {
    let changes = 0;
    for (const [i, row] of whole.entries()) {
      for (const [name, value] of Object.entries(row)) {
        for (const other of changesOf(value)) {
          const rows = whole.with(i, { ...row, [name]: other });
          assert.notDeepEqual(faultsOf(rows), [], `${name} of row ${i + 1}: ${String(other)}`);
          changes++;
        }
      }
    }
    assert.ok(changes > 900, String(changes));
  });

  it('tells of rows that were removed, moved, copied or added, and of which', () => {
    for (let i = 0; i < whole.length; i++)
      assert.ok(faultsOf(whole.toSpliced(i, 1), 6).includes(`removed ${i + 1}`), String(i));
    assert.deepEqual(faultsOf([], 6), ['removed 1']);
    assert.deepEqual(faultsOf(whole.slice(0, 4), 6), ['removed 5']);
    assert.ok(
      faultsOf(whole.with(1, whole[2] as AuditRow).with(2, whole[1] as AuditRow)).includes('moved 2'),
    );
    assert.ok(
      faultsOf([...whole.slice(0, 3), whole[2] as AuditRow, ...whole.slice(3)], 6).includes('moved 3'),
    );
    assert.deepEqual(faultsOf(chainOf(7), 6), ['added 7']);
  });

  it('that was made anew as a whole is not the one that was sealed', () => {
    const sealed = new Map([[4, whole[3]?.hash ?? GENESIS]]);
    const forged = chainOf(6).map((row) => ({ ...row, actor: 'somebody else' }));
    let hash: Buffer = GENESIS;
    for (const row of forged) row.hash = hash = linkOf(hash, row);
    const check = new ChainCheck({ chain: 'ordinary', seq: 0, hash: GENESIS }, sealed);
    forged.forEach((row) => check.row(row));
    check.end({ seq: 6, hash });
    assert.deepEqual(
      check.faults.map(({ fault, seq }) => [fault, seq]),
      [['changed', 4]],
    );
    const anchor = { kind: 'sealed', chain: 'ordinary', seq: 4, hash } as const;
    assert.notDeepEqual(
      sealOf('one key of sixteen letters', anchor),
      sealOf('another one of that many', anchor),
    );
  });

  it('that loses its end together with the record of it is found by what was sealed', () => {
    const known = new Map([[6, whole[5]?.hash ?? GENESIS]]);
    assert.deepEqual(faultsOf(whole.slice(0, 4), 4, known), ['removed 5']);
  });
});

/** The same value with one byte of it changed, and without it. */
function changesOf(value: unknown): unknown[] {
  if (value === null) return ['x', ''];
  if (typeof value === 'number') return [value + 1, value - 1, value * 10];
  if (Buffer.isBuffer(value)) {
    return [...value.keys()].map((i) => Buffer.from(value).fill((value[i] ?? 0) ^ 1, i, i + 1));
  }
  const text = value as string;
  return [
    null,
    ...[...text].map((letter, i) => text.slice(0, i) + (letter === 'x' ? 'y' : 'x') + text.slice(i + 1)),
  ];
}

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

describe('rules of alerts', () => {
  it('are read, or refused with what would be right', () => {
    assert.deepEqual(alertRules.parse('critical>=1/5m, error>=10/1h'), [
      { text: 'critical>=1/5m', severity: 'critical', atLeast: 1, windowS: 300 },
      { text: 'error>=10/1h', severity: 'error', atLeast: 10, windowS: 3_600 },
    ]);
    for (const wrong of [
      'critical',
      'fatal>=1/5m',
      'error>=0/5m',
      'error>=1/0m',
      'error>=1/60d',
      'error>1/5m',
    ])
      assert.throws(() => alertRules.parse(wrong), /rules such as critical>=1\/5m/, wrong);
  });
});

describe('a place in the log', () => {
  it('is read as it was written, and nothing else is', () => {
    const place = { at: '2026-11-27T08:30:00.000001Z', chain: 'ordinary', seq: 12 };
    assert.deepEqual(placeOf(cursorOf(place)), place);
    for (const wrong of [
      '',
      'x',
      cursorOf({ ...place, chain: 'other' }),
      cursorOf({ ...place, at: '2026-13-45T99:99:99.000000Z' }),
    ])
      assert.throws(() => placeOf(wrong), /cursor must be/);
  });
});
