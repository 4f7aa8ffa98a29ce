import { z } from 'zod';
import { relationName } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { Representation, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import { readings } from '../../places/fold.ts';
import { isVersioned, passingMoment } from '../../generations/tokens.ts';
import type { SantriContext } from './context.ts';
import { findTable } from './pages.ts';
import { filter, LENIENT } from './params.ts';

/** Levels from above to below; the columns are those of GADM. */
const LEVELS = ['provinsi', 'kabupaten', 'kecamatan'] as const;
type Level = (typeof LEVELS)[number];
const DECIMALS = 6;
const EXAMPLES: Record<Level, string> = { provinsi: 'Aceh', kabupaten: 'Aceh Barat', kecamatan: 'Meureubo' };

export function boundaryRoutes(ctx: SantriContext): Route[] {
  const query = z.object(
    Object.fromEntries(
      LEVELS.map((level) => [
        level,
        filter().meta({ description: `Only what lies in this ${level}`, example: EXAMPLES[level] }),
      ]),
    ) as Record<Level, ReturnType<typeof filter>>,
  );
  return LEVELS.map((level, depth) =>
    route({
      method: 'get',
      path: `/gis/boundaries/${level}`,
      tag: 'santri',
      summary: `Boundaries of level ${level}`,
      query,
      openQuery: LENIENT,
      responses: {
        200: { description: 'A FeatureCollection', content: { 'application/geo+json': { type: 'object' } } },
        501: { description: 'The level has not been imported' },
      },
      handle: async ({ query, sight }, res, req) => {
        const names = LEVELS.slice(0, depth + 1);
        const columns = names.map((_, i) => `name_${i + 1}`);
        const layer = findTable(ctx, level, sight, columns);
        if (!layer || columns.some((column) => !layer.columns.some(({ name }) => name === column)))
          throw notImported(level);
        const token = ctx.generations.of(relationName(layer));
        const versioned = isVersioned(token);
        const filters = names.map((name) => query[name] ?? null);
        const key = JSON.stringify([
          ['santri boundaries', level, filters, token],
          versioned ? [] : [passingMoment()],
        ]);
        const work = () => made(ctx, level, columns, filters);
        const { answer } = await ctx.cache.get(key, undefined, work, { versioned });
        await send(req, res, answer, cacheControl(false));
      },
    }),
  );
}

const notImported = (level: Level): AppError =>
  new AppError('level_not_imported', {
    detail: `the boundaries of level ${level} have not been imported into public.${level}`,
  });

/** Names are compared as readers spell them: without case, blanks, punctuation and kind. */
async function made(
  { db }: SantriContext,
  level: Level,
  columns: readonly string[],
  filters: readonly (string | null)[],
): Promise<Representation> {
  const select = columns.map((column) => sql`coalesce(${ident(column)}::text, '') as ${ident(column)}`);
  const list = select.reduce((all, one) => sql`${all}, ${one}`);
  const table = ident('public', level);
  const spellings = await db.run<Record<string, string>>(sql`select distinct ${list} from ${table}`, {
    readOnly: true,
  });
  if (spellings.length === 0) throw notImported(level);
  // Where boundaries name the kind of some alone, `Kota X` is the one that says so and not plain `X` as well.
  const fits = spellings.map((row) => ({ row, fit: fitOf(columns, filters, row) }));
  const best = Math.max(...fits.map(({ fit }) => fit));
  const matching = best > 0 ? fits.filter(({ fit }) => fit === best).map(({ row }) => row) : [];
  const wanted = matching.map((row) => JSON.stringify(columns.map((column) => row[column])));
  const key = columns
    .map((column) => sql`coalesce(${ident(column)}::text, '')`)
    .reduce((all, one) => sql`${all}, ${one}`);
  const rows = await db.run<{ names: string[]; geometry: string | null }>(
    sql`select array[${key}] as names, ST_AsGeoJSON(geom, ${DECIMALS}::integer) as geometry from ${table}
      where to_jsonb(array[${key}]) = any(select value from jsonb_array_elements(${`[${wanted.join()}]`}::jsonb))
      order by 1`,
    { readOnly: true },
  );
  const features = rows.map(({ names, geometry }) => {
    const properties = Object.fromEntries(names.map((name, i) => [LEVELS[i], name]));
    return `{"type":"Feature","geometry":${geometry ?? 'null'},"properties":${JSON.stringify(properties)}}`;
  });
  const text = `{"type":"FeatureCollection","features":[${features.join()}]}`;
  return new Representation(Buffer.from(text), 'application/geo+json; charset=utf-8');
}

/** 0 where a name is another; more the surer the kinds are the same. */
function fitOf(
  columns: readonly string[],
  filters: readonly (string | null)[],
  row: Readonly<Record<string, string>>,
): number {
  const fits = columns.map((column, i) => {
    const wanted = filters[i];
    return wanted === null || wanted === undefined ? 1 : nameFit(wanted, row[column] ?? '');
  });
  return fits.includes(0) ? 0 : fits.reduce((sum, fit) => sum + fit, 0);
}

function nameFit(one: string, other: string): number {
  const fits = readings(one).flatMap((a) =>
    readings(other).map((b) => {
      if (a.key !== b.key) return 0;
      if (a.kind && b.kind) return a.kind === b.kind ? 2 : 0;
      return 1;
    }),
  );
  return Math.max(0, ...fits);
}
