import pg from 'pg';
import { pino } from 'pino';
import { generatePeople } from '../../server/compat/santri/generate/index.ts';
import { installPack } from '../../server/compat/santri/pack.ts';
import { readConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/connections/open.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { median, ms, table, times } from './report.ts';
import { startServerProcess } from './server-process.ts';

const SANTRI = 1_000_000;
const PESANTREN = 30_000;
const RUNS = 21;
/** 500 regencies in 25 provinces, squares of half a degree. */
const BOUNDARIES = `
  insert into provinsi (kode, name_1, geom)
  select p::text, 'Provinsi Contoh ' || p, st_multi(st_makeenvelope(95 + (p % 5) * 5, -5 + (p / 5) * 2, 100 + (p % 5) * 5, -3 + (p / 5) * 2, 4326))
  from generate_series(0, 24) p;
  insert into kabupaten (kode, name_1, name_2, kode_provinsi, geom)
  select p || '.' || k, 'Provinsi Contoh ' || p, 'Kab. Contoh ' || (p * 20 + k), p::text,
    st_multi(st_makeenvelope(95 + (p % 5) * 5 + (k % 10) * 0.5, -5 + (p / 5) * 2 + (k / 10), 95.5 + (p % 5) * 5 + (k % 10) * 0.5, -4 + (p / 5) * 2 + (k / 10), 4326))
  from generate_series(0, 24) p, generate_series(0, 19) k`;
/** As the application before computed its choropleth: over the base tables, with every answer. */
const OLD_WAY = `
  select m.provinsi, m.kabupaten, count(distinct m.id) as total_santri,
    count(distinct case when s.kategori_kemiskinan = 'Sangat Miskin' then m.id end) as sangat_miskin,
    count(distinct case when s.kategori_kemiskinan = 'Miskin' then m.id end) as miskin,
    count(distinct case when s.kategori_kemiskinan = 'Rentan' then m.id end) as rentan,
    count(distinct case when s.kategori_kemiskinan = 'Tidak Miskin' then m.id end) as tidak_miskin,
    avg(s.skor_total) as avg_skor
  from santri_pribadi p join santri_map m on m.santri_id = p.id left join santri_skor s on s.santri_id = p.id
  group by m.provinsi, m.kabupaten`;

/** The santri programme with a million students and 500 regencies, beside the way that its application computed. */
export async function benchSantri(databaseUrl: string): Promise<void> {
  const releasers = new Releasers();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const config = readConfig({ DATABASE_URL: databaseUrl, CHOROGRAPH_STATEMENT_TIMEOUT_MS: '3600000' });
    const opened = await openDatabase(config, pino({ level: 'silent' }), releasers, () => {});
    await installPack(opened.database);
    await client.query(BOUNDARIES);
    const generated = await timed(() =>
      generatePeople(opened, { santri: SANTRI, pesantren: PESANTREN, seed: 42 }),
    );
    const bulk = await timed(() =>
      client.query(
        `update santri_skor set skor_total = (skor_total + 1) % 101
          where santri_id in (select santri_id from santri_skor limit 100000)`,
      ),
    );
    const refreshes: number[] = [];
    for (const view of ['santri_cube_kabupaten', 'pesantren_cube_kabupaten'])
      refreshes.push(await timed(() => client.query(`refresh materialized view concurrently ${view}`)));
    const old = await timed(() => client.query(OLD_WAY));
    const server = await startServerProcess({
      DATABASE_URL: databaseUrl,
      CHOROGRAPH_MAPS: 'sql/packs/santri/maps.yaml',
      CHOROGRAPH_SCHEDULE: 'false',
    });
    try {
      const ask = async (path: string): Promise<{ first: number; hot: number }> => {
        const get = async (): Promise<void> => {
          const answer = await fetch(server.url + path);
          await answer.arrayBuffer();
          if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
        };
        const first = await timed(get);
        const taken: number[] = [];
        for (let run = 0; run < RUNS; run++) taken.push(await timed(get));
        return { first, hot: median(taken) };
      };
      const choropleth = await ask('/gis/choropleth/santri-kabupaten');
      const pageOne = await ask('/gis/santri-points?page=1');
      const pageFar = await ask('/gis/santri-points?page=900');
      const filtered = await ask('/gis/santri-points?kategori=Miskin&page=150');
      table(`Santri programme: ${SANTRI} students, ${PESANTREN} schools, 500 regencies`, [
        ['what', 'time', 'bound'],
        ['students and schools made up and taken in', ms(generated), '180000 ms'],
        ['100,000 scores changed in one statement', ms(bulk), '10000 ms'],
        ['refresh of both cubes', ms(refreshes[0]! + refreshes[1]!), '5000 ms'],
        ['choropleth: first', ms(choropleth.first), ''],
        ['choropleth: median', ms(choropleth.hot), '10 ms'],
        ['computed the old way', ms(old), ''],
        ['times faster', times(old / choropleth.hot), '100×'],
        ['points, page 1: first', ms(pageOne.first), ''],
        ['points, page 1: median', ms(pageOne.hot), '50 ms'],
        ['points, page 900: first', ms(pageFar.first), ''],
        ['points, page 900: median', ms(pageFar.hot), '50 ms'],
        ['points of a category, page 150: median', ms(filtered.hot), '50 ms'],
      ]);
    } finally {
      await server.stop();
    }
  } finally {
    await client.end();
    await releasers.run();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
