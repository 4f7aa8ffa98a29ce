import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../server/errors.ts';
import { openEmbedded } from '../../server/db/embedded/index.ts';
import type { EmbeddedDatabase } from '../../server/db/embedded/index.ts';
import { connect, scratch, value, withClient } from './embedded-support.ts';
import { templateDir } from './template.ts';
import type { Scratch } from './embedded-support.ts';
import { onEmbedded } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const BOWTIE = "ST_GeomFromText('POLYGON((0 0,10 10,10 0,0 10,0 0))')";
const SQUARE = "ST_GeomFromText('POLYGON((1 1,9 1,9 9,1 9,1 1))')";
const OVERLAY = `select ST_AsText(ST_Intersection(${BOWTIE}, ${SQUARE}))`;

// Tests share the database, so each begins with what a failed attempt of its own may have left.
onEmbedded('embedded database', function () {
  this.timeout(300_000);
  let place: Scratch;
  let database: EmbeddedDatabase;

  before(async () => {
    place = await scratch();
    database = await place.open();
  });
  after(() => place.remove());

  describe('for pg clients', () => {
    it('answers PostGIS queries over a socket that only its owner can reach', async () => {
      const area = await withClient(database.connection, (client) =>
        value(client, 'select ST_Area(ST_MakeEnvelope(0, 0, $1::float8, 2))', [3]),
      );
      assert.equal(area, 6);
      assert.equal((await stat(database.connection.host)).mode & 0o777, 0o700);
    });

    it('has trigram search', () =>
      withClient(database.connection, async (client) => {
        assert.equal(await value(client, "select similarity('province', 'province')"), 1);
      }));

    it('keeps the messages of many clients apart', async () => {
      const clients = await Promise.all(Array.from({ length: 5 }, () => connect(database.connection)));
      const answers = await Promise.all(
        clients.map(async (client, i) => {
          const mine: unknown[] = [];
          for (let j = 0; j < 20; j++)
            mine.push(await value(client, 'select $1::int * 100 + $2::int', [i, j]));
          return mine;
        }),
      );
      assert.deepEqual(
        answers,
        clients.map((_, i) => Array.from({ length: 20 }, (_, j) => i * 100 + j)),
      );
      await Promise.all(clients.map((client) => client.end()));
    });

    it('lets no other client into a transaction', async () => {
      const [one, two] = [await connect(database.connection), await connect(database.connection)];
      await one.query('drop table if exists alone; create table alone (n int)');
      await one.query('begin');
      await one.query('insert into alone values (1)');
      const outside = two.query('insert into alone values (2)');
      await one.query('rollback');
      await outside;
      assert.deepEqual((await one.query('select n from alone')).rows, [{ n: 2 }]);
      await Promise.all([one.end(), two.end()]);
    });

    it('rolls back when a client goes away inside its transaction', async () => {
      const gone = await connect(database.connection);
      await gone.query('drop table if exists gone; create table gone (n int)');
      await gone.query('begin');
      await gone.query('insert into gone values (1)');
      (gone as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      await withClient(database.connection, async (client) => {
        assert.equal(await value(client, 'select count(*)::int from gone'), 0);
      });
    });

    it('starts with a clean session once the last client has left', async () => {
      await withClient(database.connection, (client) => client.query("set application_name = 'left'"));
      // The end of a connection may be seen after the beginning of the next.
      await eventuallyPasses(() =>
        withClient(database.connection, async (client) => {
          assert.equal(await value(client, "select current_setting('application_name')"), '');
        }),
      );
    });

    it('delivers a notification at commit to a client that does nothing but listen', async () => {
      const [listener, writer] = [await connect(database.connection), await connect(database.connection)];
      await listener.query('listen refreshed');
      const received: unknown[] = [];
      const notified = once(listener, 'notification');
      listener.on('notification', ({ channel, payload }) => received.push([channel, payload]));
      await writer.query('begin');
      await writer.query("select pg_notify('refreshed', 'lost')");
      await writer.query('rollback');
      await writer.query('begin');
      await writer.query("select pg_notify('refreshed', 'generation 2')");
      assert.deepEqual(received, [], 'nothing before the commit');
      await writer.query('commit');
      await notified;
      assert.deepEqual(received, [['refreshed', 'generation 2']]);
      await Promise.all([listener.end(), writer.end()]);
    });
  });

  describe('where WebAssembly would hide a failure', () => {
    it('reports an overlay of an invalid polygon as an error, never as zero rows', () =>
      withClient(database.connection, async (client) => {
        await assert.rejects(client.query(OVERLAY), { code: 'XX000', message: /TopologyException.*5 5/ });
        const notices: string[] = [];
        client.on('notice', ({ message }) => notices.push(message ?? ''));
        assert.equal(await value(client, 'select 7'), 7);
        assert.deepEqual(notices, [], 'nothing of the failed query is left open');
      }));

    it('aborts the transaction of the overlay, savepoints and exception blocks included', () =>
      withClient(database.connection, async (client) => {
        await client.query('begin');
        await client.query('savepoint before');
        await assert.rejects(client.query(OVERLAY));
        await assert.rejects(client.query('select 1'), { code: '25P02' });
        await client.query('rollback to before');
        await client.query('create temp table caught (message text) on commit drop');
        await client.query(`do $$ begin perform ST_Union(${BOWTIE}, ${SQUARE});
          exception when others then insert into caught values (sqlerrm); end $$`);
        assert.match(String(await value(client, 'select message from caught')), /TopologyException/);
        await client.query('commit');
      }));

    it('still answers after thousands of errors', () =>
      withClient(database.connection, async (client) => {
        await client.query('drop table if exists codes; create table codes (id int primary key)');
        for (let i = 0; i < 3000; i++) {
          await assert.rejects(client.query(i % 2 ? OVERLAY : 'select 1/0'), {
            code: i % 2 ? 'XX000' : '22012',
          });
        }
        assert.equal(await value(client, 'select count(*)::int from codes'), 0);
      }));
  });

  describe('when its process fails', () => {
    it('comes back after a crash with what was committed', async () => {
      const crashed = await connect(database.connection);
      await crashed.query('drop table if exists kept');
      await crashed.query('create table kept as select generate_series(1, 1000) as n');
      await crashed.query('begin');
      await crashed.query('delete from kept');
      const before = database.pid ?? 0;
      const ended = new Promise((resolve) => crashed.once('end', resolve));
      process.kill(before, 'SIGKILL');
      await ended;
      await database.ready();
      assert.notEqual(database.pid, before);
      await withClient(database.connection, async (client) => {
        assert.equal(await value(client, 'select count(*)::int from kept'), 1000);
      });
    });

    it('is restarted while it hangs in a query, once for all who ask', async () => {
      let restarts = 0;
      const stop = database.onRespawn(() => (restarts += 1));
      const hanging = await connect(database.connection);
      await hanging.query('drop table if exists before_hang; create table before_hang as select 1 as n');
      const query = hanging.query('select count(*) from generate_series(1, 1e9)');
      const rejected = assert.rejects(query, /terminated/);
      await sleep(200);
      await Promise.all([database.respawn('a query took too long'), database.respawn('another one')]);
      await rejected;
      stop();
      assert.equal(restarts, 1);
      await withClient(database.connection, async (client) => {
        assert.equal(await value(client, 'select n from before_hang'), 1);
      });
    });

    it('loses nothing that was committed, however often it is killed while writing', async () => {
      await withClient(database.connection, (client) =>
        client.query('drop table if exists log; create table log (n int primary key)'),
      );
      let committed = 0;
      for (let round = 0; round < 3; round++) {
        const replaced = respawned(database);
        const writer = await connect(database.connection);
        const killer = setTimeout(() => process.kill(database.pid ?? 0, 'SIGKILL'), 50 + 70 * round);
        try {
          for (;;) {
            await writer.query('insert into log values ($1)', [committed + 1]);
            committed += 1;
          }
        } catch {
          clearTimeout(killer);
        }
        await replaced;
        await withClient(database.connection, async (client) => {
          const found = (await value(client, 'select coalesce(max(n), 0) from log')) as number;
          // The last one may have been committed without its answer getting through.
          assert.ok(found === committed || found === committed + 1, `${found} of ${committed} rows`);
          assert.equal(await value(client, 'select count(*)::int from log'), found);
          committed = found;
        });
      }
      assert.ok(committed > 0);
    });
  });

  it('refuses a second server on the same folder and names the first', async () => {
    await assert.rejects(openEmbedded({ dataDir: place.dataDir }), new RegExp(`by process ${process.pid} `));
    await withClient(database.connection, async (client) => {
      assert.equal(await value(client, 'select 1'), 1, 'the first is not disturbed');
    });
  });

  it('keeps its data when closed and opened again', async () => {
    await withClient(database.connection, (client) =>
      client.query("drop table if exists again; create table again as select 'yes' as t"),
    );
    await database.close();
    await assert.rejects(database.ready(), (error) => {
      return error instanceof AppError && error.code === 'database_unavailable';
    });
    const left = (await readdir(place.folder)).filter((name) => !name.startsWith('postgis-'));
    assert.deepEqual(left, ['db'], 'no lock and no socket is left');
    database = await place.open();
    await withClient(database.connection, async (client) => {
      assert.equal(await value(client, 'select t from again'), 'yes');
    });
  });
});

onEmbedded('creating the embedded database', function () {
  this.timeout(300_000);
  let place: Scratch;

  beforeEach(async () => {
    place = await scratch();
  });
  afterEach(() => place.remove());

  it('reports its steps and clears what an earlier attempt left half-made', async () => {
    const leftover = `${place.dataDir}.new-1234`;
    await mkdir(leftover);
    await writeFile(join(leftover, 'PG_VERSION'), '18');
    const steps: [string, number][] = [];
    const database = await openEmbedded({
      dataDir: place.dataDir,
      onProgress: (message, elapsedMs) => steps.push([message, elapsedMs]),
    });
    try {
      assert.deepEqual(
        steps.map(([message]) => message),
        ['creating the database', 'installing PostGIS', 'opening the database', 'the database is ready'],
      );
      assert.deepEqual(
        steps.map(([, elapsed]) => elapsed),
        steps.map(([, elapsed]) => elapsed).sort((a, b) => a - b),
      );
      await assert.rejects(access(leftover));
      const kept = (await readdir(place.folder)).filter((name) => name.startsWith('postgis-'));
      assert.match(kept.join(), /^postgis-\d+\.tar\.gz$/);
      const offered = await withClient(database.connection, (client) =>
        value(
          client,
          `select string_agg(name, ',') from pg_available_extensions where name like 'postgis%' and installed_version = default_version`,
        ),
      );
      assert.equal(offered, 'postgis');
    } finally {
      await database.close();
    }
  });

  it('leaves no data folder when it fails', async () => {
    const missing = openEmbedded({ dataDir: place.dataDir, templateDir: join(place.folder, 'missing') });
    await assert.rejects(missing, { code: 'ENOENT' });
    assert.deepEqual(await readdir(place.folder), []);
  });

  it('puts the socket elsewhere when the path of the data folder is too long for one', async () => {
    const dataDir = join(place.folder, 'deep'.repeat(30), 'db');
    const database = await openEmbedded({ dataDir, templateDir: await templateDir() });
    const { host } = database.connection;
    try {
      assert.ok(!host.startsWith(place.folder));
      assert.equal((await stat(host)).mode & 0o777, 0o700);
      await withClient(database.connection, async (client) => {
        assert.equal(await value(client, 'select 1'), 1);
      });
    } finally {
      await database.close();
    }
    await assert.rejects(access(host), 'the folder of the socket is removed');
  });

  it('ends with its parent, even in the middle of a query', async () => {
    const helper = fileURLToPath(new URL('./embedded-parent.ts', import.meta.url));
    const parent = fork(helper, [place.dataDir, await templateDir()]);
    const [childPid] = (await once(parent, 'message')) as [number];
    assert.ok(isRunning(childPid));
    parent.kill('SIGKILL');
    while (isRunning(childPid)) await sleep(50); // the test's own timeout ends this
    const database = await place.open();
    await withClient(database.connection, async (client) => {
      assert.equal(await value(client, 'select n from committed'), 1);
    });
  });
});

function respawned(database: EmbeddedDatabase): Promise<void> {
  return new Promise((resolve) => {
    const stop = database.onRespawn(() => {
      stop();
      resolve();
    });
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
