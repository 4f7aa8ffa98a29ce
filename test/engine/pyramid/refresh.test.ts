import assert from 'node:assert/strict';
import { newServer, onPostgres, serve, untilFileEnds, type TestServer } from '../../support/environment.ts';
import { Pyramids } from '../../../server/engine/pyramid/pyramids.ts';
import { tileFeatures, total } from './support.ts';
import { eventually, eventuallyPasses } from '../../support/eventually.ts';

const SQL = `create table spots (id int primary key, geom geometry(Point, 4326), kind text);
  insert into spots select i, st_setsrid(st_makepoint(10 + i * 0.001, 50), 4326), 'old' from generate_series(1, 100) i;`;
const MAPS = 'layers: { spots: { table: spots, pyramid: { below: 8, countBy: kind } } }';
const WORLD = { z: 0, x: 0, y: 0 };

const insert = (from: number, to: number): string =>
  `insert into spots select i, st_setsrid(st_makepoint(11, 51), 4326), 'new' from generate_series(${from}, ${to}) i`;

describe('refresh of a pyramid', () => {
  let server: TestServer;
  /** Rows of the table: tests add to it in turn. */
  let rows = 100;

  before(async function () {
    server = await newServer({ sql: SQL, maps: MAPS, environment: { CHOROGRAPH_CHANGE_POLL_S: '1' } });
    await server.ctx.pyramids.settled();
  });

  const add = async (count: number): Promise<void> => {
    await server.run(insert(rows + 1, rows + count));
    rows += count;
  };
  const counted = async (): Promise<number> => total(await tileFeatures(server, 'spots', WORLD));
  const build = () => server.ctx.pyramids.of(server.ctx.catalog.layer('spots'))?.build;
  const url = async (): Promise<string> =>
    ((await server.api.get('/tiles/spots.json')).body as { tiles: string[] }).tiles[0]!;

  it('follows a table that nothing tracks', async function () {
    await add(30);
    await eventually(async () => (await counted()) === rows, '130 points');
  });

  it('follows a tracked table', async function () {
    await server.run(`select chorograph.track('spots')`);
    await add(20);
    await eventually(async () => (await counted()) === rows, '150 points');
    const [cell] = await tileFeatures(server, 'spots', WORLD);
    assert.deepEqual([cell?.properties.count_old, cell?.properties.count_new], [100, 50]);
  });

  it('builds nothing where nothing changed', async () => {
    await server.ctx.pyramids.settled();
    const table = build()?.table;
    assert.equal(await server.ctx.pyramids.build('spots'), 'current');
    assert.equal(build()?.table, table);
  });

  it('raises its generation, changes the tile URLs and leaves one table', async () => {
    const generation = async (): Promise<number> =>
      (
        await server.run<{ generation: number }>(
          `select generation from chorograph.generation where relation = 'chorograph.pyramid/spots'`,
        )
      )[0]!.generation;
    const [before, urlBefore] = [await generation(), await url()];
    assert.equal(await server.ctx.pyramids.build('spots', { force: true }), 'built');
    assert.ok((await generation()) > before);
    assert.notEqual(await url(), urlBefore);
    // Browsers are told of the very version that stands in the URLs.
    const told = () => server.ctx.changes.since(undefined).find(({ id }) => id === 'spots')?.version;
    const inUrl = new URL(await url()).searchParams.get('g');
    await eventually(() => told() === inUrl, 'the change event has the version of the tiles');
    const tables = await server.run(
      `select 1 from pg_class where relnamespace = 'chorograph'::regnamespace and relname ~ '^pyramid_\\d+_\\d+$'`,
    );
    assert.equal(tables.length, 1);
  });

  it('that fails leaves the last build in use', async () => {
    const table = build()?.table;
    await server.run('alter table spots rename to places');
    await assert.rejects(server.ctx.pyramids.build('spots', { force: true }));
    await server.run('alter table places rename to spots');
    await server.rediscover(); // a poll may have found the layer gone
    assert.equal(build()?.table, table);
    assert.equal(await counted(), rows);
  });

  it('is read from the database after a restart, not made again', async () => {
    await eventuallyPasses(async () => {
      // It follows what came before, if only that its table had another name for a while: perhaps a moment later.
      await server.ctx.pyramids.build('spots');
      const { table, builtAt } = build()!;
      await restart(MAPS);
      assert.deepEqual([build()?.table, build()?.builtAt], [table, builtAt]);
    });
  });

  it('is done again where cells are in the order of before, which are served meanwhile', async () => {
    const layer = server.ctx.catalog.layer('spots');
    await server.ctx.pyramids.build('spots');
    const { definition } = server.ctx.pyramids.of(layer)!;
    await server.run(`update chorograph.pyramid set definition = '${definition.readable}'`);
    const pyramids = new Pyramids({ ...server.ctx, background: false });
    await pyramids.resolve(server.ctx.catalog);
    const before = pyramids.of(layer)?.build?.table;
    assert.equal(before, build()?.table);
    assert.equal(await pyramids.build('spots'), 'built');
    assert.notEqual(pyramids.of(layer)?.build?.table, before);
    const [row] = await server.run<{ definition: string }>('select definition from chorograph.pyramid');
    assert.equal(row?.definition, definition.fingerprint);
    // The server has not heard of it, and looks again.
    assert.equal(await counted(), rows);
  });

  it('is done again where the definition has changed', async () => {
    await restart(MAPS.replace('below: 8, countBy: kind', 'below: 7'));
    const [cell] = await tileFeatures(server, 'spots', WORLD);
    assert.deepEqual({ ...cell?.properties }, { count: rows });
  });

  /** The embedded database takes one server at a time. */
  async function restart(maps: string): Promise<void> {
    await server.stop();
    server = await serve(server.environment, { maps }, untilFileEnds);
    await server.ctx.pyramids.settled();
  }
});

