import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMaps } from '../../../server/maps.ts';
import type { DeltaEvent as Event } from '../../../server/refresh/delta/events.ts';
import { startFolding } from '../../../server/refresh/delta/loop.ts';
import { install, planInstall } from '../../../server/refresh/delta/install.ts';
import { deltaPlans } from '../../../server/refresh/delta/plan.ts';
import { newServer, type TestServer } from '../../support/environment.ts';

const MAPS = `
regions:
  area: { table: area, code: code, name: name }
choropleths:
  people:
    regions: area
    cube:
      view: people_cube
      region: code
      dimensions: [kind]
      refresh: { delta: { from: people, group: { code: code, kind: kind }, sums: { n: 1, score: score }, every: 500ms, recompute: '* * * * * *' } }
    metrics: { people: { sum: n }, score: { ratio: [score, n] } }
    classify: { method: equal, classes: 2 }
`;
const SQL = `
create table public.area (code text primary key, name text not null, geom geometry(Polygon, 4326) not null);
insert into public.area values
  ('A', 'Area A', st_makeenvelope(0, 0, 1, 1, 4326)), ('B', 'Area B', st_makeenvelope(1, 0, 2, 1, 4326));
create table public.people (code text, kind text, score integer);
insert into public.people values ('A', 'x', 10), ('B', 'x', 20), ('B', 'y', 30);`;

type EventOf<Type extends Event['type']> = Extract<Event, { type: Type }>;

describe('folding while the server runs', () => {
  const maps = readMaps(MAPS);
  const [plan] = deltaPlans(maps);
  assert.ok(plan);
  let server: TestServer;
  let events: Event[];
  let stop: (() => Promise<void>) | undefined;

  /** Waits for the next event of a kind; the test's own timeout ends the wait. */
  async function next<Type extends Event['type']>(type: Type): Promise<EventOf<Type>> {
    for (;;) {
      const at = events.findIndex((event) => event.type === type);
      if (at >= 0) return events.splice(0, at + 1).at(-1) as EventOf<Type>;
      await sleep(20);
    }
  }
  const values = async (): Promise<Record<string, unknown>> => {
    const { body } = await server.api.get('/gis/choropleth/people/values.json').expect(200);
    const { columns, rows } = body as { columns: string[]; rows: unknown[][] };
    const cell = (row: unknown[], name: string): unknown => row[columns.indexOf(name)];
    return Object.fromEntries(rows.map((row) => [cell(row, 'code'), cell(row, 'value')]));
  };
  const start = (): void => {
    events = [];
    stop = startFolding({ db: server.ctx.db, maps, observe: (event) => events.push(event) });
  };

  before(async function () {
    server = await newServer({ sql: SQL, maps });
  });
  afterEach(async () => {
    await stop?.();
    stop = undefined;
  });

  it('tells what is missing until the cube is installed', async () => {
    start();
    const { cube, error } = await next('delta.failed');
    assert.equal(cube, 'public.people_cube');
    assert.match(String(error), /it is not installed: run delta install/);
  });

  it('brings what is written to the map, under a new generation', async () => {
    const { db, catalog, choropleths, generations } = server.ctx;
    await install(db, plan, await planInstall(db, plan));
    await choropleths.resolve(db, catalog);
    await generations.poll();
    assert.deepEqual(await values(), { A: 1, B: 2 });
    start();
    await server.run(`insert into public.people values ('A', 'y', 5), ('A', 'z', 5)`);
    const { rows, generation } = await next('delta.folded');
    assert.ok(rows > 0 && generation !== undefined);
    await generations.poll();
    assert.deepEqual(await values(), { A: 3, B: 2 });
  });

  it('alerts where the table was changed behind its back, and mends it', async () => {
    await server.run(`alter table public.people disable trigger user`);
    await server.run(`delete from public.people where code = 'A'`);
    await server.run(`alter table public.people enable trigger user`);
    await server.run(`update chorograph.cube set recomputed_at = now() - interval '1 hour'`);
    start();
    const { drifted, sample } = await next('delta.drifted');
    assert.equal(drifted, 3);
    assert.deepEqual(
      sample.map((difference) => (difference as { key: object }).key),
      ['x', 'y', 'z'].map((kind) => ({ code: 'A', kind })),
    );
  });

  it('counts anew after TRUNCATE without an alert', async () => {
    start();
    await server.run(`truncate public.people`);
    assert.equal((await next('delta.recomputed')).because, 'truncate');
    assert.equal(events.filter(({ type }) => type === 'delta.drifted').length, 0);
  });

  it('stops, and then leaves the queue alone', async () => {
    start();
    await stop?.();
    await server.run(`insert into public.people values ('A', 'x', 1)`);
    await sleep(plan.everyMs * 2);
    const waiting = await server.run(`select n::int from chorograph.delta_people_cube`);
    assert.deepEqual(waiting, [{ n: 1 }]);
  });
});
