import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMaps } from '../../server/maps.ts';
import { MapsFile } from '../../server/maps/file.ts';
import { newServer, once, onPostgres, untilFileEnds, type TestServer } from '../support/environment.ts';
import { eventually, eventuallyPasses } from '../support/eventually.ts';
import { startProcess } from '../refresh/process.ts';

const SQL = `
  create table kabupaten (kode text primary key, nama text, kode_provinsi text, geom geometry(Polygon, 4326));
  insert into kabupaten values ('1', 'Satu', 'p', st_makeenvelope(0, 0, 1, 1, 4326)),
    ('2', 'Dua', 'p', st_makeenvelope(1, 0, 2, 1, 4326));
  create table provinsi (kode text primary key, nama text, geom geometry(Polygon, 4326));
  insert into provinsi values ('p', 'Pe', st_makeenvelope(0, 0, 2, 1, 4326));
  create table titik (id int primary key, skor int, jenis text, geom geometry(Point, 4326));
  insert into titik values (1, 5, 'a', st_setsrid(st_makepoint(0.5, 0.5), 4326));
  create materialized view mv_santri as
    select k.kode, 2020 as tahun, 'a'::text as jenis, 5 as jumlah, 2 as miskin from kabupaten k;
  create unique index on mv_santri (kode, tahun, jenis);
  create view plain_view as select * from mv_santri;`;

const RIGHT = `
regions:
  prov: { table: public.provinsi, geometry: geom, code: kode, name: nama }
  kab: { table: kabupaten, code: kode, name: nama, parent: { set: prov, column: kode_provinsi } }
choropleths:
  santri:
    title: Santri
    regions: kab
    cube:
      view: mv_santri
      region: kode
      dimensions: [jenis, tahun]
      time: tahun
      refresh: { cron: '*/15 * * * *', timezone: Asia/Jakarta, maxAge: 2h }
    metrics:
      jumlah: { sum: jumlah, label: Jumlah }
      persen: { ratio: [miskin, jumlah], multiplier: 100 }
    denominators: [jumlah]
    classify: { metric: persen, method: manual, classes: 4, scheme: YlOrRd, breaks: [10, 20, 30] }
    suppress: { below: 5, count: jumlah }
layers:
  points: { table: titik, title: Titik, minzoom: 2, pyramid: { below: 8, sum: [skor], countBy: jenis } }
refresh:
  public.mv_santri: { cron: '*/15 * * * *', timezone: Asia/Jakarta, maxAge: 2h }
`;

