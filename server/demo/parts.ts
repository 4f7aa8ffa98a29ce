import { sql, type Sql } from '../db/sql.ts';
import { readRegions, readTable, type Region } from './files.ts';
import { syntheticSantri } from './synthetic.ts';

/** How our relations are recognised: every one has a comment that starts like this (see `sql/demo/`). */
export const MARK = 'Chorograph demo:';

export type DemoPartName = 'us' | 'santri';

/** One table to fill: its rows, and the statement that inserts a batch of them given as JSON text. */
export interface DemoTable {
  readonly table: string;
  readonly rows: readonly object[];
  readonly insert: (batch: string) => Sql;
}

/** A part of the demo: its DDL in `sql/demo/`, its tables in the order of loading, and the views over them. */
export interface DemoPart {
  readonly name: DemoPartName;
  readonly tables: readonly string[];
  /** Tables whose polygons must be valid before the part is committed. */
  readonly polygons: readonly string[];
  readonly views: readonly string[];
  /** Installed between the DDL and the rows: the file, and what it makes besides the tables. */
  readonly pack?: { readonly file: string; readonly mark: string };
  /** Its triggers that would find out what the rows bring already: they rest while rows come. */
  readonly resting?: readonly { readonly table: string; readonly trigger: string }[];
  /** Reads or makes the rows; called only when the part is not there yet. */
  readonly load: () => DemoTable[];
}

export const DEMO_PARTS: readonly DemoPart[] = [
  {
    name: 'us',
    tables: ['us_states', 'us_counties', 'us_unemployment', 'us_airports'],
    polygons: ['us_states', 'us_counties'],
    views: ['us_unemployment_cube', 'us_airports_cube'],
    load: loadUnitedStates,
  },
  {
    name: 'santri',
    // Scores come before the map rows, which bring the same scores: the triggers then have nothing to do.
    tables: [
      'provinsi',
      'kabupaten',
      'pondok_pesantren',
      'pesantren_skor',
      'pesantren_map',
      'santri_pribadi',
      'santri_skor',
      'santri_map',
    ],
    polygons: ['provinsi', 'kabupaten'],
    views: [
      'mv_santri_stats_provinsi',
      'mv_pesantren_stats_provinsi',
      'santri_cube_kabupaten',
      'santri_cube_provinsi',
      'pesantren_cube_kabupaten',
      'pesantren_cube_provinsi',
      'mv_santri_stats_kabupaten',
      'mv_pesantren_stats_kabupaten',
    ],
    pack: { file: 'santri', mark: 'Chorograph pack santri' },
    resting: ['santri_map', 'pesantren_map'].map((table) => ({ table, trigger: 'chorograph_santri_place' })),
    load: loadSantri,
  },
];

/** Whether `c` of pg_class was made by a pack over the demo's tables, of which `table` is one. */
export const madeByPack = (mark: string, table: string): Sql => sql`(
  coalesce(obj_description(c.oid, 'pg_class'), '') like ${`${mark}%`}
  and coalesce(obj_description(to_regclass(${`public.${table}`}), 'pg_class'), '') like ${`${MARK}%`})`;

function loadUnitedStates(): DemoTable[] {
  const airports = readTable<{ iata: string }>('us/airports.json');
  return [
    {
      table: 'us_states',
      rows: readRegions('us/regions.topo.json', 'states').map((state) => regionRow(state)),
      insert: (batch) => sql`
        insert into public.us_states (code, id, name, geom)
        select code, code::integer, name, ST_GeomFromGeoJSON(geometry)
        from jsonb_to_recordset(${batch}::jsonb) as r(code text, name text, geometry jsonb)`,
    },
    {
      table: 'us_counties',
      rows: readRegions('us/regions.topo.json', 'counties').map((county) => regionRow(county)),
      insert: (batch) => sql`
        insert into public.us_counties (code, id, name, state_code, geom)
        select code, code::integer, name, left(code, 2), ST_GeomFromGeoJSON(geometry)
        from jsonb_to_recordset(${batch}::jsonb) as r(code text, name text, geometry jsonb)`,
    },
    {
      table: 'us_unemployment',
      rows: readTable('us/unemployment.json'),
      insert: (batch) => sql`
        insert into public.us_unemployment (code, rate)
        select code, rate from jsonb_to_recordset(${batch}::jsonb) as r(code text, rate numeric)`,
    },
    {
      table: 'us_airports',
      rows: airports.map((airport, i) => ({ id: i + 1, ...airport })),
      insert: (batch) => sql`
        insert into public.us_airports (id, iata, name, city, state, county_code, geom)
        select id, iata, name, city, state, county_code, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
        from jsonb_to_recordset(${batch}::jsonb) as r(
          id integer, iata text, name text, city text, state text, county_code text,
          lon double precision, lat double precision)`,
    },
  ];
}

