import assert from 'node:assert/strict';
import { AutoBuilder } from '../../../server/engine/auto/builder.ts';
import { lookAtAutomatic } from '../../../server/engine/auto/look.ts';
import { readMaps } from '../../../server/maps.ts';
import { AutomaticPyramids, dropAutomatic } from '../../../server/engine/pyramid/automatic.ts';
import type { Pyramid } from '../../../server/engine/pyramid/pyramids.ts';
import { eventually } from '../../support/eventually.ts';
import { newServer, onPostgres, untilFileEnds, type TestServer } from '../../support/environment.ts';
import { tileAt } from '../../../server/engine/grid.ts';
import type { TileCoord } from '../../../server/engine/types.ts';
import { getTile } from '../../../server/tiles/service.ts';
import { decode, isOwn, tileFeatures, total } from './support.ts';
import type { VectorTileFeature } from '@mapbox/vector-tile';

const POINTS = 12_000;
/** Two towns of 5,000, which are as full as a tile may be at some zoom, and villages all over. */
const SQL = `create table shops (id int primary key, geom geometry(Point, 4326), kind text, note text);
  insert into shops select i, st_setsrid(case when i <= 10000
      then st_makepoint(10 + 40 * (i % 2) + 0.01 * ((i / 2) % 100), 50 + 0.01 * (i / 200))
      else st_makepoint(-179 + (i * 37 % 3580) / 10.0, -80 + (i * 61 % 1600) / 10.0) end, 4326),
    case i % 3 when 0 then 'one' else 'two' end, repeat(md5(i::text), 4)
  from generate_series(1, ${POINTS}) i;
  create index on shops using gist (geom);
  create table stalls as select * from shops;
  create table kiosks as select * from shops limit 900;
  -- Counters tell of rows a moment after they are there, and would have it built twice.
  select chorograph.track('shops');`;
const ENVIRONMENT = {
  CHOROGRAPH_AUTO_MB: '100',
  CHOROGRAPH_AUTO_ROWS: '1000',
  CHOROGRAPH_MEMORY_VERTICES: '1000',
  CHOROGRAPH_CHANGE_POLL_S: '1',
};
const WORLD = { z: 0, x: 0, y: 0 };

