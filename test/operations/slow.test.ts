import assert from 'node:assert/strict';
import { queryName } from '../../server/db/slow.ts';
import { ident, literal, named, sql } from '../../server/db/sql.ts';
import type { NamedEvent } from '../../server/observe/events.ts';
import { newServer, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

describe('the name of a query', () => {
  const cases = [
    [named('tile public.roads', sql`select 1`), 'tile public.roads'],
    [
      sql`select ${ident('a b')} from ${ident('Hr', 'Staff Homes')} where nik = ${'3201'}`,
      'select Hr.Staff Homes',
    ],
    [
      sql`-- from secret.comment
      with t as (select '''from secret.text') update only public.t set a = 1`,
      'with public.t',
    ],
    [sql`select chorograph.audit_append(${'{}'}::json)`, 'select chorograph.audit_append'],
    [sql`select e.nama from chorograph.audit_event e`, 'select chorograph.audit_event'],
    [sql`do $f$ select 1 from secret.body $f$`, 'do'],
    [sql`select ${literal(String.raw`it's \ from secret.value`)} from public.t`, 'select public.t'],
    [sql`refresh materialized view concurrently ${ident('public', 'mv')}`, 'refresh public.mv'],
    [sql`begin`, 'begin'],
  ] as const;
  for (const [query, name] of cases)
    it(`is ${name}`, () => {
      assert.equal(queryName(query), name);
    });
});

describe('what takes long', () => {
  let server: TestServer;
  const told: NamedEvent[] = [];
  before(async () => {
    server = await newServer({
      environment: { CHOROGRAPH_SLOW_QUERY_MS: '50', CHOROGRAPH_SLOW_REQUEST_MS: '60' },
      sql: `create table place (id int primary key, name text, geom geometry(Point, 4326));
        insert into place values (1, 'Rahasia', st_point(10, 10));
        create view slow_place as select place.* from place, pg_sleep(0.1)`,
    });
    const note = (event: NamedEvent): void => void told.push(event);
    server.ctx.metrics.handle({ 'query.slow': note, 'request.slow': note });
  });

  it('is told by the name of the query and the pattern of the route, never with values', async () => {
    told.length = 0;
    await server.api.get('/features/slow_place?name=Rahasia').set('X-Request-Id', 'asked-1').expect(200);
    const request = await eventually(() =>
      told.find((event) => 'route' in event && event.route === '/features/:layer'),
    );
    const { ms, ...rest } = request as NamedEvent & { ms: number };
    assert.ok(ms >= 60);
    assert.deepEqual(rest, {
      ...{
        type: 'request.slow',
        requestId: 'asked-1',
        route: '/features/:layer',
        method: 'GET',
        status: 200,
      },
    });
    // On a busy machine others may be slow, too.
    const query = told.find((event) => 'name' in event && event.name === 'select public.slow_place');
    assert.ok(query && 'ms' in query && typeof query.ms === 'number');
    assert.equal(query.type, 'query.slow');
    assert.ok(query.ms >= 50);
    assert.doesNotMatch(JSON.stringify(told), /rahasia/i);
    const { text } = await server.api.get('/metrics').expect(200);
    assert.match(text, /^chorograph_slow_queries_total [1-9]/m);
    assert.match(text, /^chorograph_slow_requests_total\{route="\/features\/:layer"\} [1-9]/m);
  });

  it('is not told of streams that stay open, and of what was given more time', async () => {
    told.length = 0;
    const leaving = new AbortController();
    const events = await fetch(`${server.url}/events`, { signal: leaving.signal });
    await events.body?.getReader().read();
    // Longer than the limits, by the same clock.
    await server.ctx.db.run(named('test long', sql`select pg_sleep(0.1)`), { timeoutMs: 600_000 });
    leaving.abort();
    const closed = /http_requests_total\{route="\/events"/;
    await eventually(async () => closed.test((await server.api.get('/metrics')).text));
    assert.deepEqual(
      told.filter((event) => /test long|\/events/.test(JSON.stringify(event))),
      [],
    );
  });
});
