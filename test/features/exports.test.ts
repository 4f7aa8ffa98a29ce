import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { HeaderMeta, Rect } from 'flatgeobuf';
import { parse } from 'csv-parse/sync';
import { FORMATS } from '../../server/features/exports/formats.ts';
import { writeRows } from '../../server/features/exports/rows.ts';
import { requestedPlan } from '../../server/features/requested.ts';
import { PUBLIC } from '../../server/sight/sight.ts';
import { eventually } from '../support/eventually.ts';
import { backend, newServer, onPostgres, type TestServer } from '../support/environment.ts';

const ROWS = 5_000;
const KEY = 'a-key-that-may-do-everything';

const SQL = `
  create table places (id bigint primary key, name text, score numeric, secret text, seen timestamptz, tags text[], ok boolean,
    geom geometry(Point, 4326));
  insert into places select i, case i when 1 then '=1+1' when 2 then 'with "quotes", and' || chr(10) || 'lines' when 3 then null
      else 'place ' || i end, case i when 4 then -5.25 else i / 4.0 end, 'hidden', '2026-01-02T03:04:05Z', array['a', 'b'], i % 2 = 0,
    case when i <> 5 then st_point(i % 360 - 180, i % 160 - 80, 4326) end
    from generate_series(1, ${ROWS}) i;
  insert into places values (9007199254740993, '+big', null, 'hidden', null, null, null, 'SRID=4326;POINT EMPTY');
  create table lines (wkt text, geom geometry(LineString, 3857));
  insert into lines select 'line ' || i, st_transform(st_makeline(st_point(i, i, 4326), st_point(i + 1, i, 4326)), 3857)
    from generate_series(1, 10) i;
  create table moments (id int primary key, day date, at timestamp, seen timestamptz, geom geometry(Point, 4326));
  insert into moments values (1, '2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+07', null),
    (2, 'infinity', '-infinity', 'infinity', null), (3, '0044-03-15 BC', '0044-03-15 12:00 BC', '0044-03-15 12:00+00 BC', null),
    (4, '12024-02-29', '12024-02-29', '0099-01-01 00:00+00', null);
  create table kept (id int primary key, geom geometry(Point, 4326));
  insert into kept values (1, st_point(1, 1, 4326));
  create table any_point (id int primary key, geom geometry(Point, 4326));
  insert into any_point values (1, 'SRID=4326;POINT(3 4)'), (2, null), (3, 'SRID=4326;POINT EMPTY'), (4, 'SRID=4326;POINT(3 4)');
  create table any_line (id int primary key, geom geometry(LineString, 4326));
  insert into any_line select i, case i when 3 then 'SRID=4326;LINESTRING EMPTY' when 2 then null else 'SRID=4326;LINESTRING(0 0, 1 2)' end::geometry
    from generate_series(1, 4) i;
  create table any_polygon (id int primary key, geom geometry(Polygon, 4326));
  insert into any_polygon select i, case i when 3 then 'SRID=4326;POLYGON EMPTY' when 2 then null else 'SRID=4326;POLYGON((0 0, 1 1, 0 1, 0 0))' end::geometry
    from generate_series(1, 4) i;
  create table any_thing (id int primary key, geom geometry(geometry, 4326));
  insert into any_thing select * from any_line;
  create table large as select i as id, repeat('x', 2000) as text, st_point(0, 0, 4326) as geom from generate_series(1, ${backend === 'postgres' ? 60_000 : 100}) i;`;

const MAPS = `
layers:
  places: { table: public.places, withhold: [secret] }
  kept: { table: public.kept, access: key }
`;

interface Feature {
  id: unknown;
  geometry: { coordinates: number[] } | null;
  properties: Record<string, unknown>;
}

