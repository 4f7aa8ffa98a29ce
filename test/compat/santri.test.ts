import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { installPack, packObjects, removePack, unmatchedRows } from '../../server/compat/santri/pack.ts';
import { masked } from '../../server/compat/santri/persons.ts';
import { createKey } from '../../server/security/keys.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { newServer, once, serve, type TestServer, untilFileEnds } from '../support/environment.ts';

const OLD = readFileSync(projectPath('test', 'compat', 'old-system.sql'), 'utf8');
const MAPS = readFileSync(projectPath('sql', 'packs', 'santri', 'maps.yaml'), 'utf8');
const TABLES = [
  'provinsi',
  'kabupaten',
  'pondok_pesantren',
  'pesantren_skor',
  'santri_pribadi',
  'santri_skor',
  'pesantren_map',
  'santri_map',
];

interface Collection {
  type: string;
  features: {
    type: string;
    geometry: { type: string; coordinates: number[] };
    properties: Record<string, unknown>;
  }[];
  pagination: { page: number; limit: number; total: number; pages: number };
}

/** Every row of every table of the old system, by table. */
async function rowHashes(server: TestServer): Promise<Record<string, unknown>> {
  const hashes: Record<string, unknown> = {};
  for (const table of TABLES) {
    const [row] = await server.run(
      `select count(*)::integer as n, md5(string_agg(t::text, '|' order by t::text)) as hash from public.${table} t`,
    );
    hashes[table] = row;
  }
  return hashes;
}