/** A slip, and the line that tells it, with what would be right where there is one right name. */
const SLIPS: [from: string, to: string, told: RegExp][] = [
  [
    'table: public.provinsi',
    'table: public.provinsy',
    /:3: regions.prov.table: there is no table or view public.provinsy; did you mean public.provinsi\?$/,
  ],
  ['table: kabupaten', 'table: kabupatem', /:4: regions.kab.table: .*did you mean public.kabupaten\?$/],
  ['table: public.provinsi', 'table: gis.provinsi', /:3: .*gis.provinsi; did you mean public.provinsi\?$/],
  [
    'geometry: geom',
    'geometry: gome',
    /:3: regions.prov.geometry: public.provinsi has no geometry column gome; (did you mean|there are) geom\??$/,
  ],
  [
    'geom, code: kode',
    'geom, code: kod',
    /:3: regions.prov.code: public.provinsi has no readable column kod; did you mean kode\?$/,
  ],
  [
    'code: kode, name: nama, parent',
    'code: kode, name: namaa, parent',
    /:4: regions.kab.name: .*did you mean nama\?$/,
  ],
  [
    'column: kode_provinsi',
    'column: kode_provinci',
    /:4: regions.kab.parent.column: .*did you mean kode_provinsi\?$/,
  ],
  ['set: prov', 'set: prof', /:4: regions.kab.parent.set: there is no region set prof; did you mean prov\?$/],
  [
    'regions: kab',
    'regions: kap',
    /:8: choropleths.santri.regions: there is no region set kap; did you mean kab\?$/,
  ],
  [
    'view: mv_santri',
    'view: mv_santry',
    /:10: choropleths.santri.cube.view: .*did you mean public.mv_santri\?$/,
  ],
  [
    'view: mv_santri',
    'view: titik',
    /:11: choropleths.santri.cube.region: public.titik has no readable column kode; there are id, skor, jenis, geom$/,
  ],
  [
    'view: mv_santri',
    'view: plain_view',
    /:14: choropleths.santri.cube.refresh: public.plain_view is a view: only materialized views are refreshed$/,
  ],
  ['region: kode', 'region: kdoe', /:11: choropleths.santri.cube.region: .*did you mean kode\?$/],
  ['[jenis, tahun]', '[jens, tahun]', /:12: choropleths.santri.cube.dimensions: .*did you mean jenis\?$/],
  [
    'time: tahun',
    'time: tahum',
    /:13: choropleths.santri.cube.time: tahum is not one of its dimensions; did you mean tahun\?$/,
  ],
  [
    "cron: '*/15 * * * *', timezone: Asia/Jakarta, maxAge: 2h }\n    metrics",
    "cron: '*/15 * * *', timezone: Asia/Jakarta, maxAge: 2h }\n    metrics",
    /:14: choropleths.santri.cube.refresh.cron must be a cron expression/,
  ],
  [
    'timezone: Asia/Jakarta, maxAge: 2h }\n    metrics',
    'timezone: Asia/Jakata, maxAge: 2h }\n    metrics',
    /:14: .*Asia\/Jakata is none; did you mean Asia\/Jakarta\?$/,
  ],
  [
    'maxAge: 2h }\n    metrics',
    'maxage: 2h }\n    metrics',
    /:14: choropleths.santri.cube.refresh.maxage: there is no such key; did you mean maxAge\?$/,
  ],
  ['sum: jumlah', 'sum: jumlha', /:16: choropleths.santri.metrics.jumlah: .*did you mean jumlah\?$/],
  ['sum: jumlah', 'sum: jenis', /:(6|16): choropleths.santri.*column jenis is not numeric$/],
  [
    'ratio: [miskin, jumlah]',
    'ratio: [miskn, jumlah]',
    /:17: choropleths.santri.metrics.persen: .*did you mean miskin\?$/,
  ],
  [
    'multiplier: 100',
    'multiplyer: 100',
    /:17: .*multiplyer: there is no such key; did you mean multiplier\?$/,
  ],
  [
    'denominators: [jumlah]',
    'denominators: [penduduk]',
    /:18: choropleths.santri.denominators: .*no readable column penduduk; there are /,
  ],
  [
    'metric: persen',
    'metric: persn',
    /:19: choropleths.santri.classify.metric: there is no metric persn; did you mean persen\?$/,
  ],
  [
    'method: manual',
    'method: manuel',
    /:19: choropleths.santri.classify.method: there is no method manuel; did you mean manual\?$/,
  ],
  [
    'classes: 4',
    'classes: 40',
    /:19: choropleths.santri.classify.classes must be a whole number from 2 to 9$/,
  ],
  [
    'scheme: YlOrRd',
    'scheme: YlOrRed',
    /:19: choropleths.santri.classify.scheme: there is no scheme YlOrRed; did you mean YlOrRd\?$/,
  ],
  [
    '[10, 20, 30]',
    '[10, 30, 20]',
    /:19: choropleths.santri.classify.breaks: none may be less than the one before: 10, 30, 20$/,
  ],
  ['count: jumlah', 'count: jumla', /:20: choropleths.santri.suppress.count: .*did you mean jumlah\?$/],
  [
    'suppress:',
    'supress:',
    /:20: choropleths.santri.supress: there is no such key; did you mean suppress\?$/,
  ],
  ['table: titik', 'table: titk', /:22: layers.points.table: .*did you mean public.titik\?$/],
  ['table: titik', 'table: mv_santri', /:22: layers.points.table: public.mv_santri has no geometry column$/],
  [
    'sum: [skor]',
    'sum: [score]',
    /:22: layers.points.pyramid.sum: public.titik has no readable column score; /,
  ],
  ['countBy: jenis', 'countBy: jeniss', /:22: layers.points.pyramid.countBy: .*did you mean jenis\?$/],
  ['minzoom: 2', 'minzom: 2', /:22: layers.points.minzom: there is no such key; did you mean minzoom\?$/],
  [
    'refresh:\n  public.mv_santri',
    'refresh:\n  public.mv_santr',
    /:24: refresh.public.mv_santr: .*did you mean public.mv_santri\?$/,
  ],
  [
    'refresh:\n  public.mv_santri',
    'refresh:\n  public.titik',
    /:24: refresh.public.titik: public.titik is a table: only materialized views are refreshed$/,
  ],
  ['\nlayers:', '\nlayer:', /:21: layer: there is no such key; did you mean layers\?$/],
];

