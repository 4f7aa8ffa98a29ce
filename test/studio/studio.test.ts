import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMaps } from '../../server/maps.ts';
import { MapsFile } from '../../server/maps/file.ts';
import { createKey } from '../../server/security/keys.ts';
import { newServer, once, serve, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { BOUNDARIES, FIGURES } from './support.ts';

const KEY = 'a-key-of-sixteen-and-more';
const COMMENT = '# What we publish, and why.';

interface Document {
  column: string;
  join: {
    regions: number;
    matched: number;
    missing: number;
    additional: { value: string; status: string; suggestions: { code: string }[] }[];
    unmatched: { code: string; name: string }[];
    duplicates: object[];
  };
  layer: { id: string; code: string };
  columns: { name: string; kind: string; addsUp: boolean }[];
  classes: { classes: { label: string; color: string; count: number }[] };
  values: [code: string, status: string, value: number | null, name: string][];
  sql: string;
  lines: string;
  maps: { writable: boolean; reason?: string };
}

once('the studio', () => {
  let server: TestServer;
  let folder: string;
  let mapsFile: string;
  const post = (path: string, body: object, to = server) =>
    to.api.post(`/studio/${path}`).set('X-API-Key', KEY).send(body);
  const draft = async (body: object): Promise<Document> =>
    (await post('draft', body).expect(200)).body as Document;
  const bring = (table: string, csv: string, more = '') =>
    server.api
      .post(`/studio/tables?table=${table}${more}`)
      .set('X-API-Key', KEY)
      .set('Content-Type', 'text/csv')
      .send(csv);
  const regions = { table: 'public.batas', geometry: 'geom', code: 'code', name: 'name' };
  const source = { set: 'batas', regions, table: 'public.angka' };
  const confirm = [{ value: 'Kab. Cianjr', code: '3203' }];
  const rate = {
    ...source,
    ...{ column: 'wilayah', confirm, id: 'miskin', title: 'Kemiskinan' },
    metric: { column: 'miskin', denominator: 'penduduk', multiplier: 100, label: 'Miskin', unit: '%' },
    classify: { method: 'equal', classes: 3, scheme: 'Blues' },
    suppress: { below: 5 },
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chorograph-studio-'));
    mapsFile = join(folder, 'maps.yaml');
    writeFileSync(mapsFile, `${COMMENT}\nregions: {} # none yet\n`);
    server = await newServer({
      environment: { CHOROGRAPH_API_KEY: KEY },
      maps: new MapsFile(mapsFile, readMaps),
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('brings what is dropped into tables, when it is asked to', async () => {
    const { body: preview } = await server.api
      .post('/previews')
      .set('X-API-Key', KEY)
      .set('Content-Type', 'application/json')
      .send(BOUNDARIES)
      .expect(201);
    const { id } = preview as { id: string };
    const { body: sources } = await server.api.get('/studio/sources').set('X-API-Key', KEY).expect(200);
    assert.equal(JSON.stringify(sources).includes('batas'), false, 'nothing is written before');
    const wanted = { preview: id, table: 'batas', code: 'kode', name: 'nama' };
    const { body: wrong } = await post('regions', { ...wanted, code: 'kod' }).expect(400);
    assert.match((wrong as { detail: string }).detail, /no column kod; there are kode, nama/);
    const { body: made } = await post('regions', wanted).expect(201);
    assert.deepEqual(made, { ...regions, regions: 6, rows: 6, repaired: [] });
    await post('regions', wanted).expect(400);
    await post('regions', { ...wanted, table: 'a.b.c' }).expect(400);

    const { body: table } = await bring('angka', FIGURES).expect(201);
    const { rows, columns } = table as { rows: number; columns: { name: string; type: string }[] };
    assert.deepEqual(
      [rows, columns.map(({ name, type }) => `${name} ${type}`)],
      [7, ['wilayah text', 'miskin integer', 'penduduk integer']],
    );
    await bring('angka', FIGURES).expect(400);
    const { body: unclear } = await bring('unclear', 'k;n\na;1.234\n').expect(400);
    assert.doesNotMatch((unclear as { detail: string }).detail, /--|chorograph-table/);
    await bring('unclear', 'k;n\na;1.234\n', '&decimal=comma').expect(201);
    const actions = await server.run(
      `select action from chorograph.audit_event where action = 'table.imported' and actor = 'key:environment'`,
    );
    assert.equal(actions.length, 3);
    const { body: now } = await server.api.get('/studio/sources').set('X-API-Key', KEY).expect(200);
    const { tables, layers, maps } = now as Record<'tables' | 'layers', { table: string }[]> & {
      maps: object;
    };
    assert.ok(
      tables.some((one) => one.table === 'public.angka') &&
        layers.some((one) => one.table === 'public.batas'),
    );
    assert.ok(!tables.some((one) => /chorograph|spatial_ref_sys/.test(one.table)));
    assert.deepEqual(maps, { writable: true });
  });

  it('tells what a join would match, and what values in classes would be', async () => {
    const first = await draft(source);
    assert.equal(first.column, 'wilayah', 'found by itself');
    assert.deepEqual([first.join.regions, first.join.matched, first.join.missing], [6, 4, 2]);
    assert.deepEqual(
      first.join.unmatched.map(({ code }) => code),
      ['3203', '3273'],
    );
    const [misspelt] = first.join.additional;
    assert.deepEqual(
      [misspelt?.value, misspelt?.status, misspelt?.suggestions[0]?.code],
      ['Entah', 'unmatched', undefined],
    );
    const other = first.join.additional.find(({ value }) => value === 'Kab. Cianjr');
    assert.equal(other?.suggestions[0]?.code, '3203');
    assert.equal(first.layer.code, 'code');
    assert.equal(first.classes, undefined);

    const { join: joined, values, classes, sql, lines } = await draft(rate);
    assert.equal(joined.matched, 5);
    assert.deepEqual(
      values.map((row) => row.slice(0, 3)),
      [
        ['3201', 'ok', 20],
        ['3202', 'ok', 50],
        ['3203', 'ok', 20],
        ['3271', 'suppressed', null],
        ['3272', 'ok', 80],
        ['3273', 'no_data', null],
      ],
    );
    assert.deepEqual(
      classes.classes.map(({ count }) => count),
      [2, 1, 1],
    );
    assert.match(sql, /create materialized view "public"\."angka_cube"/);
    for (const part of ['ratio:', 'multiplier: 100', 'below: 5', 'scheme: Blues', 'table: public.batas'])
      assert.ok(lines.includes(part), `${part} in ${lines}`);
    readMaps(lines);
    await server.run(
      `do $_$ begin execute $sql$ ${sql.split(';\ncreate')[0]} $sql$; raise exception 'no'; exception when raise_exception then null; end $_$`,
    );
    assert.equal(readFileSync(mapsFile, 'utf8').includes('batas'), false);
    assert.deepEqual(await server.run(`select 1 as one from pg_class where relname = 'angka_cube'`), []);
  });

  it('refuses what is not there, and whoever has no key for it', async () => {
    const wrong: [body: object, text: RegExp][] = [
      [{}, /set must be/],
      [{ ...source, strange: 1 }, /must be/],
      [{ ...source, regions: undefined }, /set must be one of/],
      [{ ...source, table: 'public.nothing' }, /a table or view that may be read/],
      [{ ...source, table: 'chorograph.api_key' }, /a table or view that may be read/],
      [{ ...source, regions: { ...regions, code: 'kode' } }, /regions.code must be a column of public.batas/],
      [{ ...rate, column: 'nama' }, /column must be a column of public.angka/],
      [
        { ...rate, metric: { column: 'wilayah' } },
        /metric.column must be a column of numbers: miskin, penduduk/,
      ],
      [{ ...rate, metric: { column: 'miskin', adds: false } }, /several rows/],
      [{ ...rate, dimensions: ['miskin'] }, /dimensions must be/],
      [{ ...rate, confirm: [{ value: 'Entah', code: '9999' }] }, /no region 9999/],
      [{ ...rate, classify: { scheme: 'None' } }, /scheme/],
      [{ ...rate, id: 'a b' }, /id must be/],
    ];
    for (const [body, text] of wrong) {
      const answer = await post('draft', body);
      const { detail = '' } = answer.body as { detail?: string };
      assert.equal(answer.status, 400, `${JSON.stringify(body)}: ${answer.status} ${detail}`);
      assert.match(detail, text);
    }
    const { key } = await createKey(server.ctx.db, { name: 'p', scopes: ['preview'] });
    await server.api.post('/studio/draft').send(source).expect(401);
    await server.api.post('/studio/apply').set('X-API-Key', key).send(rate).expect(403);
  });

  it('publishes it: the cube and the lines, which a server that starts anew still has', async () => {
    const { values: drafted } = await draft(rate);
    const { body: applied, headers } = await post('apply', rate).expect(201);
    assert.deepEqual(applied, { id: 'miskin', served: true });
    assert.equal(headers.location, '/gis/choropleth/miskin');
    const text = readFileSync(mapsFile, 'utf8');
    assert.ok(text.startsWith(COMMENT) && text.includes('# none yet'), text);

    const valuesAt = async (at: TestServer) => {
      const { body } = await at.api.get('/gis/choropleth/miskin/values.json').expect(200);
      return body as { values: Record<string, unknown> };
    };
    const published = JSON.stringify(await valuesAt(server));
    for (const [code, status, value] of drafted)
      if (status === 'ok' && value !== null) assert.ok(published.includes(code), code);
    const { body: collection } = await server.api.get('/gis/choropleth/miskin').expect(200);
    const shown = (
      collection as { features: { properties: { code: string; value: number | null; status: string } }[] }
    ).features.map(({ properties: { code, status, value } }) => [code, status, value]);
    // What is hidden so that the suppressed one cannot be computed is known now only.
    for (const [code, status, value] of shown)
      if (status === 'ok')
        assert.deepEqual([code, status, value], drafted.find(([one]) => one === code)?.slice(0, 3));
    assert.equal(shown.find(([code]) => code === '3271')?.[1], 'suppressed');

    const events = await server.run<{ actor: string; object: string }>(
      `select actor, object from chorograph.audit_event where action = 'choropleth.published'`,
    );
    assert.deepEqual(events, [{ actor: 'key:environment', object: 'choropleth:miskin' }]);

    const maps = new MapsFile(mapsFile, readMaps);
    const anew = await serve({ ...server.environment, PORT: '0' }, { maps }, undefined, server.opened);
    assert.deepEqual(await valuesAt(anew), await valuesAt(server));
    await anew.done();
  });

  it('changes nothing where a part of it cannot be done', async () => {
    const before = readFileSync(mapsFile, 'utf8');
    const { body: taken } = await post('apply', rate).expect(400);
    assert.match((taken as { detail: string }).detail, /a choropleth miskin already/);
    // The view is there already, the lines would be new.
    const { body: refused } = await post('apply', { ...rate, id: 'other' }).expect(422);
    assert.match((refused as { detail: string }).detail, /public.angka_cube already/);
    assert.equal(readFileSync(mapsFile, 'utf8'), before);

    // A file that somebody broke meanwhile is not made worse.
    writeFileSync(mapsFile, `${before}choropleths: again\n`);
    await bring('angka2', FIGURES).expect(201);
    const other = { ...rate, table: 'public.angka2', id: 'other' };
    const { body: broken } = await post('apply', other).expect(422);
    assert.ok((broken as { problems: string[] }).problems.length > 0);
    assert.deepEqual(await server.run(`select 1 as one from pg_class where relname = 'angka2_cube'`), []);
    writeFileSync(mapsFile, before);

    const handed = await serve({ ...server.environment, PORT: '0' }, {}, undefined, server.opened);
    const { maps } = (await post('draft', other, handed).expect(200)).body as Document;
    assert.deepEqual(maps, { writable: false, reason: 'no_file' });
    await post('apply', other, handed).expect(409);
    await handed.done();
    await eventuallyPasses(async () => {
      const { body } = await server.api.get('/gis/choropleth').expect(200);
      assert.match(JSON.stringify(body), /"miskin"/);
    });
    await post('apply', other).expect(201);
  });
});
