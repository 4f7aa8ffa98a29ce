import assert from 'node:assert/strict';
import { newServer, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { eventually } from '../support/eventually.ts';

/** The environment of a server that connects to the same database as another role. */
function as(role: string, { environment }: TestServer): Record<string, string> {
  const url = new URL(environment.DATABASE_URL ?? '');
  url.username = role;
  return { ...environment, DATABASE_URL: url.href };
}

onPostgres('a database of somebody else', () => {
  const role = `reader_${process.pid}`;
  let owner: TestServer;
  let server: TestServer;

  before(async () => {
    owner = await newServer({
      sql: `
        create table open (id int primary key, name text, secret text, geom geometry(point, 4326));
        insert into open values (1, 'a', 'hidden', 'SRID=4326;POINT(10 10)');
        create table closed as select * from open;
        create table closed_key (id int primary key, name text, geom geometry(point, 4326));
        insert into closed_key values (1, 'a', 'SRID=4326;POINT(10 10)');
        create table closed_geometry as select * from open;
        create schema hidden;
        create table hidden.t as select * from open;
        create function public.closed_function(z int, x int, y int) returns bytea language sql as $$ select 'x'::bytea $$;
        create role ${role} login;
        grant select (id, name, geom) on open to ${role};
        grant select (name, geom) on closed_key to ${role};
        grant select (id, name) on closed_geometry to ${role};
        grant select on hidden.t to ${role};
        revoke execute on function public.closed_function from public;
      `,
    });
    await owner.run('drop schema chorograph cascade');
    await owner.run(`revoke create on schema public from ${role}`);
    server = await serve(as(role, owner));
  });
  after(async () => {
    await server.stop();
    await owner.run(`drop owned by ${role}`);
    await owner.run(`drop role ${role}`);
  });

  it('gets no schema of ours', async () => {
    const [row] = await owner.run(`select count(*)::int as n from pg_namespace where nspname = 'chorograph'`);
    assert.deepEqual(row, { n: 0 });
    const { body } = await server.api.get('/health/ready').expect(200);
    assert.equal(body.status, 'ok');
  });

  it('is served as far as its role may read', async () => {
    const tile = await bytesOf(server.api.get('/tiles/open/0/0/0.mvt').expect(200));
    assert.deepEqual({ ...featuresOf(tile.body as Buffer, 'open')[0]?.properties }, { name: 'a' });
    const { body } = await server.api.get('/features/open').expect(200);
    assert.deepEqual(body.features[0].properties, { id: 1, name: 'a' });
    await server.api.get('/features/open/1').expect(200);
    await server.api.get('/features/open?secret=hidden').expect(400);
    await server.api.get('/tiles/open/0/0/0.mvt?columns=secret').expect(400);
    await server.api.get('/tiles/open.json').expect(200);
  });

  it('is served without the key where only that may not be read', async () => {
    const { body } = await server.api.get('/features/closed_key').expect(200);
    assert.deepEqual(body.features[0].properties, { name: 'a' });
    assert.equal('id' in body.features[0], false);
  });

  it('lists what its role may not read, with the reason', async () => {
    const { body } = await server.api.get('/tiles').expect(200);
    const problems = (body as { layers: { id: string; reason?: string }[] }).layers
      .filter(({ reason }) => reason !== undefined)
      .map(({ id, reason }) => [id, reason]);
    assert.deepEqual(problems.sort(), [
      ['closed', 'no_select_privilege'],
      ['closed_function', 'no_select_privilege'],
      ['closed_geometry', 'no_select_privilege'],
      ['hidden.t', 'no_select_privilege'],
    ]);
    await server.api.get('/features/closed').expect(501);
  });

  it('is noticed when a right is taken away', async () => {
    await owner.run(
      `revoke select on open from ${role}; revoke select (id, name, geom) on open from ${role}`,
    );
    await server.api.get('/features/open').expect(502);
    const { body } = await server.api.get('/features/open').expect(501);
    assert.equal(body.reason, 'no_select_privilege');
  });

  it('shows changed data without tracking', async () => {
    const polled = await serve({ ...as(role, owner), CHOROGRAPH_CHANGE_POLL_S: '1' });
    const names = async (): Promise<unknown[]> => {
      const { body } = await bytesOf(polled.api.get('/tiles/closed_key/0/0/0.mvt'));
      return featuresOf(body as Buffer, 'closed_key').map(({ properties }) => properties.name);
    };
    assert.deepEqual(await names(), ['a']);
    await owner.run(`update closed_key set name = 'b'`);
    await eventually(async () => (await names())[0] === 'b', 'found by polling');
    await polled.stop();
  });
});

onPostgres('foreign tables', () => {
  it('are served, and asked again after a moment, as nothing tells of their changes', async () => {
    const server = await newServer({
      sql: `
        create extension postgres_fdw;
        create table here (id int primary key, name text, geom geometry(point, 4326));
        insert into here values (1, 'a', 'SRID=4326;POINT(10 10)');
        do $$ begin
          execute format('create server loopback foreign data wrapper postgres_fdw options (dbname %L, host %L, port %L)',
            current_database(), '127.0.0.1', current_setting('port'));
        end $$;
        create user mapping for current_user server loopback options (user 'postgres');
        create foreign table there (id int, name text, geom geometry(point, 4326)) server loopback
          options (schema_name 'public', table_name 'here');
        create view through as select * from there;`,
    });
    for (const id of ['there', 'through']) {
      const tile = await bytesOf(server.api.get(`/tiles/${id}/0/0/0.mvt`).expect(200));
      assert.equal(featuresOf(tile.body as Buffer, id)[0]?.properties.name, 'a');
      assert.doesNotMatch(String(tile.headers['cache-control']), /immutable/);
      const { body } = await server.api.get(`/tiles/${id}.json`).expect(200);
      assert.doesNotMatch(body.tiles[0], /g=/);
      await server.api.get(`/features/${id}`).expect(200);
    }
    const { body } = await server.api.get('/tiles').expect(200);
    assert.equal(body.layers.find(({ id }: { id: string }) => id === 'there').kind, 'foreign table');
  });
});

onPostgres('tables whose changes the database does not count', () => {
  it('are asked again after a moment, but for those that are tracked', async () => {
    const server = await newServer({
      sql: `
        create table plain (id int primary key, name text, geom geometry(point, 4326));
        insert into plain values (1, 'a', 'SRID=4326;POINT(10 10)');
        create table tracked (like plain including all);
        insert into tracked table plain;
        select chorograph.track('tracked');
        do $$ begin execute format('alter database %I set track_counts = off', current_database()); end $$;`,
      environment: { CHOROGRAPH_CHANGE_POLL_S: '1' },
    });
    const own = await serve(server.environment);
    for (const id of ['plain', 'tracked']) {
      const { body } = await own.api.get(`/tiles/${id}.json`).expect(200);
      assert.equal(/g=/.test(body.tiles[0]), id === 'tracked', id);
      const tile = async (): Promise<unknown> => {
        const { body: bytes } = await bytesOf(own.api.get(`/tiles/${id}/0/0/0.mvt`).expect(200));
        return featuresOf(bytes as Buffer, id)[0]?.properties.name;
      };
      assert.equal(await tile(), 'a');
      await own.run(`update ${id} set name = 'b'`);
      await eventually(async () => (await tile()) === 'b', `the change of ${id}`);
    }
  });
});