function loadSantri(): DemoTable[] {
  const provinces = readRegions('id/provinces.topo.json', 'provinces');
  const { districts, pesantren, santri } = syntheticSantri(provinces);
  return [
    {
      table: 'provinsi',
      rows: provinces.map((province, i) => ({ id: i + 1, ...regionRow(province) })),
      insert: (batch) => sql`
        insert into public.provinsi (kode, id, nama, name_1, geom)
        select code, id, name, name, ST_GeomFromGeoJSON(geometry)
        from jsonb_to_recordset(${batch}::jsonb) as r(id integer, code text, name text, geometry jsonb)`,
    },
    {
      table: 'kabupaten',
      rows: districts,
      insert: (batch) => sql`
        insert into public.kabupaten (kode, name_1, name_2, kode_provinsi, geom)
        select r.kode, provinsi, r.nama, kode_provinsi,
          ST_Multi(ST_CollectionExtract(ST_Intersection(p.geom, ST_GeomFromGeoJSON(cell)), 3))
        from jsonb_to_recordset(${batch}::jsonb) as r(kode text, nama text, provinsi text, kode_provinsi text, cell jsonb)
        join public.provinsi p on p.kode = kode_provinsi`,
    },
    {
      table: 'pondok_pesantren',
      rows: pesantren,
      insert: (batch) => sql`
        insert into public.pondok_pesantren
          (id, nama_pesantren, nsp, provinsi, kabupaten, jumlah_santri, created_at, updated_at)
        select id, nama, nsp, provinsi, kabupaten, jumlah_santri, created_at, updated_at
        from jsonb_to_recordset(${batch}::jsonb) as r(
          id uuid, nama text, nsp text, provinsi text, kabupaten text, jumlah_santri integer,
          created_at timestamptz, updated_at timestamptz)`,
    },
    {
      table: 'pesantren_skor',
      rows: pesantren.filter(({ skor }) => skor !== null),
      insert: (batch) => sql`
        insert into public.pesantren_skor (pesantren_id, skor_total, kategori_kelayakan)
        select id, skor, kategori from jsonb_to_recordset(${batch}::jsonb) as r(id uuid, skor integer, kategori text)`,
    },
    {
      table: 'pesantren_map',
      rows: pesantren,
      insert: (batch) => sql`
        insert into public.pesantren_map
          (id, pesantren_id, nama, nsp, skor_terakhir, kategori_kelayakan, lokasi,
           kabupaten, provinsi, kode_kabupaten, kode_provinsi, jumlah_santri, created_at, updated_at)
        select map_id, id, nama, nsp, skor, kategori, ST_SetSRID(ST_MakePoint(lon, lat), 4326),
               kabupaten, provinsi, kode_kabupaten, kode_provinsi, jumlah_santri, created_at, updated_at
        from jsonb_to_recordset(${batch}::jsonb) as r(
          map_id uuid, id uuid, nama text, nsp text, skor integer, kategori text,
          lon double precision, lat double precision, kabupaten text, provinsi text,
          kode_kabupaten text, kode_provinsi text, jumlah_santri integer,
          created_at timestamptz, updated_at timestamptz)`,
    },
    {
      table: 'santri_pribadi',
      rows: santri,
      insert: (batch) => sql`
        insert into public.santri_pribadi (id, nama, provinsi, kabupaten, kecamatan, created_at, updated_at)
        select id, nama, provinsi, kabupaten, kecamatan, created_at, updated_at
        from jsonb_to_recordset(${batch}::jsonb) as r(
          id uuid, nama text, provinsi text, kabupaten text, kecamatan text,
          created_at timestamptz, updated_at timestamptz)`,
    },
    {
      table: 'santri_skor',
      rows: santri.filter(({ skor }) => skor !== null),
      insert: (batch) => sql`
        insert into public.santri_skor (santri_id, skor_total, kategori_kemiskinan)
        select id, skor, kategori from jsonb_to_recordset(${batch}::jsonb) as r(id uuid, skor integer, kategori text)`,
    },
    {
      table: 'santri_map',
      rows: santri,
      insert: (batch) => sql`
        insert into public.santri_map
          (id, santri_id, nama, skor_terakhir, kategori_kemiskinan, lokasi, pesantren_id,
           kabupaten, provinsi, kode_kabupaten, kode_provinsi, created_at, updated_at)
        select map_id, id, nama, skor, kategori, ST_SetSRID(ST_MakePoint(lon, lat), 4326), pesantren_id,
               kabupaten, provinsi, kode_kabupaten, kode_provinsi, created_at, updated_at
        from jsonb_to_recordset(${batch}::jsonb) as r(
          map_id uuid, id uuid, nama text, skor integer, kategori text,
          lon double precision, lat double precision, pesantren_id uuid, kabupaten text, provinsi text,
          kode_kabupaten text, kode_provinsi text,
          created_at timestamptz, updated_at timestamptz)`,
    },
  ];
}

function regionRow({ id, properties, geometry }: Region): object {
  return { code: id, name: properties.name, geometry };
}
