import { z } from 'zod';
import {
  Answers,
  choroplethParams,
  featureCollection,
  readChoroplethRequest,
  type Answer,
  type Choropleth,
} from '../../choropleth/public.ts';
import { relationName } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { json, Representation, send } from '../../http/answers/respond.ts';
import { answerRoute, route, type Route } from '../../http/routes.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import { foldKey, readings } from '../../places/fold.ts';
import type { Sight } from '../../sight/sight.ts';
import type { SantriContext } from './context.ts';
import { filter, LENIENT } from './params.ts';

const GEOJSON = 'application/geo+json; charset=utf-8';
/** Detail of the outlines: that of a map of the country. */
const OUTLINE_ZOOM = 6;
const DECIMALS = 5;

/** A choropleth of the old application: which cube it is of, and what its properties are made of. */
interface OldChoropleth {
  readonly id: string;
  readonly cube: string;
  /** The cube's dimension, which is also the parameter. */
  readonly category: string;
  readonly total: string;
  /** Property → column of the cube that it adds up; each but the total has a `pct_` as well where `shares` has it. */
  readonly counts: Readonly<Record<string, string>>;
  readonly sums: Readonly<Record<string, string>>;
  readonly shares: readonly string[];
}

const OLD: readonly OldChoropleth[] = [
  {
    id: 'santri-kabupaten',
    cube: 'santri_cube_kabupaten',
    category: 'kategori_kemiskinan',
    total: 'total_santri',
    counts: {
      sangat_miskin: 'n_sangat_miskin',
      miskin: 'n_miskin',
      rentan: 'n_rentan',
      tidak_miskin: 'n_tidak_miskin',
    },
    sums: {},
    shares: ['sangat_miskin', 'miskin'],
  },
  {
    id: 'pesantren-kabupaten',
    cube: 'pesantren_cube_kabupaten',
    category: 'kategori_kelayakan',
    total: 'total_pesantren',
    counts: {
      sangat_layak: 'n_sangat_layak',
      layak: 'n_layak',
      cukup_layak: 'n_cukup_layak',
      tidak_layak: 'n_tidak_layak',
    },
    sums: { total_santri: 'jumlah_santri' },
    shares: ['sangat_layak', 'layak', 'cukup_layak', 'tidak_layak'],
  },
];

type Figures = { kode: string; n: number; skor_sum: number; n_skor: number } & Record<
  string,
  number | string
>;

/** The answers of the old application where its cubes are served, the general ones under the same path elsewhere. */
export function choroplethRoutes(ctx: SantriContext): Route[] {
  const answers = new Answers(ctx);
  return OLD.map((old) =>
    route({
      method: 'get',
      path: `/gis/choropleth/${old.id}`,
      tag: 'santri',
      summary: `Regencies with their figures, as the santri application answers`,
      query: z.object({
        provinsi: filter().meta({ description: 'Only regencies of this province', example: 'Aceh' }),
        [old.category]: filter().meta({ description: 'Only rows of this category', example: 'Miskin' }),
      }),
      openQuery: LENIENT,
      responses: {
        200: {
          description: 'A FeatureCollection of polygons',
          content: { 'application/geo+json': { type: 'object' } },
        },
      },
      handle: async ({ query, sight }, res, req) => {
        const choropleth = served(ctx, old, sight);
        if (!choropleth) {
          const general = ctx
            .api()
            .find(({ method, path }) => method === 'get' && path === '/gis/choropleth/:id');
          if (!general) throw new AppError('choropleth_not_found');
          req.params = { id: old.id };
          return answerRoute(general, req, res);
        }
        const wanted = query as Record<string, string | undefined>;
        const document = await made(ctx, answers, old, choropleth, wanted);
        await send(req, res, document, cacheControl(false));
      },
    }),
  );
}

/** Where `maps.yaml` has the choropleth over the pack's cube. */
function served(ctx: SantriContext, old: OldChoropleth, sight: Sight): Choropleth | undefined {
  const entry = ctx.choropleths.seen(sight).find(({ id }) => id === old.id);
  const cube = entry?.choropleth?.cube;
  return cube && relationName(cube) === `public.${old.cube}` ? entry?.choropleth : undefined;
}

