import assert from 'node:assert/strict';
import { makeCoverage } from '../../scripts/bench/coverage.ts';
import { tileAt } from '../../server/engine/grid.ts';
import { AutoBuilder } from '../../server/engine/auto/builder.ts';
import { offerOverviews } from '../../server/engine/overviews/auto.ts';
import { buildOverviews } from '../../server/engine/overviews/build.ts';
import { isCurrent } from '../../server/engine/overviews/overviews.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

/** Parcels side by side, too many for a tile of the lower zooms. */
const PARCELS = 961;

onPostgres('generalized copies of polygons side by side', () => {
  let server: TestServer;
  let builder: AutoBuilder;

  before(async () => {
    server = await newServer({
      environment: { CHOROGRAPH_MEMORY_VERTICES: '0', CHOROGRAPH_TILE_CACHE_MB: '0' },
    });
    await makeCoverage(server.environment.DATABASE_URL ?? '', 'parcels', PARCELS);
    await server.run(`alter table parcels add column note text`);
    await server.run(`update parcels set note = repeat(md5(id::text), 6)`);
    await server.run(`select chorograph.track('parcels')`);
    const { ctx } = server;
    // As a server has one, but without rest after a build.
    builder = new AutoBuilder({
      ...ctx,
      config: { auto: { ...ctx.config.auto, bytes: 1e9 } },
      restFactor: 0,
    });
    await ctx.catalog.reload();
    offerOverviews({ ...ctx, auto: builder });
    builder.start();
    await eventually(isBuilt);
  });
  after(() => builder.stop());

  const isBuilt = (): boolean => isCurrent(layer(), server.ctx.generations.of('public.parcels'));
  const layer = () => server.ctx.catalog.tableLayer('parcels');

  const tablesOf = async (): Promise<string[]> => {
    const rows = await server.run<{ name: string }>(
      `select relname as name from pg_class where relname ~ '^overview_\\d+_\\d+_[mz]\\d+$' and relkind = 'r' order by 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('have no gap and no overlap at any zoom', async () => {
    const names = await tablesOf();
    assert.ok(
      names.some((name) => name.includes('_z')) && names.some((name) => name.includes('_m')),
      names.join(),
    );
    for (const name of names) {
      const [found] = await server.run<{
        own: number;
        all: number;
        holes: number;
        parts: number;
        invalid: number;
      }>(
        `select sum(st_area(geom)) as own, st_area(st_union(geom)) as all, st_nrings(st_union(geom)) as parts,
          count(*) filter (where not st_isvalid(geom))::int as invalid from chorograph.${name}`,
      );
      assert.ok(found && found.invalid === 0, name);
      assert.ok(Math.abs(found.own / found.all - 1) < 1e-9, `${name}: ${found.own} of ${found.all}`);
      // One polygon, without holes.
      assert.equal(found.parts, 1, name);
    }
  });

  it('stand for every row', async () => {
    for (const name of await tablesOf()) {
      const [found] = await server.run<{ rows: number }>(
        `select sum(chorograph_rows)::int as rows from chorograph.${name}`,
      );
      assert.equal(found?.rows, PARCELS, name);
    }
  });

  const get = async (path: string): Promise<Awaited<ReturnType<typeof bytesOf>>> => {
    const response = await bytesOf(server.api.get(path));
    assert.equal(response.status, 200, path);
    return response;
  };

  const middle = (z: number): string => {
    const { x, y } = tileAt(110, -5, z);
    return `/tiles/parcels/${z}/${x}/${y}.mvt`;
  };

  it('keep tiles small, and say where neighbours are one', async () => {
    const { merged = [] } = layer().overviews ?? {};
    assert.ok(merged.length > 0);
    for (const zoom of merged) {
      const response = await get(middle(zoom));
      assert.equal(response.headers['x-tile-truncated'], 'true');
      assert.ok((response.body as Buffer).length <= 200_000, `${zoom}: ${(response.body as Buffer).length}`);
    }
    const fine = await get(middle(9));
    assert.equal(fine.headers['x-tile-truncated'], undefined);
    const told = async (query = ''): Promise<unknown> => {
      const { body } = await server.api.get(`/tiles/parcels.json${query}`).expect(200);
      return (body as { vector_layers: { merged?: { zooms: number[] } }[] }).vector_layers[0]?.merged?.zooms;
    };
    assert.deepEqual([await told(), await told('?kind=town')], [merged, undefined]);
  });

  it('are not used where rows are chosen, of which all are shown then', async () => {
    const response = await get(`${middle(3)}?kind=town`);
    assert.equal(response.headers['x-tile-truncated'], undefined);
    const [towns] = await server.run<{ n: number }>(
      `select count(*)::int as n from parcels where kind = 'town'`,
    );
    assert.equal(featuresOf(response.body as Buffer, 'parcels').length, towns?.n);
  });

  it('have tiles made beforehand that are those which are made on demand', async () => {
    const { made = [] } = layer().overviews ?? {};
    assert.ok(made.length > 1);
    for (const zoom of made) {
      const made = await get(middle(zoom));
      // In whatever order columns are named, but not those that most ask for.
      const asked = await get(`${middle(zoom)}?columns=note,value,kind,name`);
      assert.ok((made.body as Buffer).equals(asked.body as Buffer), `zoom ${zoom}`);
    }
  });

  it('are not used once the data has changed, and made again by themselves', async () => {
    const countAt = async (z: number): Promise<number> =>
      featuresOf((await get(middle(z))).body as Buffer, 'parcels').length;
    assert.ok((await countAt(3)) > 50);
    await server.run('delete from parcels where id >= 50');
    await eventually(async () => (await countAt(3)) === 50);
    offerOverviews({ ...server.ctx, auto: builder });
    await eventually(isBuilt);
    assert.equal(await countAt(3), 50);
    assert.deepEqual(layer().overviews?.merged, []);
  });

  it('go by themselves when their layer is left as it is, but for those that somebody made by hand', async () => {
    const { ctx } = server;
    const tables = (): Promise<object[]> =>
      server.run(`select 1 from pg_class where relname ~ '^overview_\\d+_\\d+_' and relkind = 'r'`);
    const records = (): Promise<object[]> => server.run('select 1 from chorograph.auto');
    await builder.stop();
    const maps = { layers: { parcels: { auto: false } } };
    const remove = async (): Promise<void> => {
      const one = new AutoBuilder({ ...ctx, config: { auto: { ...ctx.config.auto, bytes: 1e9 } }, maps });
      offerOverviews({ ...ctx, auto: one });
      one.start();
      await one.settled();
      await one.stop();
    };
    // As `optimize` makes them, of which the record of before knows nothing.
    const [token, record] = [ctx.generations.of('public.parcels'), await records()];
    assert.equal(record.length, 1);
    await buildOverviews(ctx.db, layer(), { token, buffer: ctx.config.tile.buffer });
    const byHand = await tables();
    assert.ok(byHand.length > 0);
    await remove();
    assert.deepEqual([(await tables()).length, await records()], [byHand.length, []]);
    await server.run(`insert into chorograph.auto (kind, layer, tables, rows, bytes, build_ms)
      select 'overviews', 'parcels', array['overview_' || id || '_' || build || '_z11'], 1, 1, 1 from chorograph.overview`);
    await remove();
    assert.deepEqual([await tables(), await records()], [[], []]);
  });
});
