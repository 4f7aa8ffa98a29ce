import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tileAt } from '../../server/engine/grid.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { queriesDuring } from '../support/queries.ts';
import { eventually } from '../support/eventually.ts';
import { program } from '../support/program.ts';

const BY_POSTGIS = {
  CHOROGRAPH_MEMORY_VERTICES: '0',
  CHOROGRAPH_POOL_SIZE: '1',
  CHOROGRAPH_TILE_CACHE_MB: '0',
};

/** Squares side by side in SRID 32748 (UTM 48 south), each side of 1,000 m cut into short pieces. */
const SQUARES = `
  create table squares (id int primary key, name text, geom geometry(polygon, 32748));
  insert into squares select x * 40 + y, 'square ' || x,
    st_segmentize(st_makeenvelope(600000 + x * 1000, 9200000 + y * 1000, 601000 + x * 1000, 9201000 + y * 1000, 32748), 10)
  from generate_series(0, 39) x, generate_series(0, 39) y;
  create index on squares using gist (geom);
  analyze squares;`;

/** Path of the tile of a zoom in the middle of the squares. */
function middle(z: number): string {
  const { x, y } = tileAt(106.1, -7.05, z);
  return `/tiles/squares/${z}/${x}/${y}.mvt`;
}

async function tile(server: TestServer, path: string): Promise<Buffer> {
  const response = await bytesOf(server.api.get(path));
  assert.ok([200, 204].includes(response.status), `${path}: ${response.status}`);
  return response.body as Buffer;
}

async function optimize(server: TestServer, args: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [...program('cli'), 'optimize', ...args], {
    cwd: projectPath(),
    env: { PATH: process.env.PATH, CHOROGRAPH_MAPS: 'none.yaml', ...server.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}

onPostgres('tiles by PostGIS', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: SQUARES, environment: BY_POSTGIS });
  });

  const prepared = (): Promise<{ custom: number; generic: number }[]> =>
    server.run(
      `select custom_plans::int as custom, generic_plans::int as generic from pg_prepared_statements where name ~ '^tile '`,
    );

  it('have one plan where they are small, and one of their own where they may not be', async () => {
    const { x, y } = tileAt(106.1, -7.05, 14);
    const neighbours = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(
      (i) => `/tiles/squares/14/${x + i}/${y}.mvt`,
    );
    for (const path of neighbours.slice(0, 4)) await tile(server, path);
    // What tiles of a zoom are like is not known before.
    assert.deepEqual(await prepared(), []);
    for (const path of neighbours.slice(4)) await tile(server, path);
    // PostgreSQL compares the first five plans with one for all.
    assert.deepEqual(await prepared(), [{ custom: 5, generic: 3 }]);
    for (let i = 0; i < 10; i++) await tile(server, middle(5)); // 1,600 squares
    assert.deepEqual(await prepared(), [{ custom: 5, generic: 3 }]);
  });

  it('are not kept prepared where anybody can vary what they ask for', async () => {
    const before = await prepared();
    const small = middle(14);
    for (const query of ['columns=id', 'name=a', 'name=a&name=b']) await tile(server, `${small}?${query}`);
    assert.deepEqual(await prepared(), before);
    await tile(server, `${small}?columns=name`); // which they carry anyway
    const [one] = await prepared();
    assert.equal(one!.generic, before[0]!.generic + 1);
  });

  it('leave out polygons too small to see, and vertices that fall on one another', async () => {
    const features = featuresOf(await tile(server, middle(10)), 'squares');
    assert.ok(features.length > 500, String(features.length));
    // A side of 1,000 m is 105 units long here and has 100 pieces, all on one line.
    for (const feature of features) {
      for (const ring of feature.loadGeometry()) {
        assert.ok(ring.length <= 12, `${ring.length} vertices`);
        const places = ring.slice(1).map((at) => `${at.x},${at.y}`);
        assert.equal(new Set(places).size, places.length);
      }
    }
    // At zoom 2 a square is 0.4 units wide.
    assert.deepEqual(featuresOf(await tile(server, middle(2)), 'squares'), []);
  });

  it('are searched by an index on the transformed geometry where there is one', async () => {
    const other = await newServer({
      sql: `${SQUARES} create index squares_metres on squares using gist (st_transform(geom, 3857));`,
      environment: BY_POSTGIS,
    });
    assert.equal(other.ctx.catalog.tableLayer('squares').geometry.hasProjectedIndex, true);
    assert.equal(server.ctx.catalog.tableLayer('squares').geometry.hasProjectedIndex, undefined);
    await other.run('set enable_seqscan = off');
    for (const path of [3, 4, 9, 12].map(middle)) {
      const names = async (from: TestServer): Promise<unknown[]> =>
        featuresOf(await tile(from, path), 'squares')
          .map(({ id }) => id)
          .sort();
      assert.deepEqual(await names(other), await names(server), path);
    }
    const [text = ''] = await queriesDuring(other, 'squares', () => tile(other, middle(3)));
    const sides = '0, 0, 1e7, 1e7';
    const literal = text.replace(/st_makeenvelope\([^)]*\)/g, `st_makeenvelope(${sides}, 3857)`);
    const plan = await other.run<{ 'QUERY PLAN': string }>(
      `explain (costs off) ${literal.slice(literal.indexOf('from (') + 6, literal.lastIndexOf(')'))}`,
    );
    assert.match(plan.map((row) => row['QUERY PLAN']).join('\n'), /Index.*squares_metres/);
  });
});