describe('The santri pack on an old database', () => {
  it('goes up, down and up again, and every row is as it was', async () => {
    const server = await newServer({ sql: OLD });
    const before = await rowHashes(server);
    await installPack(server.ctx.db);
    const first = await packObjects(server.ctx.db);
    await installPack(server.ctx.db);
    assert.deepEqual(await packObjects(server.ctx.db), first);
    await removePack(server.ctx.db);
    assert.deepEqual(await packObjects(server.ctx.db), []);
    assert.deepEqual(await rowHashes(server), before);
    await installPack(server.ctx.db);
    assert.deepEqual(await packObjects(server.ctx.db), first);
    await removePack(server.ctx.db);
    assert.deepEqual(await rowHashes(server), before);
  });

  it('creates everything on an empty database, and takes all of it away again', async () => {
    const server = await newServer({});
    await installPack(server.ctx.db);
    const tables = (await packObjects(server.ctx.db)).filter(({ kind }) => kind === 'table');
    assert.equal(tables.length, TABLES.length);
    await removePack(server.ctx.db);
    assert.deepEqual(await packObjects(server.ctx.db), []);
  });

  it('keeps a table that it created once there are rows in it', async () => {
    const server = await newServer({});
    await installPack(server.ctx.db);
    await server.run(`insert into santri_pribadi (id, nama) values (gen_random_uuid(), 'Contoh')`);
    await removePack(server.ctx.db);
    assert.deepEqual(await packObjects(server.ctx.db), [{ kind: 'table', name: 'santri_pribadi' }]);
    assert.deepEqual(await server.run('select nama from santri_pribadi'), [{ nama: 'Contoh' }]);
  });

  it('names every column that is missing, and changes nothing then', async () => {
    const server = await newServer({ sql: `${OLD}; alter table santri_skor drop column skor_total;` });
    await assert.rejects(installPack(server.ctx.db));
    assert.deepEqual(await packObjects(server.ctx.db), []);
  });

  it('leaves nothing half done when it ends in the middle', async () => {
    const server = await newServer({ sql: `${OLD}; create table mv_pesantren_stats_kabupaten_key (x int);` });
    await assert.rejects(installPack(server.ctx.db), 'the last index cannot have its name');
    assert.deepEqual(await packObjects(server.ctx.db), []);
  });

  describe('keeps map rows right', () => {
    let server: TestServer;
    before(async () => {
      server = await newServer({ sql: OLD }, untilFileEnds);
      await installPack(server.ctx.db);
    });
    const row = async (column: string, id: string): Promise<unknown> =>
      (
        await server.run<{ value: unknown }>(
          `select ${column} as value from santri_map where santri_id = $1`,
          [id],
        )
      )[0]?.value;
    const ID = '00000000-0000-4000-8000-000000000001';

    it('assigns regions by place, else by a name that is one region’s, and reports the others', async () => {
      const [counts] = await server.run(`select
        count(*) filter (where kode_kabupaten = 'aceh.acehbarat')::integer as aceh_barat,
        count(*) filter (where kode_kabupaten = 'aceh.acehbaratdaya')::integer as daya,
        count(*) filter (where kode_kabupaten = 'jawabarat.bogor')::integer as bogor,
        count(*) filter (where kode_kabupaten = 'jawabarat.kota-bogor')::integer as kota_bogor,
        count(*) filter (where kode_kabupaten is null)::integer as nowhere from santri_map`);
      // A plain "Bogor" is the regency's name, as its boundaries spell it, or the city's: nobody knows.
      assert.deepEqual(counts, { aceh_barat: 55, daya: 45, bogor: 45, kota_bogor: 45, nowhere: 10 });
      const unmatched = await unmatchedRows(server.ctx.db);
      assert.deepEqual(
        unmatched.map(({ relation, kabupaten, rows }) => ({ relation, kabupaten, rows })),
        [{ relation: 'santri_map', kabupaten: 'Bogor', rows: 10 }],
      );
    });

    it('follows scores: update, delete, insert', async () => {
      await server.run(
        `update santri_skor set skor_total = 99, kategori_kemiskinan = 'Rentan' where santri_id = $1`,
        [ID],
      );
      assert.equal(await row('skor_terakhir', ID), 99);
      assert.equal(await row('kategori_kemiskinan', ID), 'Rentan');
      await server.run(`delete from santri_skor where santri_id = $1`, [ID]);
      assert.equal(await row('skor_terakhir', ID), null);
      await server.run(`insert into santri_skor values ($1, 12, 'Miskin')`, [ID]);
      assert.equal(await row('skor_terakhir', ID), 12);
    });

    it('follows persons and schools, and locates a row that moved', async () => {
      await server.run(`update santri_pribadi set nama = 'Baru' where id = $1`, [ID]);
      assert.equal(await row('nama', ID), 'Baru');
      await server.run(
        `update santri_map set lokasi = st_setsrid(st_point(97, 3), 4326) where santri_id = $1`,
        [ID],
      );
      assert.equal(await row('kode_kabupaten', ID), 'aceh.acehbaratdaya');
      const other = '00000000-0000-4000-8000-000000000002';
      await server.run(`delete from santri_pribadi where id = $1`, [other]);
      assert.equal(await row('nama', other), undefined);
      const school = '00000000-0000-4000-8000-00000000a002';
      await server.run(
        `update pondok_pesantren set jumlah_santri = 81, nama_pesantren = 'B2' where id = $1`,
        [school],
      );
      const [map] = await server.run(
        `select nama, jumlah_santri from pesantren_map where pesantren_id = $1`,
        [school],
      );
      assert.deepEqual(map, { nama: 'B2', jumlah_santri: 81 });
      await server.run(`delete from pondok_pesantren where id = $1`, [school]);
      assert.deepEqual(await server.run(`select 1 from pesantren_map where pesantren_id = $1`, [school]), []);
    });

    it('fills a new map row with the score that is known already', async () => {
      const id = '00000000-0000-4000-8000-0000000000ff';
      await server.run(`insert into santri_pribadi (id, nama) values ($1, 'Lain')`, [id]);
      await server.run(`insert into santri_skor values ($1, 77, 'Miskin')`, [id]);
      await server.run(
        `insert into santri_map (id, santri_id, nama, lokasi) values ($1, $1, 'Lain', st_setsrid(st_point(95.5, 3), 4326))`,
        [id],
      );
      assert.equal(await row('skor_terakhir', id), 77);
      assert.equal(await row('kode_kabupaten', id), 'aceh.acehbarat');
    });
  });
});

