import assert from 'node:assert/strict';
import { cleanUp, NotWhole, oldMonths } from '../../../server/audit/chain/anchors.ts';
import { verifyAudit } from '../../../server/audit/chain/verify.ts';
import { record } from '../../../server/audit/writing/record.ts';
import { newServer, once } from '../../support/environment.ts';
import { eventually } from '../../support/eventually.ts';

const KEY = 'a-key-of-the-audit-log';

once('the audit log', function () {
  it('can be cleaned up by month, stays verifiable, and tells of it', async () => {
    // A log whose first rows are old: written by the function itself, at the time that the chain says it is at.
    const old = await newServer({ environment: { CHOROGRAPH_AUDIT_KEY: KEY } });
    const sealed = (): Promise<unknown[]> =>
      old.run(`select from chorograph.audit_anchor where kind = 'sealed'`);
    await eventually(async () => (await sealed()).length > 0, 'the start has sealed what there was');
    await old.run(`do $$ begin set local session_replication_role = replica;
      delete from chorograph.audit_event; delete from chorograph.audit_anchor;
      update chorograph.audit_chain set seq = 0, hash = decode(repeat('00', 32), 'hex'), at = now(); end $$`);
    await old.run(oldRows(215, 2));
    await old.run(oldRows(125, 3));
    await record(old.ctx.db, { severity: 'info', action: 'test.done', actor: 'server', outcome: 'done' });
    const verified = () => verifyAudit(old.ctx.db, { key: KEY });
    assert.deepEqual((await verified()).faults, []);
    const retention = { days: 90, criticalDays: 180 };
    const months = await oldMonths(old.ctx.db, retention);
    assert.deepEqual(
      months.map(({ chain, rows }) => [chain, rows]),
      [
        ['critical', 2],
        ['ordinary', 2],
        ['ordinary', 3],
      ],
    );
    await old.run(`do $$ begin set local session_replication_role = replica;
      update chorograph.audit_event set note = 'x' where chain = 'ordinary' and seq = 1; end $$`);
    const how = { actor: 'command', key: KEY };
    await assert.rejects(
      cleanUp(old.ctx.db, retention, how),
      (error: Error) => (error.cause ?? error) instanceof NotWhole,
    );
    await old.run(`do $$ begin set local session_replication_role = replica;
      update chorograph.audit_event set note = null where chain = 'ordinary' and seq = 1; end $$`);
    assert.equal((await cleanUp(old.ctx.db, retention, how)).length, 3);
    const after = await verified();
    assert.deepEqual(after.faults, []);
    assert.deepEqual(
      after.chains.map(({ droppedTo }) => droppedTo),
      [2, 5],
    );
    assert.deepEqual(await cleanUp(old.ctx.db, retention, how), []);
    // An anchor that somebody made up, for rows that were removed.
    await old.run(`update chorograph.audit_anchor set seal = null, seq = seq + 1`);
    assert.notDeepEqual((await verified()).faults, []);
  });
});

/** Rows of both chains that are so many days old; the hashes are made by the function itself, of a clock that is set back. */
function oldRows(days: number, count: number): string {
  return `do $$
    declare text text := pg_get_functiondef('chorograph.audit_append(json)'::regprocedure);
      then_at timestamptz := now() - interval '${days} days';
    begin
      execute replace(text, 'greatest(head.at, clock_timestamp())', quote_literal(then_at) || '::timestamptz');
      perform chorograph.audit_append((select json_agg(json_build_object('severity', severity, 'action', 'test.old', 'actor', 'server',
        'outcome', 'done')) from unnest(array['info'${days > 180 ? ", 'critical'" : ''}]) severity, generate_series(1, ${count})));
      execute text;
    end $$`;
}
