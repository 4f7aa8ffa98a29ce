import assert from 'node:assert/strict';
import { ChainCheck, GENESIS, linkOf, sealOf } from '../../../server/audit/chain/chain.ts';
import type { AuditRow } from '../../../server/audit/types.ts';

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
