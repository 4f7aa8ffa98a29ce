import assert from 'node:assert/strict';
import { withClient } from '../support/cluster.ts';
import { newDatabase, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';

const SQL = `
  create table reading (id bytea primary key, third float8, fine real, days interval, day date, taken tstzrange, at timestamp[],
    geom geometry(multipoint, 4326));
  insert into reading values ('\\x00ff41', 1 / 3.0, 0.1, '1 day 02:00', '2024-02-29', '[2024-02-29 12:00+00,)',
    '{2024-02-29 12:34:56}', 'SRID=4326;MULTIPOINT(106.82712345 -6.17543211, 1 1)');
  create function tile_of(z int, x int, y int) returns bytea language sql stable as $$
    select st_asmvt(t, 'l') from (select 1.5::float8 as n, st_asmvtgeom(st_setsrid(st_point(0, 0), 3857), st_tileenvelope(z, x, y)) as g) t $$;
  create table region (code text primary key, name text, geom geometry(polygon, 4326));
  insert into region values ('a', 'A', st_makeenvelope(0, 0, 20, 20, 4326));
  create table figure (code text, n float8);
  insert into figure values ('a', 1234567.875);`;
const MAPS = `
regions: { r: { table: region, code: code, name: name } }
choropleths: { c: { regions: r, cube: { view: figure, region: code }, metrics: { n: { sum: n } } } }`;

/** What databases are given that other programs use, too. The time zone stays theirs: views may cut days in it. */
const SETTINGS: Readonly<Record<string, string>> = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'iso_8601',
  extra_float_digits: '-10',
  bytea_output: 'escape',
  quote_all_identifiers: 'on',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
};
const PATHS = [
  '/features/reading',
  '/features/reading.csv',
  '/features/reading/%5Cx00ff41',
  '/features/reading?id=%5Cx00ff41&third=0.3333333333333333',
  '/tiles/reading/0/0/0.json',
  '/tiles/reading.json',
  '/tiles/reading/stats.json',
  '/tiles/tile_of/0/0/0.json',
  '/ogc/collections/reading/schema',
  '/gis/choropleth/c/values.csv',
];

async function answers(server: TestServer, paths: readonly string[]): Promise<Record<string, string>> {
  const entries = await Promise.all(
    paths.map(async (path): Promise<[string, string]> => {
      const { text } = await server.api.get(path).buffer(true).expect(200);
      return [
        path,
        text.replaceAll(server.url, '').replaceAll(/[?&]g=[^"&]*|"version":"[^"]*"|"timeStamp":"[^"]*"/g, ''),
      ];
    }),
  );
  return Object.fromEntries(entries);
}

onPostgres('settings of a role or database that decide how values read', () => {
  // Region sets are always in memory.
  for (const [vertices, paths] of [
    ['2000000', PATHS],
    ['1', PATHS.filter((path) => !path.startsWith('/gis'))],
  ] as const) {
    it(`change no answer, directly and behind a pooler, with layers ${vertices === '1' ? 'that PostGIS draws' : 'in memory'}`, async () => {
      const { DATABASE_URL: url } = await newDatabase();
      await withClient(url!, (client) => client.query(SQL));
      const environment = {
        DATABASE_URL: url!,
        PORT: '0',
        LOG_LEVEL: 'silent',
        CHOROGRAPH_MEMORY_VERTICES: vertices,
        CHOROGRAPH_SNAPSHOTS_MB: '0',
      };
      const plain = await serve(environment, { maps: MAPS });
      const expected = await answers(plain, paths);
      await plain.stop();
      assert.match(expected['/features/reading.csv']!, /0\.3333333333333333,0\.1,1 day 02:00:00,2024-02-29,/);

      const name = new URL(url!).pathname.slice(1);
      await withClient(url!, (client) =>
        client.query(
          Object.entries(SETTINGS)
            .map(([setting, value]) => `alter database "${name}" set ${setting} = '${value}'`)
            .join('; '),
        ),
      );
      const direct = await serve(environment, { maps: MAPS });
      assert.deepEqual(await answers(direct, paths), expected);
      await direct.stop();
      const bouncer = await startPgBouncer(url!, 'transaction');
      try {
        const pooled = await serve({ ...environment, DATABASE_URL: bouncer.url(url!) }, { maps: MAPS });
        assert.deepEqual(await answers(pooled, paths), expected);
        await pooled.stop();
      } finally {
        await bouncer.remove();
      }
    });
  }
});
