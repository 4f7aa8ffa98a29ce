import assert from 'node:assert/strict';
import { Pyramids } from '../../../server/engine/pyramid/pyramids.ts';
import { withClient } from '../../support/cluster.ts';
import { newServer, onPostgres } from '../../support/environment.ts';

/** Columns are called as those of ours are. */
const SQL = `create table spots (r geometry(Point, 4326), n numeric, n_ int, x real, "day" date, id int primary key);
  insert into spots select st_setsrid(st_makepoint(i % 300 - 150, i % 120 - 60), 4326), i / 4.0, i, i / 7.0,
    case when i % 6 < 3 then '2024-02-03' when i % 6 < 5 then '2024-03-04' else '2024-04-03' end::date, i from generate_series(1, 400) i;
  create index on spots using gist (r);
  select chorograph.track('spots');`;
const MAPS = 'layers: { spots: { table: spots, pyramid: { below: 4, sum: [n, n_, x], countBy: day } } }';

onPostgres('a pyramid of columns of any name', () => {
  it('follows changes, in whatever style their writers have dates', async () => {
    const server = await newServer({ sql: SQL, maps: MAPS });
    const { ctx, environment } = server;
    await ctx.pyramids.settled();
    await ctx.pyramids.stop();
    const pyramids = new Pyramids({ ...ctx, background: false });
    await pyramids.resolve(ctx.catalog);
    const build = async (force = false): Promise<string> => {
      await ctx.generations.pollAgain();
      return pyramids.build('spots', { force });
    };
    const cells = async (): Promise<unknown[]> => {
      const { table } = pyramids.of(ctx.catalog.layer('spots'))!.build!;
      return server.run(`select z, cell_x, cell_y, count, trim_scale(sum_0) as a, n_0, trim_scale(sum_1) as b, n_1, trim_scale(sum_2) as c, n_2, category_0, category_1, category_2
        from chorograph.${table} order by z, cell_x, cell_y`);
    };
    await build(true);
    await withClient(environment.DATABASE_URL!, (client) =>
      client.query(`set datestyle = 'SQL, DMY'; set intervalstyle = 'iso_8601'; set bytea_output = 'escape';
        update spots set n = n + 1, x = 0.1, "day" = '03/02/2024' where id <= 3;
        update spots set "day" = '04/03/2024', r = st_translate(r, 1, 1) where "day" = '04/03/2024' and id % 5 = 0`),
    );
    const { table } = pyramids.of(ctx.catalog.layer('spots'))!.build!;
    assert.equal(await build(), 'followed');
    assert.equal(pyramids.of(ctx.catalog.layer('spots'))!.build!.table, table);
    const followed = await cells();
    await build(true);
    assert.deepEqual(followed, await cells());
  });
});