once('The paths of the santri application', () => {
  let server: TestServer;
  let personal: string;
  let whole: string;

  before(async () => {
    const made = await newServer({ sql: OLD, maps: MAPS }, untilFileEnds);
    await installPack(made.ctx.db);
    await made.rediscover();
    server = made;
    personal = (await createKey(server.ctx.db, { name: 'p', scopes: ['personal'] })).key;
    whole = (await createKey(server.ctx.db, { name: 'f', scopes: ['personal', 'personal:full'] })).key;
  });

  const get = async <Body = Collection>(path: string, key?: string): Promise<Body> => {
    const request = server.api.get(path);
    if (key) void request.set('X-API-Key', key);
    const answer = await request.expect(200);
    return (answer.body instanceof Buffer ? JSON.parse(answer.body.toString()) : answer.body) as Body;
  };

  it('answers /gis/santri-points, filtered and paged', async () => {
    const first = await get('/gis/santri-points?limit=50');
    assert.deepEqual(first.pagination, { page: 1, limit: 50, total: 200, pages: 4 });
    assert.equal(first.features.length, 50);
    const [row] = await server.run(
      `select id::text, santri_id::text, nama, skor_terakhir as skor, kategori_kemiskinan as ekonomi,
        pesantren_id::text, st_x(lokasi) as x, st_y(lokasi) as y from santri_map order by id limit 1`,
    );
    const { x, y, ...properties } = row as Record<string, unknown>;
    assert.deepEqual(first.features[0]?.properties, properties);
    assert.deepEqual(first.features[0]?.geometry, { type: 'Point', coordinates: [x, y] });
    const all = await Promise.all(
      [1, 2, 3, 4].map((page) => get(`/gis/santri-points?limit=50&page=${page}`)),
    );
    const ids = all.flatMap(({ features }) => features.map(({ properties: { id } }) => id));
    const expected = await server.run<{ id: string }>('select id::text from santri_map order by id');
    assert.deepEqual(
      ids,
      expected.map(({ id }) => id),
    );
    const poor = await get('/gis/santri-points?kategori=Miskin');
    const [count] = await server.run(
      `select count(*)::integer as n from santri_map where kategori_kemiskinan = 'Miskin'`,
    );
    assert.equal(poor.pagination.total, count?.n);
    assert(poor.features.every(({ properties }) => properties.ekonomi === 'Miskin'));
    const school = await get('/gis/santri-points?pesantren_id=00000000-0000-4000-8000-00000000a001');
    assert.equal(school.pagination.total, 40);
    for (const same of ['00000000-0000-4000-8000-00000000A001', '0000000000004000800000000000a001'])
      assert.equal((await get(`/gis/santri-points?pesantren_id=${same}`)).pagination.total, 40);
    assert.equal((await get('/gis/santri-points?pesantren_id=nonsense')).pagination.total, 0);
  });

  it('moves page and limit into their range, and takes what is no number for the default', async () => {
    const sizes = async (query: string): Promise<unknown> =>
      (await get(`/gis/santri-points?${query}`)).pagination;
    assert.deepEqual(await sizes('page=0&limit=0'), { page: 1, limit: 1, total: 200, pages: 200 });
    assert.deepEqual(await sizes('page=-4&limit=99999'), { page: 1, limit: 5000, total: 200, pages: 1 });
    assert.deepEqual(await sizes('page=x&limit='), { page: 1, limit: 1000, total: 200, pages: 1 });
    const beyond = await get('/gis/santri-points?page=999999&limit=10');
    assert.deepEqual(beyond.features, []);
    assert.equal(
      (await get<{ pagination: { limit: number } }>('/gis/heatmap?limit=99999')).pagination.limit,
      10000,
    );
    await server.api.get('/gis/santri-points?_=123').expect(200);
  });

  it('answers /gis/pesantren-points', async () => {
    const body = await get('/gis/pesantren-points?provinsi=Jawa%20Barat&kabupaten=Kota%20Bogor');
    assert.deepEqual(
      body.features.map(({ properties }) => properties),
      [
        {
          id: '00000000-0000-4000-8000-00000000b002',
          pesantren_id: '00000000-0000-4000-8000-00000000a002',
          nama: 'Pesantren Contoh B',
          nsp: 'N-2',
          skor: 45,
          kategori: 'cukup_layak',
          jumlah_santri: 80,
          provinsi: 'Jawa Barat',
          kabupaten: 'Kota Bogor',
        },
      ],
    );
  });

  it('answers the heat maps; the weight is 50 where the score is unknown', async () => {
    interface Heat {
      data: Record<string, unknown>[];
      pagination: { total: number };
    }
    const schools = await get<Heat>('/gis/pesantren-heatmap');
    assert.deepEqual(schools.data[2], {
      lat: -7,
      lng: 106.5,
      weight: 50,
      kategori: null,
      id: '00000000-0000-4000-8000-00000000b003',
      skor: null,
    });
    const poor = await get<Heat>('/gis/heatmap?kategori=Rentan&limit=3');
    assert.equal(poor.data.length, 3);
    assert(poor.data.every(({ weight, skor, ekonomi }) => weight === skor && ekonomi === 'Rentan'));
    assert.deepEqual(Object.keys(poor.data[0]!).sort(), ['ekonomi', 'id', 'lat', 'lng', 'skor', 'weight']);
  });

  it('answers both choropleths with figures of independent SQL, filters included', async () => {
    const figures = (where: string): Promise<Record<string, unknown>[]> =>
      server.run(`select kode_kabupaten as kode, count(*)::integer as total_santri,
        count(*) filter (where kategori_kemiskinan = 'Sangat Miskin')::integer as sangat_miskin,
        count(*) filter (where kategori_kemiskinan = 'Miskin')::integer as miskin,
        count(*) filter (where kategori_kemiskinan = 'Rentan')::integer as rentan,
        count(*) filter (where kategori_kemiskinan = 'Tidak Miskin')::integer as tidak_miskin,
        round(avg(skor_terakhir), 2)::float8 as avg_skor,
        round(100.0 * count(*) filter (where kategori_kemiskinan = 'Sangat Miskin') / count(*), 2)::float8 as pct_sangat_miskin,
        round(100.0 * count(*) filter (where kategori_kemiskinan = 'Miskin') / count(*), 2)::float8 as pct_miskin
        from santri_map where kode_kabupaten is not null and ${where} group by 1 order by 1`);
    const NAMES: Record<string, [string, string]> = {
      'aceh.acehbarat': ['AcehBarat', 'Aceh'],
      'aceh.acehbaratdaya': ['AcehBaratDaya', 'Aceh'],
      'jawabarat.bogor': ['Bogor', 'JawaBarat'],
      'jawabarat.kota-bogor': ['KotaBogor', 'JawaBarat'],
    };
    const compare = async (query: string, where: string): Promise<void> => {
      const body = await get(`/gis/choropleth/santri-kabupaten${query}`);
      const expected = (await figures(where)).map(({ kode, ...rest }) => {
        const [kabupaten, provinsi] = NAMES[String(kode)]!;
        return { kabupaten, provinsi, ...rest };
      });
      const properties = body.features.map((feature) => feature.properties);
      const byName = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
        String(a.kabupaten) < String(b.kabupaten) ? -1 : 1;
      assert.deepEqual(properties.sort(byName), expected.sort(byName));
      assert(body.features.every(({ geometry }) => /Polygon$/.test(geometry.type)));
    };
    await compare('', 'true');
    await compare('?provinsi=Jawa%20Barat', `kode_provinsi = 'jawabarat'`);
    await compare('?kategori_kemiskinan=Miskin', `kategori_kemiskinan = 'Miskin'`);
    await compare(
      '?kategori_kemiskinan=Miskin&provinsi=aceh',
      `kategori_kemiskinan = 'Miskin' and kode_provinsi = 'aceh'`,
    );
    assert.deepEqual((await get('/gis/choropleth/santri-kabupaten?kategori_kemiskinan=Nobody')).features, []);
    const schools = await get('/gis/choropleth/pesantren-kabupaten?provinsi=Aceh');
    assert.deepEqual(
      schools.features.map(({ properties }) => properties),
      [
        {
          kabupaten: 'AcehBarat',
          provinsi: 'Aceh',
          total_pesantren: 1,
          sangat_layak: 1,
          layak: 0,
          cukup_layak: 0,
          tidak_layak: 0,
          avg_skor: 85,
          total_santri: 120,
          pct_sangat_layak: 100,
          pct_layak: 0,
          pct_cukup_layak: 0,
          pct_tidak_layak: 0,
        },
      ],
    );
  });

  it('keeps the general forms below the same id', async () => {
    const classes = await get<{ classes: unknown[] }>('/gis/choropleth/santri-kabupaten/classes.json');
    assert(classes.classes.length > 0);
  });

  it('answers /gis/choropleth/stats', async () => {
    const body = await get<Record<string, unknown>>('/gis/choropleth/stats');
    const categories = await server.run(
      `select kategori_kemiskinan as kategori, count(*)::integer as count from santri_map
        where kategori_kemiskinan is not null group by 1 order by 1`,
    );
    assert.deepEqual(body.santri_categories, categories);
    assert.deepEqual(body.provinsi_list, ['Aceh', 'Jawa Barat']);
    assert((body.kabupaten_list as string[]).includes('Kab. Aceh Barat'));
    assert.equal((body.pesantren_categories as unknown[]).length, 2);
  });

  it('answers boundaries by names however they are spelt, and 501 for a level that is not there', async () => {
    const provinces = await get('/gis/boundaries/provinsi');
    assert.deepEqual(
      provinces.features.map(({ properties }) => properties),
      [{ provinsi: 'Aceh' }, { provinsi: 'JawaBarat' }],
    );
    const one = await get('/gis/boundaries/kabupaten?provinsi=jawa%20barat&kabupaten=Kota%20Bogor');
    assert.deepEqual(
      one.features.map(({ properties }) => properties),
      [{ provinsi: 'JawaBarat', kabupaten: 'KotaBogor' }],
    );
    assert.equal(one.features[0]?.geometry.type, 'MultiPolygon');
    const missing = await server.api.get('/gis/boundaries/kecamatan').expect(501);
    assert.equal((missing.body as { code: string }).code, 'level_not_imported');
  });

  it('refreshes with a key', async () => {
    await server.api.post('/gis/choropleth/refresh').expect(401);
    const { key } = await createKey(server.ctx.db, { name: 'r', scopes: ['refresh'] });
    const answer = await server.api
      .post('/gis/choropleth/refresh?wait=true')
      .set('X-API-Key', key)
      .expect(200);
    const { refreshed } = answer.body as { refreshed: string[] };
    assert(refreshed.includes('public.mv_santri_stats_kabupaten'));
    assert(refreshed.includes('public.santri_cube_kabupaten'));
  });

  it('shows persons to a key of scope personal, their NIK masked unless personal:full', async () => {
    interface People {
      success: boolean;
      data: Record<string, unknown>[];
      meta: { pagination: Record<string, unknown> };
    }
    await server.api.get('/api/santri-pribadi').expect(401);
    const { key } = await createKey(server.ctx.db, { name: 'r', scopes: ['refresh'] });
    await server.api.get('/api/santri-pribadi').set('X-API-Key', key).expect(403);
    const page = await get<People>('/api/santri-pribadi?page=2&per_page=15', personal);
    assert.deepEqual(page.meta.pagination, {
      current_page: 2,
      per_page: 15,
      total_items: 200,
      total_pages: 14,
      has_next: true,
      has_prev: true,
    });
    assert.deepEqual(Object.keys(page.data[0]!).sort(), [
      ...[
        'foto_count',
        'id',
        'jenis_kelamin',
        'kabupaten',
        'nama',
        'nik',
        'pesantren_id',
        'pesantren_nama',
        'provinsi',
      ],
    ]);
    assert(page.data.every(({ nik }) => /^\*{12}\d{4}$/.test(String(nik))));
    const [one] = (await get<People>('/api/santri-pribadi?search=Santri%20123', whole)).data;
    assert.equal(one?.nik, '3333333333333123');
    // Not to be found digit by digit by who may not see it.
    assert.equal((await get<People>('/api/santri-pribadi?search=333333333333312', personal)).data.length, 0);
    assert.equal((await get<People>('/api/santri-pribadi?search=3333333333333123', personal)).data.length, 1);
    const women = await get<People>(
      '/api/santri-pribadi?jenis_kelamin=P&provinsi=Aceh&per_page=100',
      personal,
    );
    assert(women.data.every(({ jenis_kelamin, provinsi }) => jenis_kelamin === 'P' && provinsi === 'Aceh'));
    const id = String(one?.id);
    const detail = await get<{ data: Record<string, unknown> }>(`/api/santri-pribadi/${id}`, personal);
    assert.equal(detail.data.nama, 'Santri 123');
    // However a UUID is written, as the old application took it.
    for (const same of [id.toUpperCase(), id.replaceAll('-', ''), `{${id}}`, `urn:uuid:${id}`])
      await server.api
        .get(`/api/santri-pribadi/${encodeURIComponent(same)}`)
        .set('X-API-Key', personal)
        .expect(200);
    const pupils = async (school: string) =>
      (await get<People>(`/api/santri-pribadi?pesantren_id=${school}`, personal)).data.length;
    assert.equal(await pupils('00000000-0000-4000-8000-00000000A001'), 20);
    for (const nobody of ['nobody', '1', '00000000-0000-4000-8000-000000000000'])
      await server.api.get(`/api/santri-pribadi/${nobody}`).set('X-API-Key', personal).expect(404);
  });

  it('is not there when it is switched off', async () => {
    const off = await serve({ ...server.environment, CHOROGRAPH_SANTRI_API: 'false' }).catch(() => undefined);
    // The embedded database serves one process at a time.
    if (!off) return;
    await off.api.get('/gis/santri-points').expect(404);
    await off.done();
  });

  it('masks all but the last four digits', () => {
    assert.equal(masked('1234567890123456'), '************3456');
    assert.equal(masked('123'), '***');
  });
});
