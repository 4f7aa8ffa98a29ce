import assert from 'node:assert/strict';
import { sealHeads } from '../../server/audit/chain/anchors.ts';
import { record } from '../../server/audit/writing/record.ts';
import type { AuditEvent } from '../../server/audit/types.ts';
import { verifyAudit, verifyIn, type Verified } from '../../server/audit/chain/verify.ts';
import { sql, statement } from '../../server/db/sql.ts';
import type { Queryable } from '../../server/db/types.ts';
import { createKey, revokeKey } from '../../server/security/keys.ts';
import { newServer, once, onPostgres, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

const KEY = 'a-key-of-the-audit-log';
const ADMIN = { 'X-API-Key': 'the-key-of-the-environment' };
const VIEWS = `
  create table public.places (id int primary key, geom geometry(Point, 4326));
  insert into public.places values (1, 'SRID=4326;POINT(106 -6)');
  create table public.areas (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into public.areas values ('a', 'A', 'SRID=4326;POLYGON((0 0,1 0,1 1,0 1,0 0))');
  create materialized view public.cube as select 'a'::text as code, 1::int as n with data;
  create unique index on public.cube (code);`;
const MAPS = `
regions: { areas: { table: public.areas, geometry: geom, code: code, name: name } }
choropleths: { things: { title: Things, regions: areas, cube: { view: public.cube, region: code }, metrics: { n: { sum: n, label: N } } } }`;

interface Entry {
  chain: string;
  seq: number;
  action: string;
  actor: string;
  object: string | null;
  outcome: string;
  times: number;
  correlation: string | null;
  address: string | null;
  after: unknown;
}
interface Page {
  entries: Entry[];
  next?: string;
}

const EVENT: AuditEvent = { severity: 'info', action: 'test.done', actor: 'server', outcome: 'done' };

const told = ({ faults }: Verified): string[] =>
  faults.map(({ chain, seq, fault }) => `${fault} ${chain} ${seq}`);

once('the audit log', function () {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: VIEWS,
      maps: MAPS,
      environment: { CHOROGRAPH_API_KEY: ADMIN['X-API-Key'], CHOROGRAPH_AUDIT_KEY: KEY },
    });
  });
  const db = () => server.ctx.db;
  const get = async (query: string): Promise<Page> =>
    (await server.api.get(`/audit?${query}`).set(ADMIN).expect(200)).body as Page;
  const faults = async (key = KEY): Promise<string[]> => told(await verifyAudit(db(), { key }));
  const newest = async (chain: string): Promise<number> =>
    Number(
      (
        await server.run<{ seq: number }>('select seq from chorograph.audit_chain where chain = $1', [chain])
      )[0]?.seq,
    );
  /** What is found when somebody has done what nobody may. It is taken back, and nobody else writes or sees anything meanwhile. */
  const faultsAfter = async (statements: string): Promise<string[]> => {
    const found: string[] = [];
    const takenBack = new Error('taken back');
    const tampering = db().transaction(async (tx) => {
      await tx.run(sql`lock table chorograph.audit_chain in exclusive mode`);
      await tx.run(
        statement(`do $$ begin set local session_replication_role = replica; ${statements}; end $$`),
      );
      found.push(...told(await verifyIn(tx, { key: KEY })));
      throw takenBack;
    });
    await assert.rejects(tampering, (error: Error) => error.cause === takenBack);
    return found;
  };

  it('has the tables of this month and the next, made beforehand', async () => {
    const server = await newServer();
    const tables = async (): Promise<number> => {
      const [row] = await server.run<{ n: number }>(
        `select count(*)::int as n from pg_class where relkind = 'r' and relname like 'audit\\_event\\_%'
           and relname like '%' || to_char((now() + interval '1 month') at time zone 'UTC', 'YYYY_MM')`,
      );
      return row?.n ?? 0;
    };
    await eventually(async () => (await tables()) === 2, 'both chains have a table for the next month');
  });

  it('has the migrations that made it, and is whole', async () => {
    const { entries } = await get('action=migration&limit=1000');
    assert.ok(entries.some(({ object }) => object === 'migration:0043_audit'));
    assert.deepEqual(await faults(), []);
  });

  it('has keys that were made and revoked, in the transaction that did it', async () => {
    const { id } = await createKey(db(), { name: 'Budi budi@example.org', scopes: ['refresh'] });
    await revokeKey(db(), id);
    const { entries } = await get(`object=key:${id}`);
    assert.deepEqual(
      entries.map(({ action, chain }) => [action, chain]),
      [
        ['key.revoked', 'critical'],
        ['key.made', 'critical'],
      ],
    );
    assert.ok(!JSON.stringify(entries).includes('Budi'));
    const before = await newest('critical');
    await assert.rejects(
      db().transaction(async (tx) => {
        await createKey(tx, { name: 'never', scopes: [] });
        throw new Error('no');
      }),
    );
    assert.equal(await newest('critical'), before);
    await server.run('update chorograph.api_key set last_used_at = now()'); // use is not worth a row
    assert.equal(await newest('critical'), before);
  });

  it('has refreshes by hand with who asked for them', async () => {
    const refreshed = await server.api
      .post('/gis/choropleth/refresh?wait=true')
      .set({ ...ADMIN, 'X-Request-Id': '5f0c2b1e-6c7d-4f55-9c39-4f3d6f0f3a10' })
      .expect(200);
    assert.deepEqual(refreshed.body, { refreshed: ['public.cube'] });
    const [entry] = (await get('action=refresh')).entries;
    assert.deepEqual(
      [entry?.actor, entry?.object, entry?.correlation],
      ['key:environment', 'view:public.cube', '5f0c2b1e-6c7d-4f55-9c39-4f3d6f0f3a10'],
    );
    assert.match(entry?.address ?? '', /^[\w-]{16}$/);
  });

  it('has refused keys, as often as they were', async () => {
    for (let i = 0; i < 3; i++) await server.api.get('/audit').set('X-API-Key', 'not-a-key').expect(401);
    const { id, key } = await createKey(db(), { name: 'lacking', scopes: [] });
    await server.api.get('/audit').set('X-API-Key', key).expect(403);
    await server.api
      .get('/audit')
      .set('X-API-Key', `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`)
      .expect(401);
    const { entries } = await get('action=key.refused&q=VALID');
    assert.equal(
      entries.reduce((sum, { times }) => sum + times, 0),
      4,
    );
    const told = [...new Set(entries.map(({ actor, object }) => `${actor} ${object}`))].sort();
    assert.deepEqual(told, [`anonymous key:${id}`, 'anonymous null']);
    const [lacking] = (await get('action=key.refused&q=lacks')).entries;
    assert.deepEqual([lacking?.actor, lacking?.object], [`key:${id}`, `key:${id}`]);
    assert.match(lacking?.address ?? '', /^[\w-]{16}$/);
  });

  it('is only read by who may, page by page, filtered, as CSV, summed up', async () => {
    await record(db(), ...Array.from({ length: 5 }, (_, i) => ({ ...EVENT, note: `=step ${i}` })));
    await server.api.get('/audit').expect(401);
    const { key } = await createKey(db(), { name: 'reader', scopes: ['audit'] });
    await server.api.get('/audit?limit=1').set('X-API-Key', key).expect(200);
    const { key: other } = await createKey(db(), { name: 'other', scopes: ['refresh'] });
    await server.api.get('/audit/stats').set('X-API-Key', other).expect(403);

    const all = (await get('action=test')).entries;
    const paged: Entry[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: Page = await get(`action=test&limit=2${next === '' ? '' : `&cursor=${next}`}`);
      paged.push(...page.entries);
      next = page.next;
    }
    assert.deepEqual(paged, all);
    assert.equal(all.length, 5);
    assert.equal((await get('q=STEP%203')).entries.length, 1);
    assert.equal((await get('q=step%20nowhere')).entries.length, 0);
    assert.equal((await get('severity=critical&action=test')).entries.length, 0);
    assert.equal((await get('action=test&from=2099-01-01')).entries.length, 0);
    const csv = await server.api.get('/audit?action=test&format=csv').set(ADMIN).expect(200);
    assert.match(csv.headers['content-type'] ?? '', /^text\/csv/);
    assert.ok(csv.text.includes(`'=step 4`));
    const { body: stats } = await server.api.get('/audit/stats?action=test').set(ADMIN).expect(200);
    assert.deepEqual((stats as { bySeverity: object[] }).bySeverity, [{ value: 'info', events: 5 }]);
    for (const wrong of [
      'severity=fatal',
      'from=2026-02-30',
      'cursor=x',
      'limit=0',
      'limit=10001',
      'outcome=x',
      'x=1',
      'q=%00',
    ])
      await server.api.get(`/audit?${wrong}`).set(ADMIN).expect(400);
  });

  it('is read back as it was written, whatever stands in it', async () => {
    const odd = 'a"b\\c\u0001\u007f\u2028é\ud800\0😀\n\t';
    await record(db(), {
      ...EVENT,
      action: 'test.odd',
      note: odd,
      before: { [odd]: odd },
      after: [1.5e300, null],
    });
    assert.equal((await get('action=test.odd')).entries.length, 1);
    assert.deepEqual(await faults(), []);
  });

  it('cannot be changed by ordinary means', async () => {
    for (const statement of [
      "update chorograph.audit_event set note = 'x'",
      'delete from chorograph.audit_event',
    ])
      await assert.rejects(server.run(statement), statement);
    const [month] = await server.run<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'chorograph.audit_event_critical'::regclass limit 1`,
    );
    await assert.rejects(server.run(`truncate ${month?.name}`));
  });

  it('tells of every member that was changed, of rows removed, moved and added', async () => {
    await record(db(), {
      ...EVENT,
      action: 'test.target',
      object: 'key:x',
      address: 'h',
      correlation: 'c',
      before: 1,
      after: 2,
      note: 'n',
    });
    await record(db(), EVENT);
    const [target] = (await get('action=test.target')).entries;
    const seq = target?.seq ?? NaN;
    const row = `where chain = 'ordinary' and seq = ${seq}`;
    const changes = [
      `at = at + interval '1 microsecond'`,
      ...['action', 'actor', 'object', 'address', 'correlation', 'note'].map(
        (name) => `${name} = ${name} || 'x'`,
      ),
      `severity = 'debug'`,
      `outcome = 'failed'`,
      'times = 2',
      `before = '1 '`,
      'after = null',
      `seq = seq + 100`,
      `hash = sha256(hash)`,
    ];
    const members = changes.map((change) => `update chorograph.audit_event set ${change} ${row}`);
    for (const statements of [
      ...members,
      `delete from chorograph.audit_event ${row}`,
      `delete from chorograph.audit_event where chain = 'ordinary' and seq > ${seq}`,
      `delete from chorograph.audit_event where chain = 'critical'`,
      `insert into chorograph.audit_event select chain, seq + 2, at, severity, action, actor, object, outcome, address, correlation,
        times, before, after, note, hash from chorograph.audit_event ${row}`,
      `update chorograph.audit_event set seq = 2 * ${seq} + 1 - seq where chain = 'ordinary' and seq between ${seq} and ${seq + 1}`,
      `update chorograph.audit_chain set seq = seq - 1`,
      `delete from chorograph.audit_chain`,
    ])
      assert.notDeepEqual(await faultsAfter(statements), [], statements);
    assert.deepEqual(await faults(), []);
  });

  it('is sealed: who can write everything in the database cannot make it anew', async () => {
    await record(db(), EVENT);
    await sealHeads(db(), KEY);
    const forged = await faultsAfter(
      `delete from chorograph.audit_event where chain = 'ordinary';
       update chorograph.audit_chain set seq = 0, hash = decode(repeat('00', 32), 'hex') where chain = 'ordinary';
       perform chorograph.audit_append('[{"severity":"info","action":"nothing.happened","actor":"server","outcome":"done"}]')`,
    );
    assert.notDeepEqual(forged, []);
    assert.deepEqual(await faults(), []);
    assert.match((await faults('another key of the log')).join(), /anchor/);
  });

  it('that cannot be written refuses what has to be recorded, and reading goes on', async () => {
    await server.run('alter table chorograph.audit_chain rename to audit_chain_away');
    try {
      const refused = await server.api.post('/gis/choropleth/refresh').set(ADMIN).expect(503);
      assert.equal((refused.body as { code: string }).code, 'audit_unavailable');
      await assert.rejects(createKey(db(), { name: 'unrecorded', scopes: [] }), {
        code: 'audit_unavailable',
      });
      await server.api.get('/features/places').expect(200);
      const { body } = await server.api.get('/health').expect(200);
      assert.equal((body as { checks: { audit: { status: string } } }).checks.audit.status, 'degraded');
      const runs = await server.run(`select 1 from chorograph.refresh_run where status = 'queued'`);
      assert.deepEqual(runs, []);
    } finally {
      await server.run('alter table chorograph.audit_chain_away rename to audit_chain');
    }
    await server.api.post('/gis/choropleth/refresh').set(ADMIN).expect(202);
    await eventually(async () => {
      const { body } = await server.api.get('/health');
      return (body as { checks: { audit: { status: string } } }).checks.audit.status === 'ok';
    });
  });

  onPostgres('with many writers', () => {
    it('has every event once, in chains that are whole', async () => {
      const before = await newest('ordinary');
      await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          db().transaction(async (tx) => {
            await record(tx, { ...EVENT, severity: i % 2 === 0 ? 'critical' : 'info' });
            await record(tx, { ...EVENT, severity: i % 2 === 0 ? 'info' : 'critical' });
          }),
        ),
      );
      assert.equal((await newest('ordinary')) - before, 40);
      assert.deepEqual(await faults(), []);
    });

    it('has the table of a new month made by one of all who find none', async () => {
      const month = (tx: Queryable) =>
        tx.run(sql`select chorograph.audit_month('ordinary', '2031-05-06Z'), pg_sleep(0.1)`);
      await Promise.all(Array.from({ length: 4 }, () => db().transaction(month)));
      const made = await db().run<{ count: number }>(
        sql`select count(*)::int as count from pg_inherits where inhrelid::regclass::text like '%ordinary_2031_05'`,
      );
      assert.deepEqual(made, [{ count: 1 }]);
    });
  });
});
