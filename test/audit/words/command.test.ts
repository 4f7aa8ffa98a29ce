import assert from 'node:assert/strict';
import { record } from '../../../server/audit/writing/record.ts';
import { chorograph } from '../../cli/support.ts';
import { newServer, onPostgres } from '../../support/environment.ts';

onPostgres('chorograph audit', function () {
  it('verifies, sums up, exports and cleans up', async () => {
    const server = await newServer();
    const { DATABASE_URL = '' } = server.environment;
    const audit = (...words: string[]) => chorograph(['audit', ...words], { DATABASE_URL });
    const event = { severity: 'info', action: 'test.done', actor: 'server', outcome: 'done' } as const;
    await record(server.ctx.db, event, event);

    const [verified, summary, file, cleanup, wrong] = await Promise.all([
      audit('verify'),
      audit('summary', '--period', 'weekly', '--json'),
      audit('export', '--format', 'ndjson'),
      audit('cleanup', '--dry-run'),
      audit('cleanup', '--days', 'x'),
    ]);
    assert.equal(verified.code, 0, verified.error);
    assert.match(verified.out, /The log is whole: \d+ rows/);
    const { byAction } = JSON.parse(summary.out) as { byAction: { value: string; events: number }[] };
    assert.equal(byAction.find(({ value }) => value === 'test.done')?.events, 2);
    const rows = file.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string });
    assert.equal(rows.filter(({ action }) => action === 'test.done').length, 2);
    assert.match(cleanup.out, /Nothing is old enough/);
    assert.equal(wrong.code, 64);

    const noted = /newest (ordinary:\d+:[0-9a-f]{64})/.exec(verified.out)?.[1] ?? '';
    const expecting = await audit('verify', '--expect', noted, '--json');
    assert.equal(expecting.code, 0, expecting.out);
    await server.run(`do $$ begin set local session_replication_role = replica;
      update chorograph.audit_event set actor = 'nobody' where action = 'test.done'; end $$`);
    const broken = await audit('verify');
    assert.equal(broken.code, 2);
    assert.match(broken.out, /NOT WHOLE: ordinary row \d+ changed/);
  });
});