onPostgres('npm run optimize', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: `${SQUARES}
        create table bare (id int primary key, geom geometry(point, 4326));
        insert into bare select i, st_setsrid(st_point(i / 100.0, 1), 4326) from generate_series(1, 2000) i;
        analyze bare;`,
      environment: { ...BY_POSTGIS, CHOROGRAPH_CHANGE_POLL_S: '1', CHOROGRAPH_POOL_SIZE: '2' },
    });
    await server.run(`select chorograph.track('squares')`);
  });

  const usedFor = async (path: string): Promise<string> => {
    let text = '';
    const { db } = server.ctx;
    const run = db.run.bind(db);
    const spied = db as { run: typeof db.run };
    spied.run = (query, options) => {
      if (/st_asmvt\(|_tiles"/.test(query.text)) text = query.text;
      return run(query, options);
    };
    try {
      await tile(server, path);
    } finally {
      spied.run = run;
    }
    return /(?:from|join) "(\w+)"\."(\w+)"/.exec(text)?.slice(1).join('.') ?? text;
  };

  it('prints what it would do, and does nothing', async () => {
    const { code, out } = await optimize(server, []);
    assert.equal(code, 0, out);
    assert.match(
      out,
      /bare: the geometry has no spatial index\ncreate index concurrently on "public"\."bare" using gist \("geom"\);/,
    );
    assert.match(out, /squares: too large for memory/);
    assert.match(out, /Nothing was changed/);
    assert.equal((await optimize(server, ['--no'])).code, 64);
    assert.equal((await optimize(server, ['nothing'])).code, 1);
    await server.ctx.catalog.reload();
    assert.equal(server.ctx.catalog.tableLayer('bare').geometry.hasIndex, false);
  });

  it('makes the missing index', async () => {
    const { code, out } = await optimize(server, ['bare', '--apply']);
    assert.equal(code, 0, out);
    await server.ctx.catalog.reload();
    assert.equal(server.ctx.catalog.tableLayer('bare').geometry.hasIndex, true);
    assert.match((await optimize(server, ['bare'])).out, /bare: nothing to do/);
  });

  it('makes generalized copies, which serve lower zooms until the data changes', async () => {
    const path = middle(8);
    assert.equal(await usedFor(path), 'public.squares');
    const own = featuresOf(await tile(server, path), 'squares');
    const { code, out } = await optimize(server, ['squares', '--apply']);
    assert.equal(code, 0, out);
    // The server hears of it.
    await eventually(() => server.ctx.catalog.tableLayer('squares').overviews?.build === 1);
    assert.match(await usedFor(path), /^chorograph\.overview_\d+_1_tiles$/);
    assert.match(await usedFor(`${path}?columns=id`), /^chorograph\.overview_\d+_1_z11$/);
    assert.equal(await usedFor(middle(13)), 'public.squares');
    const copied = featuresOf(await tile(server, path), 'squares');
    assert.ok(copied.length > 1000, String(copied.length));
    const about = (feature: (typeof own)[number]): string =>
      `${feature.id} ${JSON.stringify(feature.properties)}`;
    assert.deepEqual(copied.map(about).sort(), own.map(about).sort());
    const boxes = new Map(own.map((feature) => [feature.id, feature.bbox()]));
    for (const feature of copied) {
      const box = boxes.get(feature.id) ?? [];
      // Of what the buffer's edge cuts, slivers of a unit come and go.
      if (box.some((side) => side < 0 || side > 4096)) continue;
      feature.bbox().forEach((side, i) => assert.ok(Math.abs(side - (box[i] ?? NaN)) <= 1));
    }

    await server.run('delete from squares where id >= 800');
    await eventually(() => server.ctx.generations.of('public.squares') !== 'g1');
    assert.equal(await usedFor(path), 'public.squares');
    const left = featuresOf(await tile(server, path), 'squares');
    assert.equal(left.length, own.filter(({ id = 0 }) => id < 800).length);
    const again = await optimize(server, ['squares', '--apply']);
    assert.match(again.out, /of an older generation/);
    await eventually(() => server.ctx.catalog.tableLayer('squares').overviews?.build === 2);
    assert.match(await usedFor(`${path}?columns=id`), /_2_z11$/);
    const tables = await server.run<{ relname: string }>(
      `select relname from pg_class where relname ~ '^overview_.*z\\d+$' and relkind = 'r'`,
    );
    assert.ok(
      tables.length > 0 && tables.every(({ relname }) => /_2_z\d+$/.test(relname)),
      JSON.stringify(tables),
    );
  });

  it('loses no tile while copies are made anew', async () => {
    // What a server does that has not heard of the new build yet.
    const layer = server.ctx.catalog.tableLayer('squares');
    const { overviews } = layer;
    assert.ok(overviews);
    const built = featuresOf(await tile(server, middle(8)), 'squares');
    (layer as { overviews: unknown }).overviews = { ...overviews, build: 1 };
    assert.equal(featuresOf(await tile(server, middle(8)), 'squares').length, built.length);
    assert.ok(built.length > 0);
  });
});
