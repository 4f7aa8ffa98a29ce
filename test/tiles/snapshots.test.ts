import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../server/db/types.ts';
import { RowFaults } from '../../server/catalog/faults.ts';
import { relationName, type TableLayer } from '../../server/catalog/types.ts';
import { MemoryLayers } from '../../server/engine/memory/layers.ts';
import {
  memoryIndexOptions,
  type LayerLoaded,
  type MemoryEvent,
  type MemoryLayer,
} from '../../server/engine/memory/memory-layer.ts';
import { memoryTile } from '../../server/engine/memory/tile.ts';
import type { LayerHead } from '../../server/engine/snapshots/layer-file.ts';
import { pack, unpack } from '../../server/engine/snapshots/pack.ts';
import { SnapshotFolder } from '../../server/engine/snapshots/folder.ts';
import { Snapshots } from '../../server/engine/snapshots/snapshots.ts';
import { Generations } from '../../server/generations/generations.ts';
import { atOnce } from '../../server/tools/turns.ts';
import { columnsOf } from '../../server/tiles/table.ts';
import { newServer, onPostgres, withDatabase, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const TABLES = `
  create table circles (id int primary key, name text, share numeric, day date, at timestamptz, open boolean, many bigint,
    geom geometry(polygon, 4326));
  insert into circles select i, case when i % 3 > 0 then 'kréis ' || i % 4 end, i / 7.0, date '2024-02-29' + i, now(), i % 2 = 0,
    9007199254740993 + i, st_buffer(st_setsrid(st_makepoint(i % 6, i / 6), 4326), 0.7, 4) from generate_series(0, 29) i;
  create table ways (name text, geom geometry(linestring, 4326));
  insert into ways select 'way ' || i, st_setsrid(st_makeline(st_makepoint(i, 0), st_makepoint(i + 1, i)), 4326) from generate_series(1, 9) i;
  create table stops (code text primary key, n float8, geom geometry(point, 32632));
  insert into stops select 'c' || i, case i when 3 then 'NaN'::float8 else i + 0.1 end,
    st_setsrid(st_makepoint(500000 + 1000 * i, 5500000), 32632) from generate_series(1, 9) i;
  create table many as select i as id, 'n ' || i % 9 as name, st_buffer(st_setsrid(st_makepoint(i % 60, i / 60), 4326), 0.6, 3) as geom
    from generate_series(1, 2100) i;
  alter table many add primary key (id);
  create table faulty as select i as id, st_setsrid(st_makepoint(case i when 7 then 'NaN'::float8 else i % 60 end, i / 60), 4326)::geometry(point, 4326) as geom
    from generate_series(1, 2100) i;
  create function public.named(i int) returns text language sql immutable as $$ select 'before ' || i $$;
  create view named_stops as select code, named(length(code)) as name, geom from stops;
  analyze;`;

interface Life {
  program?: string;
  restMs?: number;
  maxBytes?: number;
  db?: Database;
  /** Whether files are memory of all processes. */
  isMapped?: boolean;
  isShared?: boolean;
}

/** Tiles of the first zooms, and one of each further one. */
function* coords() {
  for (let z = 0; z < 3; z++)
    for (let x = 0; x < 2 ** z; x++) for (let y = 0; y < 2 ** z; y++) yield { z, x, y };
  for (let z = 3; z < 17; z++) yield { z, x: Math.floor(2 ** z * (0.5 + 2.6 / 360)), y: 2 ** (z - 1) - 1 };
}

describe('layers on disk', () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    server = await newServer({ sql: TABLES });
    folder = await mkdtemp(join(tmpdir(), 'chorograph-layers-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What a process has for a layer: `get` loads it. */
  async function born(id: string, options: Life) {
    const { ctx } = server;
    const { program = 'a', restMs = 60_000, maxBytes = 1e8, db = ctx.db, isMapped = true } = options;
    const { isShared = false } = options;
    const quiet = (): void => {};
    const generations = new Generations(db, quiet);
    if (ctx.generations.tracking) generations.enableTracking();
    await generations.poll();
    const index = memoryIndexOptions({ buffer: 64 });
    const how = { prefix: 'test', maxBytes, program, index, restMs, isShared };
    const files = new SnapshotFolder(folder, maxBytes, isMapped ? undefined : async () => undefined);
    const snapshots = new Snapshots(files, how, db, generations);
    const loads: LayerLoaded['from'][] = [];
    const observe = (event: MemoryEvent): void => {
      if (event.type === 'layer.loaded') loads.push(event.from);
    };
    const limits = { maxVertices: 2_000_000, buffer: 64, snapshots };
    const memory = new MemoryLayers(db, limits, observe, generations, new RowFaults(db, quiet));
    const layer = ctx.catalog.all().find((one): one is TableLayer => one.id === id && one.type === 'table');
    assert.ok(layer);
    const token = generations.of(relationName(layer));
    assert.equal(await memory.fits(layer, token), true);
    const again = async (): Promise<MemoryLayer> => {
      await generations.pollAgain();
      return memory.get(layer, generations.of(relationName(layer)));
    };
    return { get: () => memory.get(layer, token), again, snapshots, loads };
  }

  async function tilesOf(loaded: MemoryLayer): Promise<string[]> {
    const { source: layer } = loaded;
    const tiles: string[] = [];
    for (const coord of coords()) {
      const columns = columnsOf(layer, undefined);
      const caps = { maxFeatures: 1_000, maxBytes: 1e6 };
      const { bytes } = await memoryTile(loaded, { name: layer.id, coord, columns, filters: [], ...caps });
      tiles.push(Buffer.from(bytes).toString('latin1'));
    }
    return tiles;
  }

  /** One life of a process: what it loads is on disk in the end. Tells where the layer came from, and its tiles. */
  async function life(id: string, options: Life = {}) {
    const { get, snapshots, loads } = await born(id, options);
    const tiles = await tilesOf(await get());
    if (options.restMs === 0) await eventuallyPasses(async () => assert.equal((await zooms()).length, 17));
    await snapshots.stop();
    // Counters that come late have it read once more.
    return { from: loads[0], tiles };
  }

  const files = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith('.layer')).map((name) => join(folder, name));
  const theFile = async (): Promise<string> => {
    const [path = '', ...others] = await files();
    assert.deepEqual(others, []);
    return path;
  };
  const unpacked = async () => {
    const bytes = new Uint8Array(await readFile(await theFile()));
    return atOnce(unpack<LayerHead>(bytes.slice()));
  };
  const zooms = async (): Promise<readonly number[]> => (await unpacked())?.head.zooms ?? [];
  afterEach(async () => {
    for (const file of await files()) await rm(file);
  });

  /** What came from where in one life after another. */
  const from = async (id: string, options: Life = {}): Promise<string | undefined> =>
    (await life(id, options)).from;

  for (const id of ['circles', 'ways', 'stops', 'named_stops', 'many']) {
    it(`give the very bytes of the database: ${id}`, async () => {
      const first = await life(id);
      const second = await life(id);
      const third = await life(id, { isMapped: false });
      assert.deepEqual([first.from, second.from, third.from], ['database', 'disk', 'disk']);
      assert.ok(second.tiles.some((tile) => tile.length > 0));
      assert.deepEqual(second.tiles, first.tiles);
      assert.deepEqual(third.tiles, first.tiles);
      assert.equal((await stat(await theFile())).mode & 0o777, 0o600);
    });
  }

  it('have what takes longest to make, and an earlier run that ended too soon is made up for', async () => {
    const first = await life('circles');
    assert.deepEqual(await zooms(), []);
    const second = await life('circles', { restMs: 0 });
    const third = await life('circles');
    assert.deepEqual([second.from, third.from], ['disk', 'disk']);
    assert.deepEqual(second.tiles, first.tiles);
    assert.deepEqual(third.tiles, first.tiles);
  });

  for (const id of ['circles', 'many'])
    it(`are read by one of two processes that want them at once, and are the same memory for both: ${id}`, () =>
      oneOfTwo(id));

  async function oneOfTwo(id: string): Promise<void> {
    const processes = await Promise.all([1, 2].map(() => born(id, { restMs: 0, isShared: true })));
    const layers = await Promise.all(processes.map(({ get }) => get()));
    assert.deepEqual(processes.flatMap(({ loads }) => loads).sort(), ['database', 'disk']);
    const before = await Promise.all(layers.map(tilesOf));
    assert.deepEqual(before[0], before[1]);
    await eventuallyPasses(async () => {
      const { size } = await stat(await theFile());
      assert.equal((await zooms()).length, 17);
      for (const { index, values } of layers) {
        assert.equal(index.topology.coords.buffer.byteLength, size);
        assert.ok(!Array.isArray(values.get('name')));
      }
    });
    assert.deepEqual(await Promise.all(layers.map(tilesOf)), before);
    await Promise.all(processes.map(({ snapshots }) => snapshots.stop()));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => !name.endsWith('.layer')),
      [],
    );
  }

  it('have rows that are left out nowhere, and are not kept', async () => {
    const lives = [await life('faulty'), await life('faulty')];
    assert.deepEqual(
      lives.map(({ from }) => from),
      ['database', 'database'],
    );
    assert.deepEqual(lives[1]?.tiles, lives[0]?.tiles);
    assert.deepEqual(await files(), []);
  });

  it('come all the same where none can be written', async () => {
    const first = await life('many', { maxBytes: 1_000 });
    assert.deepEqual(await files(), []);
    const second = await life('many');
    assert.deepEqual([first.from, second.from], ['database', 'database']);
    assert.deepEqual(first.tiles, second.tiles);
  });

  it('are not written again and again where their data changes all the time, and are there at once', async () => {
    await server.run(`select chorograph.track('many')`);
    const { get, again, snapshots } = await born('many', { restMs: 0 });
    await get();
    await eventuallyPasses(async () => assert.equal((await zooms()).length, 17));
    const { mtimeMs } = await stat(await theFile());
    await server.run(`update many set name = 'other ' || id`);
    const changed = await tilesOf(await again());
    assert.ok(changed.some((tile) => tile.includes('other 61')));
    assert.equal((await stat(await theFile())).mtimeMs, mtimeMs);
    await snapshots.stop();
    const { from, tiles } = await life('many');
    assert.equal(from, 'disk'); // the server that stopped has written it
    assert.deepEqual(tiles, changed);
    await server.run(`select chorograph.untrack('many')`);
  });

  it('are not taken after the data changed while nobody looked, counted or tracked', async () => {
    for (const track of ['select 1', `select chorograph.track('stops')`]) {
      await server.run(track);
      await life('stops');
      assert.equal(await from('stops'), 'disk');
      await server.run(`update stops set n = n + 1 where code = 'c5'`);
      const changed = await life('stops');
      assert.equal(changed.from, 'database');
      assert.equal(await from('stops'), 'disk'); // written anew
    }
    await server.run(`select chorograph.untrack('stops')`);
  });

  it('are not taken after a view, a function in it or its table came to give something else', async () => {
    await life('named_stops');
    assert.equal(await from('named_stops'), 'disk');
    await server.run(`create or replace function public.named(i int) returns text language sql immutable as
      $$ select 'after ' || i $$`);
    const changed = await life('named_stops');
    assert.equal(changed.from, 'database');
    assert.ok(changed.tiles.some((tile) => tile.includes('after 2')));
    await server.run('update stops set geom = st_translate(geom, 1, 0)');
    assert.equal(await from('named_stops'), 'database');
  });

  it('are not taken by another program, or where another layer is meant', async () => {
    await life('circles');
    assert.equal(await from('circles', { program: 'b' }), 'database');
    assert.equal(await from('circles', { program: 'b' }), 'disk');
    await server.run('alter table circles add column more int');
    await server.rediscover();
    assert.equal(await from('circles', { program: 'b' }), 'database');
  });

  it('are read anew, and written, where a file is not what it was', async () => {
    const first = await life('circles');
    const path = await theFile();
    const whole = await readFile(path);
    const flipped = (at: number): Buffer => Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 1 : byte)));
    const swapped = Buffer.from(whole);
    swapped.subarray(8, 12).reverse(); // as a machine of other endianness writes it
    const other = atOnce(unpack<LayerHead>(new Uint8Array(whole).slice()));
    assert.ok(other);
    const older = Buffer.concat(pack({ ...other, head: { ...other.head, key: 'that of an older program' } }));
    const broken = [
      whole.subarray(0, -8),
      whole.subarray(0, 20),
      Buffer.alloc(0),
      Buffer.from('{}'),
      swapped,
      older,
    ];
    for (const bytes of [...broken, flipped(whole.length - 100), flipped(60), flipped(20)]) {
      await writeFile(path, bytes);
      const { from, tiles } = await life('circles');
      assert.equal(from, 'database');
      assert.deepEqual(tiles, first.tiles);
      assert.deepEqual((await readFile(path)).length, whole.length);
    }
  });

  it('take no more room than they may: what was not used for longest goes', async () => {
    await life('stops');
    const { size } = await stat(await theFile());
    await life('ways');
    await life('stops'); // used
    assert.equal((await files()).length, 2);
    await life('circles', { maxBytes: size + 1 }); // too large to be kept itself
    const left = await theFile();
    assert.equal((await stat(left)).size, size);
    assert.equal(await from('stops'), 'disk');
  });

  onPostgres('for another role, or with other settings', () => {
    /** A life over connections of its own. */
    const anew = (id: string, user?: string): Promise<string | undefined> => {
      const url = new URL(String(server.environment['DATABASE_URL']));
      if (user !== undefined) url.username = user;
      return withDatabase({ ...server.environment, DATABASE_URL: url.href }, (db) => from(id, { db }));
    };

    it('are not taken', async () => {
      const [own] = await server.run<{ name: string }>('select current_database() as name');
      const role = `reader_${process.pid}`;
      await server.run(`select chorograph.track('stops');
        create role ${role} login; grant usage on schema public, chorograph to ${role};
        grant select on all tables in schema public, chorograph to ${role};
        alter table stops enable row level security;
        create policy few on stops to ${role} using (n > 5)`);
      await server.rediscover();
      try {
        await anew('stops');
        await server.run(`alter database "${own?.name}" set timezone = 'Asia/Kathmandu'`);
        assert.equal(await anew('stops'), 'database', 'a setting');
        await server.run(`update spatial_ref_sys set proj4text = proj4text || ' ' where srid = 32632`);
        assert.equal(await anew('stops'), 'database', 'a coordinate system');
        assert.equal(await anew('stops', role), 'database', 'a role');
        await server.run(`drop policy few on stops; create policy few on stops to ${role} using (n > 8)`);
        assert.equal(await anew('stops', role), 'database', 'what it may see');
      } finally {
        await server.run(`drop owned by ${role}; drop role ${role}`);
      }
    });
  });
});