describe('exports', () => {
  let server: TestServer;
  before(async () => {
    const environment = {
      CHOROGRAPH_API_KEY: KEY,
      CHOROGRAPH_EXPORTS_AT_ONCE: '2',
      CHOROGRAPH_POOL_SIZE: '2',
    };
    server = await newServer({ sql: SQL, maps: MAPS, environment });
  });

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(server.url + path, { headers });
  const textOf = async (path: string, headers?: Record<string, string>): Promise<string> => {
    const answer = await get(path, headers);
    assert.equal(answer.status, 200, path);
    return answer.text();
  };
  const recordsOf = (text: string): Record<string, string>[] => parse(text, { columns: true });

  it('have every row as CSV, and nothing that a spreadsheet would run', async () => {
    const answer = await get('/features/places.csv');
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="places.csv"');
    const records = recordsOf(await answer.text());
    assert.equal(records.length, ROWS + 1);
    const byId = new Map(records.map((record) => [record.id, record]));
    assert.deepEqual(byId.get('1'), {
      id: '1',
      name: "'=1+1",
      score: '0.25',
      seen: '2026-01-02T03:04:05.000Z',
      tags: '["a", "b"]',
      ok: 'false',
      longitude: '-179',
      latitude: '-79',
    });
    assert.equal(byId.get('2')?.name, 'with "quotes", and\nlines');
    assert.deepEqual(
      [byId.get('3')?.name, byId.get('4')?.score, byId.get('5')?.longitude],
      ['', '-5.25', ''],
    );
    const large = byId.get('9007199254740993');
    assert.deepEqual([large?.name, large?.latitude, large?.ok], ["'+big", '', '']);
    const sum = records.reduce((total, { score }) => total + Number(score), 0);
    assert.equal(sum, (ROWS * (ROWS + 1)) / 8 - 6.25);
  });

  it('have geometry that is no point as WKT in degrees', async () => {
    const [first] = recordsOf(await textOf('/features/lines.csv'));
    assert.deepEqual(first, { wkt: 'line 1', wkt_: 'LINESTRING(1 1,2 1)' });
  });

  it('have the features of the pages, in each form of GeoJSON', async () => {
    const features = new Map<string, Feature>();
    for (let path = '/features/places?limit=4000'; path !== '';) {
      const page = JSON.parse(await textOf(path)) as { features: Feature[]; links?: { href: string }[] };
      for (const feature of page.features) features.set(String(feature.id), feature);
      path = page.links?.[0]?.href.slice(server.url.length) ?? '';
    }
    const forms: [string, (text: string) => Feature[]][] = [
      ['geojson', (text) => (JSON.parse(text) as { features: Feature[] }).features],
      [
        'ndjson',
        (text) =>
          text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Feature),
      ],
      [
        'geojsons',
        (text) =>
          text
            .slice(1)
            .split('\u001e')
            .map((record) => JSON.parse(record) as Feature),
      ],
    ];
    for (const [ending, read] of forms) {
      const all = read(await textOf(`/features/places.${ending}`));
      assert.equal(all.length, ROWS + 1, ending);
      for (const feature of all) assert.deepEqual(feature, features.get(String(feature.id)), ending);
    }
    const none = await textOf("/features/places.geojson?filter=name = 'nobody'");
    assert.deepEqual(JSON.parse(none), { type: 'FeatureCollection', features: [] });
  });

  it('are GeoParquet, whose columns are those of the table', async () => {
    const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
    const read = async (path: string, headers?: Record<string, string>) => {
      const answer = await get(path, headers);
      assert.equal(answer.headers.get('content-type'), 'application/vnd.apache.parquet', path);
      const file = await answer.arrayBuffer();
      const metadata = parquetMetadata(file);
      const geo = metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value;
      const rows = await parquetReadObjects({ file });
      return { metadata, rows, geo: JSON.parse(geo ?? '') as Record<string, unknown> };
    };
    const filter = encodeURIComponent('id < 100 OR id > 9007199254740992');
    const { metadata, geo, rows } = await read(`/features/places.parquet?filter=${filter}`);
    assert.deepEqual(
      metadata.schema
        .slice(1)
        .map(({ name, type, converted_type: converted, logical_type: logical }) => [
          name,
          type,
          converted ?? logical?.type,
        ]),
      [
        ['id', 'INT64', undefined],
        ['name', 'BYTE_ARRAY', 'UTF8'],
        ['score', 'DOUBLE', undefined],
        ['seen', 'INT64', 'TIMESTAMP'],
        ['tags', 'BYTE_ARRAY', 'UTF8'],
        ['ok', 'BOOLEAN', undefined],
        ['geometry', 'BYTE_ARRAY', 'GEOMETRY'], // as the reader takes what `geo` names
      ],
    );
    const bbox = [-179, -79, -81, 19];
    const geometry = { encoding: 'WKB', geometry_types: ['Point'], bbox };
    assert.deepEqual(geo, { version: '1.1.0', primary_column: 'geometry', columns: { geometry } });
    assert.equal(rows.length, 100);
    const byId = new Map(rows.map((row) => [String(row['id']), row]));
    const { geometry: first, ...own } = byId.get('1')!;
    const seen = new Date('2026-01-02T03:04:05Z');
    assert.deepEqual(own, { id: 1n, name: '=1+1', score: 0.25, seen, tags: '["a", "b"]', ok: false });
    assert.deepEqual(first, { type: 'Point', coordinates: [-179, -79] });
    const last = byId.get('9007199254740993')!; // beyond 2⁵³, and nowhere
    assert.deepEqual([last['name'], last['score'], last['geometry']], ['+big', null, null]);
    assert.equal(byId.get('5')!['geometry'], null);
    const lines = await read('/features/lines?f=parquet&limit=3');
    assert.equal(lines.rows.length, 3);
    assert.deepEqual(Object.keys(lines.rows[0]!), ['wkt', 'geometry']);
    assert.equal((lines.rows[0]!['geometry'] as { type: string }).type, 'LineString');
    const nothing = await read('/features/places?filter=id%3C0', {
      Accept: 'application/vnd.apache.parquet',
    });
    assert.deepEqual(nothing.rows, []);
    assert.equal(nothing.metadata.schema.length, 8);
    const { rows: moments } = await read('/features/moments.parquet');
    const iso = (value: unknown) => (value as Date | null)?.toISOString() ?? null;
    assert.deepEqual(
      moments.map(({ day, at, seen }) => [iso(day)?.replace(/T.*/, '') ?? null, iso(at), iso(seen)]),
      [
        ['2024-02-29', '2024-02-29T12:34:56.789Z', '2024-02-29T05:34:56.789Z'],
        [null, null, null],
        ['-000043-03-15', '-000043-03-15T12:00:00.000Z', '-000043-03-15T12:00:00.000Z'],
        ['+012024-02-29', '+012024-02-29T00:00:00.000Z', '0099-01-01T00:00:00.000Z'],
      ],
    );
    // Many row groups, each as it is full.
    const all = await read('/features/large.parquet');
    assert.equal(all.rows.length, backend === 'postgres' ? 60_000 : 100);
    assert.equal(all.metadata.row_groups.length > 3, backend === 'postgres');
  });

  it('are FlatGeobufs with an index, whose columns are those of the table', async () => {
    const { geojson } = await import('flatgeobuf');
    const filter = encodeURIComponent('id <> 5 AND id < 9007199254740992');
    const bytes = new Uint8Array(await (await get(`/features/places.fgb?filter=${filter}`)).arrayBuffer());
    const read = async (rect?: Rect): Promise<{ header: HeaderMeta | undefined; features: Feature[] }> => {
      let header: HeaderMeta | undefined;
      const features: Feature[] = [];
      const options = { headerMetaFn: (meta: HeaderMeta) => void (header = meta), ...(rect ? { rect } : {}) };
      for await (const feature of geojson.deserialize(bytes, options))
        features.push(feature as unknown as Feature);
      return { header, features };
    };
    const { header, features } = await read();
    const page = JSON.parse(await textOf(`/features/places?limit=100000&filter=${filter}`)) as {
      features: Feature[];
    };
    assert.equal(features.length, ROWS - 1);
    const byId = new Map(features.map((feature) => [feature.properties.id, feature]));
    for (const { properties, geometry } of page.features) {
      const { geometry: place, properties: own } = byId.get(properties.id)!;
      assert.deepEqual(place?.coordinates, geometry?.coordinates);
      // The library leaves out what is null; what is no plain value is JSON.
      const said = Object.entries({ ...properties, tags: '["a", "b"]' }).filter(
        ([, value]) => value !== null,
      );
      assert.deepEqual({ ...own }, Object.fromEntries(said));
    }
    assert.deepEqual(
      header?.columns?.map(({ name, type }) => [name, type]),
      [
        ['id', 7],
        ['name', 11],
        ['score', 10],
        ['seen', 13],
        ['tags', 11],
        ['ok', 2],
      ],
    );
    assert.deepEqual([header?.featuresCount, header?.crs?.code], [ROWS - 1, 4326]);
    const { debug } = console; // the library tells all that it does
    console.debug = () => {};
    const { features: found } = await read({ minX: -10, minY: -10, maxX: 10, maxY: 10 });
    console.debug = debug;
    const within = page.features.filter(({ geometry }) =>
      geometry!.coordinates.every((value) => Math.abs(value) <= 10),
    );
    assert.ok(within.length > 0 && within.length < ROWS / 2);
    assert.deepEqual(
      found.map(({ properties }) => properties.id).sort(),
      within.map(({ properties }) => properties.id).sort(),
    );
    // What is nowhere has no place in an index, so all of them go without one; nothing at all is a file, too.
    for (const [query, count] of [
      ['', ROWS + 1],
      ['?filter=id%20%3C%200', 0],
    ] as const) {
      const all = new Uint8Array(await (await get(`/features/places.fgb${query}`)).arrayBuffer());
      let meta: HeaderMeta | undefined;
      let n = 0;
      for await (const _ of geojson.deserialize(all, {
        headerMetaFn: (one: HeaderMeta) => void (meta = one),
      }))
        n++;
      assert.deepEqual([n, meta?.featuresCount, meta?.indexNodeSize], [count, count, 0]);
    }
  });

  it('have every feature of a FlatGeobuf, those that are nowhere too, for JavaScript and for GDAL', async () => {
    const { geojson } = await import('flatgeobuf');
    // prettier-ignore
    const line = [[0, 0], [1, 2]], ring = [[0, 0], [1, 1], [0, 1], [0, 0]];
    const somewhere: Record<string, unknown> = {
      any_point: { type: 'MultiPoint', coordinates: [[3, 4]] },
      any_line: { type: 'MultiLineString', coordinates: [line] },
      any_polygon: { type: 'MultiPolygon', coordinates: [[ring]] },
      any_thing: { type: 'LineString', coordinates: line },
    };
    const file = join(tmpdir(), `chorograph-nowhere-${process.pid}.fgb`);
    for (const [table, geometry] of Object.entries(somewhere)) {
      const bytes = new Uint8Array(await (await get(`/features/${table}.fgb`)).arrayBuffer());
      const found = new Map<unknown, unknown>();
      for await (const feature of geojson.deserialize(bytes))
        found.set(feature.properties?.id, feature.geometry);
      assert.deepEqual([...found.keys()].sort(), [1, 2, 3, 4], table);
      assert.deepEqual([found.get(1), found.get(4)], [geometry, geometry]);
      try {
        writeFileSync(file, bytes);
        const { status, stdout, stderr } = spawnSync('ogrinfo', ['-ro', '-al', file], { encoding: 'utf8' });
        assert.deepEqual([status, stderr], [0, ''], table);
        assert.equal(stdout.match(/^OGRFeature/gm)?.length, 4, table);
        assert.equal(stdout.match(/^ {2}[A-Z]+ EMPTY$/gm)?.length, 2, table);
      } finally {
        rmSync(file, { force: true });
      }
    }
  });

  it('are of the rows and columns that are asked for', async () => {
    const query = 'columns=name&bbox=-180,-80,-100,0&filter=score%20%3E%2010&ok=true';
    const records = recordsOf(await textOf(`/features/places.csv?${query}`));
    const page = JSON.parse(await textOf(`/features/places?limit=100000&${query}`)) as {
      features: Feature[];
    };
    assert.ok(records.length > 100);
    assert.deepEqual(Object.keys(records[0] ?? {}), ['name', 'longitude', 'latitude']);
    assert.deepEqual(
      records.map(({ name }) => name).sort(),
      page.features.map(({ properties }) => properties.name).sort(),
    );
    assert.equal(recordsOf(await textOf('/features/places.csv?limit=7')).length, 7);
  });

  it('are asked for by ending, f= and Accept alike', async () => {
    const csv = await textOf('/features/lines.csv');
    assert.equal(await textOf('/features/lines?f=csv'), csv);
    assert.equal(await textOf('/features/lines', { Accept: 'text/csv' }), csv);
    for (const headers of [{ Accept: '*/*' }, { Accept: 'application/geo+json, text/csv;q=0.5' }])
      assert.equal(
        (JSON.parse(await textOf('/features/lines', headers)) as { numberReturned: number }).numberReturned,
        10,
      );
    assert.equal((await get('/features/lines?f=xlsx')).status, 400);
    assert.equal((await get('/features/places?f=csv&cursor=WyIxIl0')).status, 400);
  });

  it('are refused before the first row as other requests are', async () => {
    const cases = [
      ['/features/nothing.csv', 404],
      ['/features/kept.csv', 404],
      ['/features/places.csv?columns=secret', 400],
      ["/features/places.csv?filter=secret='hidden'", 400],
      ['/features/places.csv?nothing=1', 400],
      ['/features/places.ndjson?limit=0', 400],
    ] as const;
    for (const [path, status] of cases) assert.deepEqual([path, (await get(path)).status], [path, status]);
    const opened = await get('/features/kept.csv', { 'X-API-Key': KEY });
    assert.deepEqual([opened.status, opened.headers.get('cache-control')], [200, 'private, no-cache']);
    await opened.text();
    const head = await fetch(`${server.url}/features/places.csv`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  // A device of Linux alone.
  if (existsSync('/dev/full')) {
    it('fail alone where the disk is full', async () => {
      const plan = requestedPlan(server.ctx, { layer: 'lines', limit: 1, query: {}, sight: PUBLIC });
      const format = FORMATS.find(({ name }) => name === 'ndjson');
      assert.ok(format);
      const exported = { plan, format, limit: undefined };
      // Few rows are written without waiting: the device of Linux that takes nothing says so when nobody asks.
      const out = createWriteStream('/dev/full');
      const { signal } = new AbortController();
      await assert.rejects(
        writeRows(server.ctx, exported, { begin: () => {}, out }, signal).then(() => finished(out.end())),
      );
      assert.equal((out.errored as NodeJS.ErrnoException | null)?.code, 'ENOSPC');
      assert.equal((await get('/features/lines.csv')).status, 200);
    });
  }

  onPostgres('of whoever reads slowly', () => {
    const slow = async (path: string) => {
      const request = httpGet(server.url + path);
      const [answer] = (await once(request, 'response')) as [NodeJS.ReadableStream & { pause(): void }];
      answer.pause();
      return request;
    };
    const exporting = async (): Promise<number> => {
      const [row] = await server.run<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where application_name like 'chorograph export%'`,
      );
      return row?.n ?? 0;
    };

    it('take no connection of the pool, are so many and no more, and leave nothing when they go', async () => {
      const first = await slow('/features/large.csv');
      const second = await slow('/features/large.ndjson');
      // Those of the tests before may still be going.
      await eventually(async () => (await exporting()) === 2);
      const third = await get('/features/large.csv');
      assert.deepEqual([third.status, third.headers.has('retry-after')], [503, true]);
      await third.text();
      // Both connections of the pool are free.
      await Promise.all([1, 2, 3].map(() => textOf('/features/places?limit=10')));
      first.destroy();
      second.destroy();
      await eventually(async () => (await exporting()) === 0);
      // The database sees them go a moment before this process has counted it.
      await eventually(async () => (await get('/features/lines.csv')).status === 200);
    });
  });
});
