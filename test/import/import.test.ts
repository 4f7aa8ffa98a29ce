import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { acquireLock } from '../../server/db/embedded/lock.ts';
import { importCommand } from '../../server/import/command.ts';
import { joinCommand } from '../../server/joins/command.ts';
import { createKey } from '../../server/security/keys.ts';
import { MapsFile } from '../../server/maps/file.ts';
import { readMaps } from '../../server/maps.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { proposeCommand } from '../../server/propose/command.ts';
import { runCommand } from '../support/commands.ts';
import { chorograph } from '../cli/support.ts';
import { newServer, onPostgres, untilFileEnds, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const file = (name: string): string => projectPath('test', 'import', 'files', name);
const COMMENT = '# What we publish.\n';
const NAMED = ['--code', 'kode', '--name', 'nama', '--parent', 'prov'];

/** The corners of the squares in `files/make.py`, to 0.1 m. */
const CORNERS: Readonly<Record<string, readonly number[]>> = {
  3201: [106.5, -7, 107, -6.5],
  3202: [107, -7, 107.5, -6.5],
  3271: [107.5, -7, 108, -6.5],
  3272: [106.5, -7.5, 107, -7],
  3301: [107, -7.5, 107.5, -7],
  3302: [107.5, -7.5, 108, -7],
};

const FIGURES = { 3201: 1200, 3202: 800, 3271: 1_500_000, 3272: 40, 3301: 95, 3302: null };

describe('importing', () => {
  let server: TestServer;
  let folder: string;
  let mapsFile: string;
  const run = (...words: string[]): Promise<string[]> => runCommand(importCommand, words, server, mapsFile);
  const written = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chorograph-import-'));
    mapsFile = written('maps.yaml', COMMENT);
    server = await newServer({ maps: new MapsFile(mapsFile, readMaps) }, untilFileEnds);
    untilFileEnds.push(async () => rmSync(folder, { recursive: true }));
  });

  it('makes a map of a Shapefile and a CSV in three commands, without a restart', async () => {
    await run(file('shapefile'), '--set', 'kabupaten', '--code', 'kode', '--name', 'nama', '--apply');
    await run(file('figures.csv'), '--into', 'santri');
    const words = ['--table', 'santri', '--set', 'kabupaten', '--apply'];
    const lines = await runCommand(proposeCommand, words, server, mapsFile);
    assert.ok(lines.includes('6 of 6 regions matched, 6 of 6 rows'), lines.join('\n'));
    assert.ok(readFileSync(mapsFile, 'utf8').startsWith(COMMENT));
    await eventuallyPasses(async () => {
      const { body } = await server.api.get('/gis/choropleth/santri?metric=jumlah_santri').expect(200);
      assert.deepEqual(valuesOf(body), FIGURES);
    });
    const { body } = await server.api.get('/gis/choropleth/santri?metric=persen_miskin').expect(200);
    const expected = { 3201: 12.5, 3202: 8.25, 3271: 3, 3272: 1.75, 3301: 20, 3302: 15.5 };
    assert.deepEqual(valuesOf(body), expected);
    await server.api.get('/gis/choropleth/santri/tiles/6/51/33.mvt').expect(200);
  });

  // The embedded database has one process at a time.
  onPostgres('as a person types it, beside a running server', () => {
    it('publishes a choropleth with three words of the command line', async function () {
      const typed = async (...words: string[]): Promise<string> => {
        const { DATABASE_URL = '' } = server.environment;
        const { code, out, error } = await chorograph([
          ...[...words, '--maps', mapsFile, '--database', DATABASE_URL],
        ]);
        assert.equal(code, 0, error);
        return out;
      };
      const columns = ['--code', 'kode', '--name', 'nama', '--apply'];
      await typed('import', file('shapefile.zip'), '--set', 'typed-kabupaten', ...columns);
      await typed('import', file('figures.csv'), '--into', 'typed_santri');
      const said = await typed('propose', '--table', 'typed_santri', '--set', 'typed-kabupaten', '--apply');
      assert.match(said, /Published: \/gis\/choropleth\/typed_santri/);
      await eventuallyPasses(async () => {
        const path = '/gis/choropleth/typed_santri?metric=jumlah_santri';
        const { body } = await server.api.get(path).expect(200);
        assert.deepEqual(valuesOf(body), FIGURES);
      });
    });
  });

  it('says who has the embedded database open, and what to do', async () => {
    const data = join(folder, 'in-use');
    mkdirSync(data);
    const lock = await acquireLock(join(data, 'db.lock'));
    try {
      const words = ['join', '--set', 'x', '--table', 'y', '--column', 'z', '--maps', mapsFile];
      const { code, error } = await chorograph(words, { CHOROGRAPH_DATA_DIR: data });
      assert.equal(code, 1, error);
      assert.match(
        error,
        new RegExp(`in use by process ${process.pid} .a running server most likely.: .*Stop`),
      );
    } finally {
      await lock.release();
    }
  });

  describe('boundaries', () => {
    const regions = (table: string): Promise<{ code: string; name: string; parent_code: string }[]> =>
      server.run(`select code, name, parent_code from ${table} order by code`);

    for (const name of [
      'regions.geojson',
      'regions.geojsonl',
      'regions.csv',
      'regions.gpkg',
      'regions.fgb',
      'shapefile',
      'shapefile.zip',
      'shapefile/regions.shp',
    ])
      it(`reads ${name}, in degrees wherever its coordinates come from`, async () => {
        const table = `from_${name.replace(/\W/g, '_')}`;
        await run(file(name), '--set', 'kab', '--table', table, ...NAMED);
        assert.deepEqual((await regions(table)).at(-1), {
          ...{ code: '3302', name: 'Kabupaten Banyumas', parent_code: '33' },
        });
        const boxes = await server.run<{ code: string; box: number[] }>(`
          select code, array[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)]::float8[] as box from ${table}`);
        assert.equal(boxes.length, 6);
        for (const { code, box } of boxes)
          // A straight side in degrees is none in metres: GDAL moved the corners alone, and so do we.
          for (const [i, side] of (CORNERS[code] ?? []).entries())
            assert.ok(Math.abs((box[i] ?? NaN) - side) < 1e-6, `${code}: ${box.join(' ')}`);
      });

    it('reads a TopoJSON', async () => {
      await run(file('regions.topojson'), '--set', 'halves', '--code', 'kode', '--name', 'nama');
      const rows = await server.run(`select code, ST_Area(geom)::float8 as area from halves order by code`);
      assert.deepEqual(rows, [
        { code: 'E', area: 100 },
        { code: 'W', area: 100 },
      ]);
    });

    it('knows the layout of GADM: no lake, names apart, official codes not trusted, the invalid area repaired', async () => {
      const lines = await run(file('gadm.geojson'), '--set', 'gadm');
      assert.match(lines.join('\n'), /laid out as GADM, level 2/);
      assert.match(lines.join('\n'), /left out 1: feature 6/);
      assert.match(
        lines.join('\n'),
        /feature 7, Asahan \(IDN\.33\.1_1\): Self-intersection at 99\.5\d*, 2\.5/,
      );
      const names = await server.run<{ name: string }>(`select name from gadm order by code`);
      assert.deepEqual(
        names.map(({ name }) => name),
        ['Aceh Barat Daya', 'Aceh Barat', 'Banjar', 'Kota Baru', 'Asahan', 'Banjar'],
      );
      const [asahan] = await server.run<{ valid: boolean; area: number }>(
        `select ST_IsValid(geom) as valid, round(ST_Area(geom)::numeric, 6)::float8 as area from gadm where name = 'Asahan'`,
      );
      assert.deepEqual(asahan, { valid: true, area: 0.5 });
    });

    it('refuses rows without a code and codes that stand twice, each with its place, and keeps nothing', async () => {
      await assert.rejects(
        run(file('gadm.geojson'), '--set', 'official', '--code', 'CC_2', '--name', 'NAME_2'),
        ({ message }: Error) => {
          assert.match(message, /feature 1: no code \(CC_2\) for AcehBaratDaya/);
          assert.match(message, /code 6303 stands 2 times: feature 4, feature 5/);
          return true;
        },
      );
      const [table] = await server.run(`select to_regclass('public.official') is null as absent`);
      assert.deepEqual(table, { absent: true });
    });

    it('names the lines of a CSV and of lines of JSON', async () => {
      const wkt = '"POLYGON((106 -7,107 -7,107 -6,106 -7))"';
      const csv = written('lines.csv', `kode,nama,wkt\n11,A,${wkt}\n\n,B,${wkt}\n11,C,${wkt}\n13,D,\n`);
      const feature = (kode: string | null): string =>
        JSON.stringify({
          type: 'Feature',
          properties: { kode, nama: 'A' },
          geometry: { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] }, // prettier-ignore
        });
      const json = written('lines.geojsonl', `${feature('1')}\n\n${feature(null)}\n${feature('1')}\n`);
      for (const [path, told] of [
        [
          csv,
          ['line 4: no code (kode) for B', 'line 6: no area for D (13), but no geometry', 'line 2, line 5'],
        ],
        [json, ['line 3: no code (kode) for A', 'line 1, line 4']],
      ] as const)
        await assert.rejects(
          run(path, '--set', 'x', '--code', 'kode', '--name', 'nama'),
          ({ message }: Error) =>
            told.every((text) => message.includes(text) || assert.fail(`${text} is not in\n${message}`)),
        );
      const broken = written('broken.csv', 'kode,n\n1,2\n1,2,3\n');
      await assert.rejects(run(broken, '--into', 'broken'), /line 3/);
    });

    it('makes one region of several rows when it is told to', async () => {
      const lines = await run(
        file('regions.geojson'),
        '--set',
        'prov',
        '--code',
        'prov',
        '--name',
        'prov',
        '--dissolve',
      );
      assert.match(lines.join('\n'), /2 regions of 6 rows are in public\.prov/);
      const rows = await server.run(
        `select code, ST_Area(geom)::float8 as area, ST_NumGeometries(geom) as parts from prov order by code`,
      );
      assert.deepEqual(rows, [
        { code: '32', area: 1, parts: 1 },
        { code: '33', area: 0.5, parts: 1 },
      ]);
    });

    it('keeps nothing of a dry run, and says what there would be', async () => {
      const lines = await run(file('regions.geojson'), '--set', 'dry', ...NAMED, '--dry-run', '--apply');
      assert.match(lines.join('\n'), /6 regions would be in public\.dry/);
      assert.doesNotMatch(readFileSync(mapsFile, 'utf8'), /dry/);
      const [table] = await server.run(`select to_regclass('public.dry') is null as absent`);
      assert.deepEqual(table, { absent: true });
    });

    it('exchanges the regions of a set in one step, and raises its generation', async () => {
      await run(file('regions.geojson'), '--set', 'swapped', ...NAMED);
      await assert.rejects(run(file('regions.geojson'), '--set', 'swapped', ...NAMED), /--replace/);
      const generation = `select generation from chorograph.generation where relation = 'public.swapped'`;
      const [before] = await server.run<{ generation: number }>(generation);
      const { features } = JSON.parse(readFileSync(file('regions.geojson'), 'utf8')) as {
        features: { properties: Record<string, string> }[];
      };
      features.pop();
      features[0]!.properties.nama = 'Bogor';
      features[1]!.properties.kode = '3299';
      const newer = written('newer.geojson', JSON.stringify({ type: 'FeatureCollection', features }));
      const lines = await run(newer, '--set', 'swapped', ...NAMED, '--replace');
      assert.match(lines.join('\n'), /new: 3299; gone: 3202, 3302/);
      const codes = (await regions('swapped')).map(({ code, name }) => `${code} ${name}`);
      assert.deepEqual(codes.slice(0, 2), ['3201 Bogor', '3271 Kota Bogor']);
      assert.equal(codes.length, 5);
      const [after] = await server.run<{ generation: number }>(generation);
      assert.ok(Number(after?.generation) > Number(before?.generation));
    });

    it('refuses coordinates that are no degrees where the file names no reference system', async () => {
      const ring = [
        [700000, 9200000],
        [710000, 9200000],
        [710000, 9210000],
        [700000, 9200000],
      ];
      const feature = {
        type: 'Feature',
        properties: { kode: '1', nama: 'A' },
        geometry: { type: 'Polygon', coordinates: [ring] },
      };
      const path = written(
        'metres.geojson',
        JSON.stringify({ type: 'FeatureCollection', features: [feature] }),
      );
      await assert.rejects(
        run(path, '--set', 'metres', '--code', 'kode', '--name', 'nama'),
        /feature 1: .*give --crs/,
      );
      await run(path, '--set', 'metres', '--code', 'kode', '--name', 'nama', '--crs', 'EPSG:32748');
      const [row] = await server.run<{ x: number }>(
        `select ST_X(ST_Centroid(geom))::float8 as x from metres`,
      );
      assert.ok(Math.abs((row?.x ?? 0) - 106.87) < 0.01, String(row?.x));
    });
  });

  describe('figures', () => {
    it('shows the types before it writes: codes stay texts, numbers lose what parts their thousands', async () => {
      const path = written(
        'types.csv',
        'kode,nama,n,share,day,yes\n0101,A,"1,234,567",1.5,2024-01-31,ya\n0102,B,-,2.25,,tidak\n',
      );
      const lines = await run(path, '--into', 'typed');
      assert.match(lines.join('\n'), /kode +text +0101 +\(zeros in front are kept\)/);
      assert.deepEqual(
        await server.run(`select kode, n::text, share::text, day::text, yes from typed order by 1`),
        [
          { kode: '0101', n: '1234567', share: '1.5', day: '2024-01-31', yes: true },
          { kode: '0102', n: null, share: '2.25', day: null, yes: false },
        ],
      );
    });

    it('asks which way numbers are written where both can be meant', async () => {
      const path = written('unclear.csv', 'kode;n\n1;1.234\n2;5.678\n');
      await assert.rejects(
        run(path, '--into', 'unclear'),
        /1\.234 \(line 2\) can be read in two ways: say --decimal/,
      );
      await run(path, '--into', 'unclear', '--decimal', 'comma');
      assert.deepEqual(await server.run(`select n::text from unclear order by kode`), [
        { n: '1234' },
        { n: '5678' },
      ]);
    });

    it('reads a sheet of a workbook, and says which value keeps a column from being numbers', async () => {
      const path = join(folder, 'book.xlsx');
      writeFileSync(
        path,
        workbook({
          Notes: [['nothing here']],
          Data: [[], ['kode', 'n', 'share', 'odd'], ['0101', 5, 1.234, 1], ['0102', null, 2.5, 'x?']],
        }),
      );
      await assert.rejects(run(path, '--into', 'booked'), /more than one sheet; .* Notes, Data/);
      const lines = await run(path, '--into', 'booked', '--layer', 'Data');
      assert.match(lines.join('\n'), /odd +text +1 +\(text for x\? \(line 4\)\)/);
      assert.deepEqual(await server.run(`select kode, n::text, share::text, odd from booked order by 1`), [
        { kode: '0101', n: '5', share: '1.234', odd: '1' },
        { kode: '0102', n: null, share: '2.5', odd: 'x?' },
      ]);
      const rubbish = written('rubbish.xlsx', 'no workbook');
      await assert.rejects(run(rubbish, '--into', 'rubbish'), /not a workbook that can be read/);
    });

    it('reads lines of JSON', async () => {
      const path = written('lines.ndjson', '{"kode":"32","n":5}\n\n{"kode":"33","n":null}\n');
      await run(path, '--into', 'from_lines');
      assert.deepEqual(await server.run(`select kode, n from from_lines order by 1`), [
        { kode: 32, n: 5 },
        { kode: 33, n: null },
      ]);
    });
  });

  it('tells which names are open, and remembers what a person confirms', async () => {
    await server.run(
      `drop table if exists schools; create table schools as select * from (values ('Kab Bogor'), ('Bogorr'), ('Banyumas')) t (kab)`,
    );
    const doctor = (...words: string[]): Promise<string[]> =>
      runCommand(
        joinCommand,
        ['--set', 'kabupaten', '--table', 'schools', '--column', 'kab', ...words],
        server,
        mapsFile,
      );
    const before = (await doctor()).join('\n');
    assert.match(before, /2 of 6 regions matched, 2 of 3 rows/);
    assert.match(
      before,
      /Bogorr, 1 rows: perhaps 3271 Kota Bogor|Bogorr, 1 rows: perhaps 3201 Kabupaten Bogor/,
    );
    await assert.rejects(doctor('--confirm', 'Bogorr=9999'), /no region 9999/);
    await doctor('--confirm', 'Bogorr=3271');
    const { joinInformation } = JSON.parse((await doctor('--json')).join('\n')) as JoinDocument;
    assert.equal(joinInformation.numberOfMatchedCollectionKeys, 3);
    assert.deepEqual(joinInformation.additionalAttributeKeys, []);
  });

  it('tells the same over HTTP, and confirms there, for a key of scope admin alone', async () => {
    await server.run(
      `drop table if exists homes; create table homes as select * from (values ('Kab. Bogor'), ('KAB BOGOR'), ('Banyums')) t (kab)`,
    );
    const admin = (await createKey(server.ctx.db, { name: 'a', scopes: ['admin'] })).key;
    const personal = (await createKey(server.ctx.db, { name: 'p', scopes: ['personal'] })).key;
    const asked = { set: 'kabupaten', table: 'homes', column: 'kab' };
    const post = (body: object, key = admin) => server.api.post('/joins').set('X-API-Key', key).send(body);
    await server.api.post('/joins').send(asked).expect(401);
    await post(asked, personal).expect(403);
    const { body } = (await post(asked).expect(200)) as { body: JoinDocument };
    assert.deepEqual(body.joinInformation, {
      numberOfMatchedCollectionKeys: 1,
      numberOfUnmatchedCollectionKeys: 5,
      numberOfAdditionalAttributeKeys: 1,
      numberOfDuplicateAttributeKeys: 2,
      matchedCollectionKeys: ['3201'],
      unmatchedCollectionKeys: ['3202', '3271', '3272', '3301', '3302'],
      additionalAttributeKeys: ['Banyums'],
      duplicateAttributeKeys: ['KAB BOGOR', 'Kab. Bogor'],
    });
    assert.deepEqual(body.rows, { matched: 2, additional: 1 });
    const [open] = body.additional;
    assert.deepEqual(
      [open?.value, open?.status, open?.suggestions?.[0]?.code],
      [...['Banyums', 'unmatched', '3302']],
    );
    const confirm = [{ value: 'Banyums', code: '3302' }];
    const { body: after } = (await post({ ...asked, confirm }).expect(200)) as { body: JoinDocument };
    assert.deepEqual(after.additional, []);
    assert.deepEqual(((await post(asked).expect(200)) as { body: JoinDocument }).body, after);

    const rows = await server.run<{ action: string; actor: string }>(
      `select action, left(actor, 4) as actor from chorograph.audit_event
       where action in ('table.imported', 'join.confirmed') group by 1, 2 order by 1, 2 desc`,
    );
    assert.deepEqual(
      rows.map(({ action, actor }) => `${action} ${actor}`),
      ['join.confirmed key:', 'join.confirmed comm', 'table.imported comm'],
    );

    for (const [wrong, told] of [
      [{ set: 'kabupatn' }, /set must be a region set .*kabupaten/],
      [{ table: 'hoems' }, /table must be a table/],
      [{ table: 'chorograph.api_key', column: 'hash' }, /table must be a table/],
      [{ column: 'kba' }, /column must be a column of homes: kab/],
      [{ confirm: [{ value: 'Banyums', code: '9999' }] }, /no region 9999/],
    ] as const) {
      const refused = await post({ ...asked, ...wrong }).expect(400);
      assert.equal((refused.body as { code: string }).code, 'invalid_parameter');
      assert.match((refused.body as { detail: string }).detail, told);
    }
    for (const wrong of [{ column: 5 }, { confirm: 'x' }, { colum: 'kab' }, { table: '' }])
      await post({ ...asked, ...wrong }).expect(400);
  });
});

