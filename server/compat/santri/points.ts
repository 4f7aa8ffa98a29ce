import { z } from 'zod';
import { sql, type Sql } from '../../db/sql.ts';
import { json, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import type { SantriContext } from './context.ts';
import { Pages, tableOf } from './pages.ts';
import { clamped, filter, LENIENT, page, pagination, uuidOf } from './params.ts';

const GEOJSON = 'application/geo+json; charset=utf-8';
/** Heat of a place whose score nobody knows. */
const UNKNOWN_WEIGHT = 50;

interface PointRow {
  lng: number;
  lat: number;
  [column: string]: unknown;
}

interface PointRoute {
  readonly path: string;
  readonly table: string;
  readonly summary: string;
  readonly limit: readonly [most: number, fallback: number];
  /** Columns that a parameter of another name filters by equality: parameter → column. */
  readonly filters: Readonly<Record<string, string>>;
  /** Columns that it shows. */
  readonly reads: readonly string[];
  /** What is selected besides the position, by the name that it has in the answer. */
  readonly columns: Readonly<Record<string, Sql>>;
  readonly form: (rows: readonly PointRow[]) => object;
  readonly type: string;
}

const position = [sql`ST_X(lokasi) as lng`, sql`ST_Y(lokasi) as lat`];

const features = (rows: readonly PointRow[]): object => ({
  type: 'FeatureCollection',
  features: rows.map(({ lng, lat, ...properties }) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [lng, lat] },
    properties,
  })),
});

const heat = (rows: readonly PointRow[]): object => ({
  data: rows.map(({ lng, lat, skor, ...others }) => ({
    lat,
    lng,
    weight: skor ?? UNKNOWN_WEIGHT,
    ...others,
    skor,
  })),
});

const POINT_ROUTES: readonly PointRoute[] = [
  {
    path: '/gis/santri-points',
    table: 'santri_map',
    summary: 'Students as points, page by page (personal data: docs/switch-over.md says how to close it)',
    limit: [5_000, 1_000],
    filters: { kategori: 'kategori_kemiskinan', pesantren_id: 'pesantren_id' },
    reads: ['id', 'santri_id', 'nama', 'skor_terakhir', 'kategori_kemiskinan', 'pesantren_id'],
    columns: {
      id: sql`id::text as id`,
      santri_id: sql`santri_id::text as santri_id`,
      nama: sql`nama`,
      skor: sql`skor_terakhir as skor`,
      ekonomi: sql`kategori_kemiskinan as ekonomi`,
      pesantren_id: sql`pesantren_id::text as pesantren_id`,
    },
    form: features,
    type: GEOJSON,
  },
  {
    path: '/gis/pesantren-points',
    table: 'pesantren_map',
    summary: 'Boarding schools as points, page by page',
    limit: [5_000, 1_000],
    filters: { provinsi: 'provinsi', kabupaten: 'kabupaten' },
    reads: [
      'id',
      'pesantren_id',
      'nama',
      'nsp',
      'skor_terakhir',
      'kategori_kelayakan',
      'jumlah_santri',
      'provinsi',
      'kabupaten',
    ],
    columns: {
      id: sql`id::text as id`,
      pesantren_id: sql`pesantren_id::text as pesantren_id`,
      nama: sql`nama`,
      nsp: sql`nsp`,
      skor: sql`skor_terakhir as skor`,
      kategori: sql`kategori_kelayakan as kategori`,
      jumlah_santri: sql`jumlah_santri`,
      provinsi: sql`provinsi`,
      kabupaten: sql`kabupaten`,
    },
    form: features,
    type: GEOJSON,
  },
  {
    path: '/gis/heatmap',
    table: 'santri_map',
    summary: 'Students as weighted points: the score, 50 where it is unknown',
    limit: [10_000, 5_000],
    filters: { kategori: 'kategori_kemiskinan' },
    reads: ['kategori_kemiskinan', 'skor_terakhir', 'id'],
    columns: {
      ekonomi: sql`kategori_kemiskinan as ekonomi`,
      skor: sql`skor_terakhir as skor`,
      id: sql`id::text as id`,
    },
    form: heat,
    type: 'application/json; charset=utf-8',
  },
  {
    path: '/gis/pesantren-heatmap',
    table: 'pesantren_map',
    summary: 'Boarding schools as weighted points: the score, 50 where it is unknown',
    limit: [10_000, 5_000],
    filters: {},
    reads: ['kategori_kelayakan', 'skor_terakhir', 'id'],
    columns: {
      kategori: sql`kategori_kelayakan as kategori`,
      skor: sql`skor_terakhir as skor`,
      id: sql`id::text as id`,
    },
    form: heat,
    type: 'application/json; charset=utf-8',
  },
];

const EXAMPLES: Readonly<Record<string, string>> = {
  kategori: 'Miskin',
  pesantren_id: '7a0c1f6e-6c1f-4c8e-9d2b-0d5f1e2a3b4c',
  provinsi: 'Aceh',
  kabupaten: 'Kab. Aceh 1',
};

export function pointRoutes(ctx: SantriContext): Route[] {
  const pages = new Pages(ctx);
  return POINT_ROUTES.map((entry) => pointRoute(ctx, pages, entry));
}

function pointRoute(ctx: SantriContext, pages: Pages, entry: PointRoute): Route {
  const [most, fallback] = entry.limit;
  const filters = Object.keys(entry.filters).map((name) => [
    name,
    filter().meta({ description: `Only rows with this ${name}`, example: EXAMPLES[name] }),
  ]);
  const limit = clamped(1, most, fallback).meta({
    description: `Rows per page, 1 to ${most}`,
    example: '100',
  });
  const query = z.object({
    ...(Object.fromEntries(filters) as Record<string, ReturnType<typeof filter>>),
    page,
    limit,
  });
  return route({
    method: 'get',
    path: entry.path,
    tag: 'santri',
    summary: entry.summary,
    query,
    openQuery: LENIENT,
    responses: {
      200: { description: 'The page', content: { [entry.type.split(';')[0]!]: { type: 'object' } } },
    },
    handle: async ({ query, sight, signal }, res, req) => {
      const layer = tableOf(ctx, entry.table, sight, [...entry.reads, ...Object.values(entry.filters)]);
      const wanted = query as Record<string, unknown> & { page: number; limit: number };
      const conditions = Object.entries(entry.filters).flatMap(([parameter, column]) =>
        condition(column, wanted[parameter]),
      );
      const columns = [...position, ...Object.values(entry.columns)];
      const { rows, total } = await pages.read<PointRow>(
        layer,
        { columns, conditions, page: wanted.page, limit: wanted.limit },
        signal,
      );
      const body = { ...entry.form(rows), pagination: pagination(wanted.page, wanted.limit, total) };
      await send(req, res, json(body, entry.type), cacheControl(false));
    },
  });
}

/** Compared as text where the column is no text, so that no value is an error of the database. */
function condition(column: string, value: unknown): Sql[] {
  if (typeof value !== 'string') return [];
  const uuid = uuidOf(value);
  switch (column) {
    case 'pesantren_id':
      return [uuid === undefined ? sql`false` : sql`pesantren_id = ${uuid}::text::uuid`];
    case 'kategori_kemiskinan':
      return [sql`kategori_kemiskinan = ${value}`];
    case 'provinsi':
      return [sql`provinsi = ${value}`];
    default:
      return [sql`kabupaten = ${value}`];
  }
}