once('a maps.yaml', () => {
  let folder: string;
  let path: string;
  let server: TestServer;
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-maps-'));
    untilFileEnds.push(() => rm(folder, { recursive: true, force: true }));
    path = join(folder, 'maps.yaml');
    await writeFile(path, RIGHT);
    server = await newServer({ sql: SQL, maps: new MapsFile(path, readMaps) });
  });
  const served = async (id: string): Promise<void> => {
    await server.api.get(`/gis/choropleth/${id}/values.json`).expect(200);
  };
  const check = async () => (await server.api.get('/health').expect(200)).body.checks.catalog;
  /** As an editor does it: written elsewhere, then put in its place. */
  const write = async (text: string): Promise<void> => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };

  it('that is right has nothing to be told', async () => {
    const { status, problems, refused, choroplethsWithProblems } = await check();
    assert.deepEqual([status, problems, refused, choroplethsWithProblems], ['ok', undefined, undefined, 0]);
  });

  for (const [from, to, told] of SLIPS) {
    it(`with ${to.split('\n')[0]} is told of`, async () => {
      assert.ok(RIGHT.includes(from));
      await write(RIGHT.replace(from, to));
      await server.rediscover();
      const { status, problems = [], refused = [] } = await check();
      const lines = [...problems, ...refused] as string[];
      assert.equal(status, 'degraded');
      assert.ok(
        lines.some((line) => told.test(line)),
        lines.join('\n'),
      );
      for (const line of lines) assert.match(line, /maps\.yaml:\d+: /);
      // Where the whole file could not be understood, what it said before is served.
      if (refused.length > 0) await server.api.get('/gis/choropleth/santri/values.json').expect(200);
      await write(RIGHT);
      await server.rediscover();
      assert.equal((await check()).status, 'ok');
    });
  }

  it('that is edited is read again, and what it says is served', async () => {
    await server.api.get('/gis/choropleth/jumlah').expect(404);
    const schedule = server.ctx.refresher.targets.map(({ view }) => view);
    assert.deepEqual(schedule, ['public.mv_santri']);
    await write(
      RIGHT.replace('\n  santri:', '\n  jumlah:')
        .replace('title: Titik', 'title: Points')
        .replace('  points:', '  dots:'),
    );
    await eventuallyPasses(() => served('jumlah'));
    await server.api.get('/gis/choropleth/santri/values.json').expect(404);
    assert.equal((await server.api.get('/tiles/dots.json').expect(200)).body.name, 'Points');
    await write(RIGHT);
    await eventuallyPasses(() => served('santri'));
    await server.api.get('/gis/choropleth/jumlah').expect(404);
    assert.equal((await server.api.get('/tiles/points.json').expect(200)).body.name, 'Titik');
  });

  it('that becomes wrong, or goes, is refused: what it said is kept, and /health says why', async () => {
    await write(RIGHT.replace('regions: kab', 'regions: [kab'));
    await eventually(async () => (await check()).refused?.length > 0);
    await server.api.get('/gis/choropleth/santri/values.json').expect(200);
    await rm(path);
    await eventually(async () => /the file is gone/.test((await check()).refused?.[0] ?? ''));
    await server.api.get('/gis/choropleth/santri/values.json').expect(200);
    await write(RIGHT);
    await eventually(async () => (await check()).status === 'ok');
  });

  it('is written down with the paths of what changed, and without what stands there', async () => {
    await write(RIGHT.replace('title: Titik', 'title: Rahasia').replace('    denominators: [jumlah]\n', ''));
    await server.rediscover();
    await eventuallyPasses(async () => {
      await server.ctx.auditing.flush();
      const [row] = await server.run<{ after: { changed: string[] } }>(
        `select after::json as after from chorograph.audit_event where action = 'configuration.read' order by seq desc limit 1`,
      );
      assert.deepEqual(row?.after.changed, ['choropleths.santri.denominators', 'layers.points.title']);
    });
  });

  it('is not told of in detail to strangers', async () => {
    await write(RIGHT.replace('sum: jumlah', 'sum: jumlha'));
    await server.rediscover();
    const { body } = await server.api.get('/health').set('X-Forwarded-For', '203.0.113.7').expect(200);
    assert.equal(body.checks.catalog.status, 'degraded');
    assert.equal(body.checks.catalog.problems, undefined);
    await write(RIGHT);
    await server.rediscover();
  });
});

onPostgres('a maps.yaml of several processes', () => {
  it('is read again by each, and a broken choropleth is one line at the start', async function () {
    const source = await newServer({ sql: SQL });
    const environment = { DATABASE_URL: source.environment.DATABASE_URL as string, WORKERS: '2' };
    const { url, maps, said, end } = await startProcess(
      environment,
      RIGHT.replace('sum: jumlah', 'sum: jumlha'),
    );
    try {
      const lines = said().filter((line) => line.includes('metrics.jumlah'));
      assert.equal(lines.length, 1, said().join('\n'));
      assert.match(lines[0]!, /maps.yaml:16: .*did you mean jumlah\?$/);
      await writeFile(maps, RIGHT);
      const rounds = [...Array(12).keys()];
      await eventuallyPasses(async () => {
        const answers = await Promise.all(
          rounds.map(() =>
            fetch(`${url}/gis/choropleth/santri/values.json`, { headers: { connection: 'close' } }),
          ),
        );
        assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      });
    } finally {
      await end('SIGTERM');
    }
  });
});