interface JoinDocument {
  joinInformation: Record<string, unknown>;
  rows: object;
  additional: { value: string; status: string; suggestions?: { code: string }[] }[];
}

interface Answer {
  features: { properties: Record<string, unknown> }[];
}

function valuesOf(body: unknown): Record<string, unknown> {
  const { features } = body as Answer;
  return Object.fromEntries(features.map(({ properties }) => [String(properties.code), properties.value]));
}

/** A workbook with nothing but sheets of texts and numbers. */
function workbook(
  sheets: Readonly<Record<string, readonly (readonly (string | number | null)[])[]>>,
): Buffer {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const packaged = 'http://schemas.openxmlformats.org/package/2006';
  const names = Object.keys(sheets);
  const cell = (value: string | number | null, row: number, column: number): string => {
    const at = `r="${String.fromCharCode(65 + column)}${row + 1}"`;
    if (value === null) return '';
    return typeof value === 'number'
      ? `<c ${at}><v>${value}</v></c>`
      : `<c ${at} t="inlineStr"><is><t>${value}</t></is></c>`;
  };
  const sheet = (rows: (typeof sheets)[string]): string =>
    `<worksheet xmlns="${main}"><sheetData>${rows
      .map(
        (cells, row) => `<row r="${row + 1}">${cells.map((value, i) => cell(value, row, i)).join('')}</row>`,
      )
      .join('')}</sheetData></worksheet>`;
  const related = (entries: readonly (readonly [type: string, target: string])[]): string =>
    `<Relationships xmlns="${packaged}/relationships">${entries
      .map(
        ([type, target], i) => `<Relationship Id="r${i + 1}" Type="${office}/${type}" Target="${target}"/>`,
      )
      .join('')}</Relationships>`;
  const files: Record<string, string> = {
    '[Content_Types].xml': `<Types xmlns="${packaged}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
    '_rels/.rels': related([['officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${names
      .map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="r${i + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': related(names.map((_, i) => ['worksheet', `worksheets/sheet${i + 1}.xml`])),
    ...Object.fromEntries(names.map((name, i) => [`xl/worksheets/sheet${i + 1}.xml`, sheet(sheets[name]!)])),
  };
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))),
  );
}
