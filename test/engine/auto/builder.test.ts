import assert from 'node:assert/strict';
import type { TableLayer } from '../../../server/catalog/types.ts';
import { sql } from '../../../server/db/sql.ts';
import { AutoBuilder } from '../../../server/engine/auto/builder.ts';
import type { AutoEvent, AutoJob } from '../../../server/engine/auto/job.ts';
import { readRecords } from '../../../server/engine/auto/record.ts';
import { eventually } from '../../support/eventually.ts';
import { newServer, onPostgres, untilFileEnds, type TestServer } from '../../support/environment.ts';

const MB = 1_000_000;

onPostgres('what is made by itself', () => {
  let server: TestServer;
  let builders: AutoBuilder[] = [];
  before(async () => {
    server = await newServer({}, untilFileEnds);
  });
  afterEach(async () => {
    await Promise.all(builders.map((builder) => builder.stop()));
    builders = [];
    await server.run('delete from chorograph.auto');
  });

  /** A builder like that of another process, and what it told. */
  function builderOf(bytes = 100 * MB): { builder: AutoBuilder; told: AutoEvent[] } {
    const { db, generations, maps } = server.ctx;
    const told: AutoEvent[] = [];
    const config = { auto: { bytes, rows: 1 } };
    const observe = (event: AutoEvent): number => told.push(event);
    const builder = new AutoBuilder({ config, db, maps, generations, observe, busyMs: 20 });
    builders.push(builder);
    builder.start();
    return { builder, told };
  }

  /** Makes a table of about `kb` kB, once. */
  function job(kind: string, id: string, kb = 16): AutoJob & { builds: number } {
    const layer = { id, type: 'table' } as TableLayer;
    const one = {
      kind,
      layer,
      builds: 0,
      needed: () => one.builds === 0,
      build: async (tx: Parameters<AutoJob['build']>[0], { step }: Parameters<AutoJob['build']>[1]) => {
        step('filling');
        one.builds++;
        const table = sql`create table chorograph.thing as select repeat('x', 1000) from generate_series(1, ${kb}::int)`;
        await tx.run(table);
        return { tables: ['thing'], rows: kb };
      },
      built: () => server.ctx.db.run(sql`drop table chorograph.thing`).then(() => {}),
    };
    return one;
  }

  it('is recorded with its size, told, and made once', async () => {
    const { builder, told } = builderOf();
    const one = job('copies', 'roads');
    builder.offer('copies', [one]);
    await builder.settled();
    builder.check();
    await builder.settled();
    assert.equal(one.builds, 1);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['auto.building', 'auto.built'],
    );
    const [record, ...others] = await readRecords(server.ctx.db);
    assert.deepEqual([record?.kind, record?.layer, record?.rows, others.length], ['copies', 'roads', 16, 0]);
    assert.ok(record!.bytes >= 16_384, `${record!.bytes} bytes`);
  });

  it('is left out where it takes more than the budget: nothing stays, and that is told once', async () => {
    const { builder, told } = builderOf(MB);
    const one = job('copies', 'roads', 4_000);
    builder.offer('copies', [one]);
    await builder.settled();
    builder.check();
    await builder.settled();
    const unable = told.flatMap((event) => (event.type === 'auto.unable' ? event.reason : []));
    assert.match(unable.join('\n'), /^it takes \d+ MB, and 1 MB of CHOROGRAPH_AUTO_MB are left$/);
    assert.equal((await server.run(`select to_regclass('chorograph.thing') as it`))[0]?.it, null);
    assert.deepEqual(await readRecords(server.ctx.db), []);
  });

  it('waits for another process that builds in the same database', async () => {
    const { builder } = builderOf();
    const one = job('copies', 'roads');
    let asked = 0;
    const { needed } = one;
    one.needed = () => ++asked > 0 && needed();
    await server.ctx.db.transaction(async (tx) => {
      await tx.run(sql`select pg_advisory_xact_lock(7302214562)`);
      builder.offer('copies', [one]);
      await builder.settled();
      assert.equal(one.builds, 0);
      assert.ok(asked > 0);
    });
    await eventually(() => one.builds === 1, 'it is made when the other is done');
    await builder.settled();
  });

  it('is nothing where the budget is none, and where maps.yaml says so', async () => {
    const { builder } = builderOf(0);
    const one = job('copies', 'roads');
    builder.offer('copies', [one]);
    await builder.settled();
    assert.equal(one.builds, 0);
    assert.equal(builder.isOn(one.layer), false);
    const { db, generations } = server.ctx;
    const maps = { layers: { roads: { auto: false } } };
    const config = { auto: { bytes: MB, rows: 1 } };
    const other = new AutoBuilder({ config, db, maps, generations, observe: () => {} });
    assert.deepEqual([other.isOn(one.layer), other.isOn({ ...one.layer, id: 'rivers' })], [false, true]);
  });
});
