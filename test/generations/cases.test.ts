import assert from 'node:assert/strict';
import { newServer, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { KEY } from '../refresh/support.ts';

/** Changes that nothing tells are found within a second. */
const POLLS = {
  CHOROGRAPH_CHANGE_POLL_S: '1',
  CHOROGRAPH_CATALOG_INTERVAL_S: '3600',
  CHOROGRAPH_API_KEY: KEY,
};
const HEARS_ONLY = { CHOROGRAPH_CHANGE_POLL_S: '3600', CHOROGRAPH_CATALOG_INTERVAL_S: '3600' };

const PLACES = `
  create table pts (id int primary key, name text, kind int, geom geometry(Point, 4326));
  insert into pts values (1, 'a', 1, 'SRID=4326;POINT(10 50)'), (2, 'b', 2, 'SRID=4326;POINT(20 50)');
  create view pv as select * from pts where kind = 1;
  create view over as select * from pv;`;
const REGIONS = `
  create table reg (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into reg select 'c' || g, 'n', st_makeenvelope(g, 0, g + 1, 1, 4326) from generate_series(1, 5) g;
  create table f (code text, n int);
  insert into f select 'c' || (g % 5 + 1), g from generate_series(1, 100) g;
  create view cube as select code, sum(n) n from f group by code;
  create materialized view mcube as select code, sum(n) n from f group by code;
  create unique index on mcube (code);`;
const MAPS = `
regions:
  regs: { table: reg, geometry: geom, code: code, name: name }
choropleths:
  c: { regions: regs, cube: { view: cube, region: code }, metrics: { n: { sum: n } }, classify: { method: equal, classes: 2 } }
  m: { regions: regs, cube: { view: mcube, region: code }, metrics: { n: { sum: n } }, classify: { method: equal, classes: 2 } }`;

interface Named {
  g: string | undefined;
  etag: string;
  names: unknown[];
}

/** What a layer's tile is called now, and what it shows. */
async function tileOf(server: TestServer, id: string): Promise<Named> {
  const { body } = await server.api.get(`/tiles/${id}.json`).expect(200);
  const url = new URL((body as { tiles: string[] }).tiles[0]!, 'http://localhost');
  const g = url.searchParams.get('g') ?? undefined;
  const tile = await bytesOf(server.api.get(`/tiles/${id}/0/0/0.mvt`).query(g === undefined ? {} : { g }));
  const names = featuresOf(tile.body as Buffer, id).map(({ properties }) => properties.name);
  return { g, etag: String(tile.headers.etag), names: names.sort() };
}

interface Figures {
  version: string;
  rows: [string, string, null, number][];
}

async function figures(server: TestServer, id: string): Promise<Figures> {
  return (await server.api.get(`/gis/choropleth/${id}/values.json`).expect(200)).body as Figures;
}

const first = ({ rows }: Figures): number | undefined => rows[0]?.[3];

/** The names under which `before` was known stand for nothing else now. */
function assertRenamed(now: Named, before: Named): void {
  assert.notEqual(now.g, before.g);
  assert.notEqual(now.etag, before.etag);
}

async function tracking(server: TestServer): Promise<{ status: string; detail?: string }> {
  const { body } = await server.api.get('/health').expect(200);
  return (body as { checks: { tracking: { status: string; detail?: string } } }).checks.tracking;
}

describe('a view that is replaced', () => {
  it('has other tiles and figures within the poll, under other names, also those that read it', async () => {
    const server = await newServer({ sql: PLACES + REGIONS, maps: MAPS, environment: POLLS });
    const [one, two, cube] = [
      await tileOf(server, 'pv'),
      await tileOf(server, 'over'),
      await figures(server, 'c'),
    ];
    assert.deepEqual([one.names, two.names], [['a'], ['a']]);
    await server.run(`create or replace view pv as select * from pts where kind = 2;
      create or replace view cube as select code, sum(n) * 1000 n from f group by 1`);
    await eventuallyPasses(async () => {
      const [newOne, newTwo] = [await tileOf(server, 'pv'), await tileOf(server, 'over')];
      assert.deepEqual([newOne.names, newTwo.names], [['b'], ['b']]);
      assertRenamed(newOne, one);
      assertRenamed(newTwo, two);
      const now = await figures(server, 'c');
      assert.equal(first(now), first(cube)! * 1000);
      assert.notEqual(now.version, cube.version);
    });
  });

  it('is another after a restart, too', async () => {
    const server = await newServer({ sql: PLACES, environment: HEARS_ONLY });
    const before = await tileOf(server, 'pv');
    await server.run('create or replace view pv as select * from pts where kind = 2');
    await server.stop();
    const again = await serve(server.environment);
    assertRenamed(await tileOf(again, 'pv'), before);
  });

  it('is another where a function that it calls is', async () => {
    const server = await newServer({
      sql: `${PLACES} create function label(k int) returns text language sql immutable as $$ select 'old' $$;
        create view labelled as select id, label(kind) as name, geom from pts`,
      environment: POLLS,
    });
    const before = await tileOf(server, 'labelled');
    assert.deepEqual(before.names, ['old', 'old']);
    await server.run(
      `create or replace function label(k int) returns text language sql immutable as $$ select 'new' $$`,
    );
    await eventuallyPasses(async () => {
      const now = await tileOf(server, 'labelled');
      assert.deepEqual(now.names, ['new', 'new']);
      assertRenamed(now, before);
    });
  });

  it('has no version where it reads the clock, and is kept for a moment only', async () => {
    const server = await newServer({
      sql: `${PLACES} create view clocked as select id, now()::text as name, geom from pts`,
      environment: POLLS,
    });
    const { g } = await tileOf(server, 'clocked');
    assert.equal(g, undefined);
  });
});

describe('a relation in the place of another', () => {
  it('that is a materialized view has its own figures, and a refresh sees it', async () => {
    const server = await newServer({ sql: REGIONS, maps: MAPS, environment: POLLS });
    const refresh = () =>
      server.api.post('/gis/choropleth/m/refresh?wait=true').set('X-API-Key', KEY).expect(200);
    await refresh();
    const before = await figures(server, 'm');
    await server.run(`begin;
      create materialized view mcube_new as select code, sum(n) + 1000000 n from f group by code;
      create unique index on mcube_new (code);
      drop materialized view mcube; alter materialized view mcube_new rename to mcube; commit`);
    await eventuallyPasses(async () => {
      const now = await figures(server, 'm');
      assert.equal(first(now), first(before)! + 1_000_000);
      assert.notEqual(now.version, before.version);
    });
    const swapped = await figures(server, 'm');
    await refresh();
    const [run] = await server.run<{ generation: number }>(
      `select generation from chorograph.refresh_run where status = 'succeeded' order by id desc limit 1`,
    );
    await eventuallyPasses(async () => {
      const { generation } = (await figures(server, 'm')) as unknown as { generation: { cube: string } };
      assert.match(generation.cube, new RegExp(`^g${run?.generation}\\b`));
    });
    assert.equal(first(await figures(server, 'm')), first(swapped));
    // And one that somebody else refreshes, without a word.
    await server.run(`update f set n = n + 1; refresh materialized view concurrently mcube`);
    await eventuallyPasses(async () => assert.equal(first(await figures(server, 'm')), first(swapped)! + 20));
  });

  it('that is a tracked table is served at once and named by /health, until it is tracked', async () => {
    const server = await newServer({ sql: PLACES, environment: POLLS });
    await server.run(`drop view pv cascade; select chorograph.track('pts')`);
    await eventuallyPasses(() =>
      Promise.resolve(assert.match(server.ctx.generations.of('public.pts'), /^g/)),
    );
    const before = await tileOf(server, 'pts');
    assert.equal((await tracking(server)).status, 'ok');
    await server.run(`begin; create table pts_new (like pts including all);
      insert into pts_new values (3, 'c', 1, 'SRID=4326;POINT(30 50)');
      drop table pts; alter table pts_new rename to pts; commit`);
    await eventuallyPasses(async () => {
      const now = await tileOf(server, 'pts');
      assert.deepEqual(now.names, ['c']);
      assertRenamed(now, before);
      const { status, detail } = await tracking(server);
      assert.equal(status, 'degraded');
      assert.match(detail ?? '', /public\.pts: it was made anew/);
    });
    // What is written now is found by the poll.
    await server.run(`update pts set name = 'd'`);
    await eventuallyPasses(async () => assert.deepEqual((await tileOf(server, 'pts')).names, ['d']));
    await server.run(`select chorograph.track('pts')`);
    await eventuallyPasses(async () => assert.equal((await tracking(server)).status, 'ok'));
  });
});

describe('a table of another shape', () => {
  const sql = `
    create table addc (id int primary key, name text, geom geometry(Point, 4326));
    insert into addc values (1, 'a', 'SRID=4326;POINT(10 50)');
    create table iso2 (id int primary key, name text, geom geometry(Point, 4326));
    insert into iso2 values (1, 'a', 'SRID=4326;POINT(10 50)');
    create type mood as enum ('calm', 'wild');
    create table felt (id int primary key, name mood, geom geometry(Point, 4326));
    insert into felt values (1, 'calm', 'SRID=4326;POINT(10 50)');`;
  const alterations: [what: string, layer: string, sql: string, tracked?: boolean][] = [
    ['a column more', 'addc', 'alter table addc add column pop int default 42'],
    ['a column of another type', 'addc', `alter table addc alter name type int using 7`],
    ['another key', 'addc', 'alter table addc drop constraint addc_pkey; alter table addc add primary key (name)'],
    ['another coordinate system', 'iso2', 'alter table iso2 alter geom type geometry(Point, 3857) using st_transform(geom, 3857)'],
    ['a comment', 'addc', `comment on column addc.name is 'what it is called'`],
    ['a column by another name', 'addc', 'alter table addc rename column name to title'],
    ['a value of an enum by another name', 'felt', `alter type mood rename value 'calm' to 'still'`],
  ]; // prettier-ignore
  for (const tracked of [false, true]) {
    it(`has tiles of another version within the poll, ${tracked ? 'tracked' : 'not tracked'}`, async () => {
      const server = await newServer({ sql, environment: POLLS });
      if (tracked) await server.run(`select chorograph.track('addc'), chorograph.track('iso2')`);
      await server.ctx.generations.pollAgain();
      for (const [what, layer, alter] of alterations) {
        const before = await tileOf(server, layer);
        assert.ok(before.g);
        await server.run(alter);
        await eventuallyPasses(async () => assert.notEqual((await tileOf(server, layer)).g, before.g, what));
      }
      await eventuallyPasses(async () => {
        const { body } = await server.api.get('/features/iso2').expect(200);
        const [feature] = (body as { features: { geometry: { coordinates: [number, number] } }[] }).features;
        assert.deepEqual(feature?.geometry.coordinates.map(Math.round), [10, 50], 'degrees');
        assert.deepEqual((await tileOf(server, 'iso2')).names, ['a']);
        assert.deepEqual((await tileOf(server, 'felt')).names, ['still']);
      });
    });
  }
});

// Each needs another server, which on the embedded database takes long for what is the same there.
onPostgres('settings that decide bytes', () => {
  const sql = `${PLACES}
    create table adrift (id int primary key, name text, geom geometry);
    insert into adrift values (1, 'x', 'POINT(10 50)')`;
  const nearEdge = `insert into pts values (3, 'edge', 1, 'SRID=4326;POINT(-0.5 50)')`;

  it('are part of the version: buffer, caps, coordinate system, maps.yaml', async () => {
    let server = await newServer({ sql: `${sql}; ${nearEdge}`, environment: HEARS_ONLY });
    const layers = ['pts', 'adrift'];
    const versions = async () => Object.fromEntries(
      await Promise.all(layers.map(async (id) => [id, (await tileOf(server, id)).g])),
    ) as Record<string, string>; // prettier-ignore
    const before = await versions();
    const again = async (environment: Record<string, string>, maps = ''): Promise<Record<string, string>> => {
      await server.stop();
      server = await serve({ ...server.environment, ...HEARS_ONLY, ...environment }, { maps });
      return versions();
    };
    assert.notEqual((await again({ CHOROGRAPH_TILE_BUFFER: '0' })).pts, before.pts, 'buffer');
    const base = { CHOROGRAPH_TILE_BUFFER: '64' };
    assert.notEqual(
      (await again({ ...base, CHOROGRAPH_TILE_MAX_FEATURES: '1' })).pts,
      before.pts,
      'features',
    );
    const caps = { ...base, CHOROGRAPH_TILE_MAX_FEATURES: '50000' };
    assert.notEqual(
      (await again({ ...caps, CHOROGRAPH_DEFAULT_SRID: '3857' })).adrift,
      before.adrift,
      'SRID',
    );
    const srid = { ...caps, CHOROGRAPH_DEFAULT_SRID: '4326' };
    assert.notEqual((await again(srid, 'layers: { pts: { table: pts, title: Points } }')).pts, before.pts);
  });
});

onPostgres('two instances over one database', () => {
  const pair = async (sql: string, one: Record<string, string>, two: Record<string, string>) => {
    const server = await newServer({ sql, environment: { ...HEARS_ONLY, ...one } });
    return [server, await serve({ ...server.environment, ...two })] as const;
  };

  it('give one tile under one ETag, and a version to each engine', async () => {
    const [one, two] = await pair(
      `create table land (id int primary key, name text, geom geometry(Polygon, 4326));
       insert into land select 1, 'l', st_buffer(st_setsrid(st_point(10, 50), 4326), 20, 64)`,
      {},
      { CHOROGRAPH_MEMORY_VERTICES: '0' },
    );
    const tile = async (server: TestServer) => bytesOf(server.api.get('/tiles/land/3/4/2.mvt').expect(200));
    const [a, b] = [await tile(one), await tile(two)];
    assert.notDeepEqual(a.body, b.body, 'or this tells nothing');
    assert.notEqual(a.headers.etag, b.headers.etag);
    const [mine, other] = [await tileOf(one, 'land'), await tileOf(two, 'land')];
    assert.notEqual(mine.g, other.g);
    const foreign = await bytesOf(two.api.get(`/tiles/land/3/4/2.mvt?g=${mine.g}`).expect(200));
    assert.doesNotMatch(String(foreign.headers['cache-control']), /immutable/);
  });

  it('give no two bodies under one ETag before either has polled', async () => {
    const [one, two] = await pair(
      PLACES,
      { CHOROGRAPH_MEMORY_VERTICES: '0' },
      { CHOROGRAPH_MEMORY_VERTICES: '0' },
    );
    const before = await tileOf(one, 'pts');
    await one.run(`update pts set name = 'z'`);
    const after = await tileOf(two, 'pts');
    assert.deepEqual(
      [before.names, after.names],
      [
        ['a', 'b'],
        ['z', 'z'],
      ],
    );
    assert.notEqual(after.etag, before.etag);
  });
});