onPostgres('a pyramid that nobody asked for', () => {
  let server: TestServer;
  before(async () => {
    const maps = 'layers: { stalls: { table: stalls, auto: false } }';
    server = await newServer({ sql: SQL, maps, environment: ENVIRONMENT }, untilFileEnds);
  });

  const pyramidOf = (id: string): Pyramid | undefined => server.ctx.pyramids.of(server.ctx.catalog.layer(id));
  const built = (): Promise<unknown> => eventually(() => pyramidOf('shops')?.build, 'shops have a pyramid');
  /** Each once: in the buffer around the world are those of its other end. */
  const inWorld = async (id: string, query: Record<string, string> = {}): Promise<VectorTileFeature[]> =>
    (await tileFeatures(server, id, WORLD, query)).filter(isOwn);
  const textOf = async (path: string): Promise<string> => (await server.api.get(path).expect(200)).text;

  it('is made of points too many for memory, and of nothing else', async () => {
    await built();
    assert.equal(total(await inWorld('shops')), POINTS);
    await server.ctx.auto.settled();
    assert.deepEqual([pyramidOf('stalls'), pyramidOf('kiosks')], [undefined, undefined]);
    assert.equal((await inWorld('stalls')).length, POINTS);
  });

  it('ends where the fullest tile is one of rows', async () => {
    const { below } = pyramidOf('shops')!.definition;
    const [fullest] = await server.run<{ n: number }>(`
      select count(*)::int as n from shops
      group by floor((st_x(geom) + 180) / 360 * 2 ^ ${below}),
        floor((0.5 - asinh(tan(radians(st_y(geom)))) / pi() / 2) * 2 ^ ${below}) order by 1 desc limit 1`);
    assert.ok(below > 1 && fullest!.n <= 4_000, `below ${below} there are ${fullest!.n}`);
    const inTown = { z: below, x: 0, y: 0 };
    const [town] = await server.run<{ x: number; y: number }>(`
      select floor((10.5 + 180) / 360 * 2 ^ ${below})::int as x,
        floor((0.5 - asinh(tan(radians(50.2))) / pi() / 2) * 2 ^ ${below})::int as y`);
    const features = await tileFeatures(server, 'shops', { ...inTown, ...town });
    assert.ok(features.filter(isOwn).every(({ properties }) => typeof properties.kind === 'string'));
  });

  it('leaves tiles of rows that are small by points all over them, and by the same ones in neighbours and deeper zooms', async () => {
    const { below } = pyramidOf('shops')!.definition;
    const tile = async (coord: TileCoord) => {
      const { body, headers } = await getTile(server.ctx, {
        layers: ['shops'],
        coord,
        columns: undefined,
        query: {},
      });
      return { bytes: body.length, thinned: headers['X-Tile-Truncated'], features: decode(body, 'shops') };
    };
    const idsOf = (features: readonly VectorTileFeature[]) => new Set(features.map(({ id }) => id));
    const town = tileAt(10.5, 50.2, below);
    const { bytes, thinned, features } = await tile(town);
    assert.deepEqual([thinned, bytes <= 200_000, bytes > 100_000], ['true', true, true], `${bytes} bytes`);
    const own = features.filter(isOwn);
    const deeper = [];
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const child = await tile({ z: below + 1, x: 2 * town.x + dx, y: 2 * town.y + dy });
      assert.ok(child.bytes <= 200_000);
      deeper.push(...child.features);
    }
    const below1 = idsOf(deeper);
    assert.deepEqual(
      [...idsOf(own)].filter((id) => !below1.has(id)),
      [],
    );
    assert.ok(below1.size > own.length);
    for (const side of [-1, 1]) {
      const next = await tile({ ...town, x: town.x + side });
      const beyond = features.filter((feature) => {
        const { x, y } = feature.loadGeometry()[0]![0]!;
        return (side < 0 ? x < 0 : x >= 4096) && y >= 0 && y < 4096;
      });
      const nextIds = idsOf(next.features.filter(isOwn));
      assert.deepEqual(
        [...idsOf(beyond)].filter((id) => !nextIds.has(id)),
        [],
      );
    }
    // The town is as dense everywhere: so is what is kept of it.
    const thirds = [0, 0, 0];
    for (const feature of own) thirds[Math.floor((feature.loadGeometry()[0]![0]!.x * 3) / 4096)]!++;
    const [least, most] = [Math.min(...thirds.slice(1)), Math.max(...thirds.slice(1))];
    assert.ok(least > 0 && most < 2 * least, thirds.join());
    const [told] = (JSON.parse(await textOf('/tiles/shops.json')) as { vector_layers: object[] })
      .vector_layers;
    assert.equal((told as { thinned?: { minzoom: number } }).thinned?.minzoom, below);
  });

  it('is told of: in the list of layers, TileJSON, health and metrics', async () => {
    const list = JSON.parse(await textOf('/tiles')) as { layers: { id: string; pyramid?: object }[] };
    const shops = list.layers.find(({ id }) => id === 'shops')!.pyramid as Record<string, unknown>;
    assert.deepEqual([shops.automatic, shops.points, shops.stale], [true, POINTS, false]);
    assert.match(await textOf('/tiles/shops.json'), /zoom 0–\d: points in the cell/);
    assert.match(
      await textOf('/metrics'),
      /chorograph_auto_builds_total\{kind="pyramid",outcome="built"\} \d/,
    );
    const { checks } = JSON.parse(await textOf('/health')) as { checks: { auto: Record<string, unknown> } };
    assert.equal(checks.auto.status, 'ok');
  });

  it('answers what cells cannot as it is answered without them', async () => {
    const two = await inWorld('shops', { kind: 'two' });
    assert.equal(two.length, (POINTS * 2) / 3);
    assert.ok((await tileFeatures(server, 'shops', WORLD, { grid: 'hex' })).length > 0);
  });

  it('is of the present data, or the table is asked', async function () {
    // So that it is this test that says when it is built.
    await server.ctx.auto.stop();
    const builder = new AutoBuilder({ ...server.ctx, restFactor: 0 });
    const { table } = pyramidOf('shops')!.build!;
    untilFileEnds.push(() => builder.stop());
    await server.run(`insert into shops select i, st_setsrid(st_makepoint(-60, -10), 4326), 'new'
      from generate_series(${POINTS + 1}, ${POINTS + 7}) i`);
    await server.ctx.generations.pollAgain();
    const features = await inWorld('shops');
    assert.equal(
      features.some(({ properties }) => 'count' in properties),
      false,
    );
    assert.equal(features.length, POINTS + 7);
    builder.start();
    builder.offer('pyramid', new AutomaticPyramids(server.ctx).jobs());
    await built();
    assert.equal(total(await inWorld('shops')), POINTS + 7);
    await builder.settled();
    // It took in what was added, and was not made anew for that.
    assert.equal(pyramidOf('shops')!.build!.table, table);
    const left = await server.run(`select 1 from pg_class where relname ~ '^pyramid_\\d+_\\d+$'`);
    assert.equal(left.length, 1);
  });

  it('goes by itself when its layer is dropped, and the doctor told of it before', async () => {
    const { db, config } = server.ctx;
    const analysed = () =>
      server.ctx.catalog
        .all()
        .map((layer) => (layer.id === 'stalls' ? { ...layer, estimatedRows: POINTS } : layer));
    const look = async (): Promise<string> =>
      (await lookAtAutomatic(db, { layers: analysed(), maps: readMaps(''), config }))
        .map(({ found }) => found)
        .join('\n');
    await server.rediscover();
    const told = await look();
    assert.match(told, /^pyramid of shops: 12007 rows, \d+ MB, made 2.* s, of its present data$/m);
    assert.match(told, /^stalls has 12000 rows, and nothing is made of it: /m);
    const builder = new AutoBuilder({ ...server.ctx, busyMs: 20 });
    untilFileEnds.push(() => builder.stop());
    builder.start();
    await server.run('drop table shops');
    await server.rediscover();
    builder.offer('pyramid', [], dropAutomatic);
    const left = (): Promise<object[]> =>
      server.run(`select relname from pg_class where relname ~ '^pyramid_\\d+_\\d+$'
        union all select layer from chorograph.auto union all select layer from chorograph.pyramid
        union all select consumer from chorograph.capture`);
    // The builder of the test before may have the lock.
    await eventually(async () => (await left()).length === 0, 'nothing of it is left');
    assert.match(await look(), /^nothing is made yet$/m);
  });
});
