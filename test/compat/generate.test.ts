import assert from 'node:assert/strict';
import type pg from 'pg';
import { generatePeople } from '../../server/compat/santri/generate/index.ts';
import { assignRegions, installPack, unmatchedRows } from '../../server/compat/santri/pack.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';

const BOUNDARIES = `
  insert into provinsi (kode, name_1, geom) values
    ('11', 'Aceh', st_multi(st_makeenvelope(95, 2, 98, 6, 4326))), ('32', 'Jawa Barat', st_multi(st_makeenvelope(106, -8, 109, -6, 4326)));
  insert into kabupaten (kode, name_1, name_2, kode_provinsi, geom)
  select '11.' || g, 'Aceh', 'Kab. Contoh ' || g, '11', st_multi(st_makeenvelope(95 + g * 0.3, 2, 95.3 + g * 0.3, 6, 4326)) from generate_series(0, 9) g
  union all
  select '32.' || g, 'Jawa Barat', 'Kab. Contoh ' || (g + 10), '32', st_multi(st_makeenvelope(106 + g * 0.3, -8, 106.3 + g * 0.3, -6, 4326)) from generate_series(0, 9) g`;

async function made(seed: number): Promise<TestServer> {
  const server = await newServer({});
  await installPack(server.ctx.db);
  await server.run(BOUNDARIES);
  await generatePeople(
    {
      database: server.ctx.db,
      connection: { connectionString: server.environment.DATABASE_URL } as pg.ClientConfig,
    },
    { santri: 600, pesantren: 40, seed },
  );
  return server;
}

const hash = async (server: TestServer, table: string): Promise<unknown> =>
  (await server.run(`select md5(string_agg(t::text, '|' order by id)) as hash from ${table} t`))[0]?.hash;

once('Made-up people of the santri programme', () => {
  it('lie in their regions, more of them where more people live, and have their scores', async () => {
    const server = await made(42);
    assert.deepEqual(await server.run('select count(*)::integer as n from santri_map'), [{ n: 600 }]);
    assert.deepEqual(await server.run('select count(*)::integer as n from pesantren_map'), [{ n: 40 }]);
    // Located as the triggers would have located them, but for points on a border, which lie in both.
    assert((await assignRegions(server.ctx.db)) <= 5);
    assert.deepEqual(await unmatchedRows(server.ctx.db), []);
    const [counts] = await server.run<{ java: number; aceh: number }>(
      `select count(*) filter (where kode_provinsi = '32')::integer as java,
        count(*) filter (where kode_provinsi = '11')::integer as aceh from santri_map`,
    );
    assert(counts && counts.java > 4 * counts.aceh, JSON.stringify(counts));
    assert.deepEqual(
      await server.run(`select count(*)::integer as n from santri_map m left join santri_skor s using (santri_id)
        where (m.skor_terakhir, m.kategori_kemiskinan) is distinct from (s.skor_total, s.kategori_kemiskinan)`),
      [{ n: 0 }],
    );
    // Triggers work again.
    await server.run(`update santri_skor set skor_total = 100`);
    const [after] = await server.run(
      `select count(*)::integer as n from santri_map where skor_terakhir = 100`,
    );
    const [scored] = await server.run('select count(*)::integer as n from santri_skor');
    assert.deepEqual(after, scored);
    await assert.rejects(
      generatePeople(
        {
          database: server.ctx.db,
          connection: { connectionString: server.environment.DATABASE_URL } as pg.ClientConfig,
        },
        { santri: 1, pesantren: 1, seed: 1 },
      ),
      /already/,
    );
  });

  it('are the same for the same seed, and others for another', async () => {
    const [one, again, other] = [
      await hash(await made(7), 'santri_map'),
      await hash(await made(7), 'santri_map'),
      await hash(await made(8), 'santri_map'),
    ];
    assert.equal(one, again);
    assert.notEqual(one, other);
  });
});