async function made(
  ctx: SantriContext,
  answers: Answers,
  old: OldChoropleth,
  choropleth: Choropleth,
  query: Record<string, string | undefined>,
): Promise<Representation> {
  const category = query[old.category];
  const values = await answers.dimensionValues(choropleth, old.category);
  if (category !== undefined && !values.includes(category)) return empty();
  const request = readChoroplethRequest(
    choropleth,
    choroplethParams.parse({}),
    category === undefined ? {} : { [old.category]: category },
  );
  const answer = await answers.get(request);
  const key = JSON.stringify(['santri', old.id, category, query.provinsi, answer.version]);
  const { answer: document } = await ctx.cache.get(
    key,
    undefined,
    async () =>
      new Representation(Buffer.from(await text(ctx, old, answer, category, query.provinsi)), GEOJSON),
    { versioned: answer.versioned },
  );
  return document;
}

const empty = (): Representation => json({ type: 'FeatureCollection', features: [] }, GEOJSON);

interface Feature {
  readonly geometry: object | null;
  readonly properties: { readonly code: string; readonly name: string; readonly status: string };
}

async function text(
  ctx: SantriContext,
  old: OldChoropleth,
  answer: Answer,
  category: string | undefined,
  provinsi: string | undefined,
): Promise<string> {
  const { body } = await featureCollection(answer, OUTLINE_ZOOM, DECIMALS);
  const { features } = JSON.parse(body.toString()) as { features: Feature[] };
  const figures = new Map(
    (await ctx.db.run<Figures>(figuresQuery(old, category))).map((row) => [row.kode, row]),
  );
  const names = await provinceNames(ctx, answer);
  const wanted = provinsi === undefined ? undefined : new Set(readings(provinsi).map(({ key }) => key));
  const shown = features.flatMap(({ geometry, properties: { code, name, status } }) => {
    const row = figures.get(code);
    const province = names.get(code) ?? null;
    if (!row || (wanted && (province === null || !wanted.has(foldKey(province))))) return [];
    const properties = {
      kabupaten: name,
      provinsi: province,
      ...propertiesOf(old, row, status === 'suppressed'),
    };
    return [{ type: 'Feature', geometry, properties }];
  });
  return JSON.stringify({ type: 'FeatureCollection', features: shown });
}

/** A count that must not be shown takes all that it could be computed from with it. */
function propertiesOf(old: OldChoropleth, row: Figures, isHidden: boolean): Record<string, number | null> {
  const total = row.n;
  const shown = (value: number | null): number | null => (isHidden ? null : value);
  const count = (property: string): number => Number(row[property]);
  return {
    [old.total]: shown(total),
    ...Object.fromEntries(Object.keys(old.counts).map((property) => [property, shown(count(property))])),
    avg_skor: shown(row.n_skor > 0 ? rounded(row.skor_sum / row.n_skor) : null),
    ...Object.fromEntries(Object.keys(old.sums).map((property) => [property, shown(count(property))])),
    ...Object.fromEntries(
      old.shares.map((property) => [
        `pct_${property}`,
        shown(total > 0 ? rounded((100 * count(property)) / total) : null),
      ]),
    ),
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** One row per region of the cube. */
function figuresQuery({ cube, category, counts, sums }: OldChoropleth, value: string | undefined): Sql {
  const added = Object.entries({ ...counts, ...sums }).map(
    ([property, column]) => sql`, sum(${ident(column)})::float8 as ${ident(property)}`,
  );
  const columns = added.reduce((all, one) => sql`${all}${one}`, sql``);
  return sql`select kode, sum(n)::float8 as n, sum(skor_sum)::float8 as skor_sum, sum(n_skor)::float8 as n_skor ${columns}
    from ${ident('public', cube)}
    ${value === undefined ? sql`` : sql`where ${ident(category)} = ${value}`}
    group by kode`;
}

/** Province of each regency, as the boundaries spell it. */
async function provinceNames(ctx: SantriContext, answer: Answer): Promise<Map<string, string>> {
  const { layer, code } = answer.request.level;
  if (!layer.columns.some(({ name }) => name === 'name_1')) return new Map();
  const rows = await ctx.db.run<{ code: string; provinsi: string }>(
    sql`select ${ident(code)}::text as code, min(name_1) as provinsi
      from ${ident(layer.schema, layer.name)} where ${ident(code)} is not null group by 1`,
  );
  return new Map(rows.map((row) => [row.code, row.provinsi]));
}