onPostgres('refresh of a pyramid by several instances', () => {
  let one: TestServer;
  let two: TestServer;

  beforeEach(async () => {
    one = await newServer({ sql: SQL, maps: MAPS });
    await one.ctx.pyramids.settled();
    two = await serve(one.environment, { maps: MAPS });
    await two.ctx.pyramids.settled();
  });
  afterEach(async () => {
    await one.stop();
    await two.stop();
  });

  it('is done by one of them', async () => {
    const outcomes = await Promise.all(
      [one, two, one, two].map((server) => server.ctx.pyramids.build('spots', { force: true })),
    );
    const builds = outcomes.filter((outcome) => outcome === 'built').length;
    const [row] = await one.run<{ build: number }>('select build from chorograph.pyramid');
    assert.ok(builds >= 1);
    assert.ok(outcomes.every((outcome) => outcome === 'built' || outcome === 'busy'));
    assert.equal(row?.build, 1 + builds);
  });

  it('is not begun while another instance is at it', async () => {
    await one.ctx.db.transaction(async (tx) => {
      await tx.run({ text: `select 1 from chorograph.pyramid where layer = 'spots' for update`, values: [] });
      assert.equal(await two.ctx.pyramids.build('spots', { force: true }), 'busy');
    });
  });

  it('reaches readers that have not heard of it: they look again', async () => {
    const before = two.ctx.pyramids.of(two.ctx.catalog.layer('spots'))?.build;
    await one.run(insert(101, 110));
    await one.ctx.pyramids.build('spots', { force: true });
    // Whether the news has arrived or not, the answer is whole and there is one.
    assert.equal(total(await tileFeatures(two, 'spots', { z: 1, x: 1, y: 0 })), 110);
    await eventually(
      () => two.ctx.pyramids.of(two.ctx.catalog.layer('spots'))?.build?.table !== before?.table,
      'the other instance knows the new build',
    );
  });

  it('never shows half a build', async () => {
    const seen = new Set<number>();
    let done = false;
    const reading = (async () => {
      for (let i = 0; !done; i++) {
        // A new address each time, so that nothing comes from a cache.
        const tile = await tileFeatures(two, 'spots', WORLD, {}, ['id', 'kind'].slice(i % 2));
        seen.add(total(tile));
        two.ctx.cache.clear();
      }
    })();
    for (let i = 1; i <= 5; i++) {
      await one.run(insert(100 + 10 * i - 9, 100 + 10 * i));
      await one.ctx.pyramids.build('spots', { force: true });
    }
    done = true;
    await reading;
    assert.deepEqual(
      [...seen].filter((count) => count % 10 !== 0 || count < 100 || count > 150),
      [],
    );
  });
});
