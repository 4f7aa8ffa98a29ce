import { relationName } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { json, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import { isVersioned, passingMoment } from '../../generations/tokens.ts';
import type { SantriContext } from './context.ts';
import { tableOf } from './pages.ts';
import { LENIENT } from './params.ts';
import { z } from 'zod';

interface Stats {
  santri_categories: { kategori: string; count: number }[];
  pesantren_categories: { kategori: string; count: number }[];
  kabupaten_list: string[];
  provinsi_list: string[];
}

const PLACES = ['kabupaten', 'provinsi'];

/** What the filters of the old front end offer. */
export function statsRoutes(ctx: SantriContext): Route[] {
  return [
    route({
      method: 'get',
      path: '/gis/choropleth/stats',
      tag: 'santri',
      summary: 'Categories with their counts, and the names of regencies and provinces that rows have',
      query: z.object({}),
      openQuery: LENIENT,
      responses: { 200: { description: 'The lists', content: { 'application/json': { type: 'object' } } } },
      handle: async ({ sight }, res, req) => {
        const tables = [
          tableOf(ctx, 'santri_map', sight, ['kategori_kemiskinan', ...PLACES]),
          tableOf(ctx, 'pesantren_map', sight, ['kategori_kelayakan', ...PLACES]),
        ].map(relationName);
        const tokens = tables.map((table) => ctx.generations.of(table));
        const versioned = tokens.every(isVersioned);
        const key = JSON.stringify(['santri stats', tokens, ...(versioned ? [] : [passingMoment()])]);
        const work = async () => json(await read(ctx));
        const { answer } = await ctx.cache.get(key, undefined, work, { versioned });
        await send(req, res, answer, cacheControl(false));
      },
    }),
  ];
}

async function read({ db }: SantriContext): Promise<Stats> {
  const [row] = await db.run<Stats>(
    sql`select ${categories('santri_map', 'kategori_kemiskinan')} as santri_categories,
      ${categories('pesantren_map', 'kategori_kelayakan')} as pesantren_categories,
      ${names('kabupaten')} as kabupaten_list, ${names('provinsi')} as provinsi_list`,
    { readOnly: true },
  );
  return row!;
}

const categories = (table: string, column: string): Sql =>
  sql`(select coalesce(json_agg(json_build_object('kategori', kategori, 'count', n) order by kategori), '[]') from (
    select ${ident(column)} as kategori, count(*)::integer as n from ${ident('public', table)}
    where ${ident(column)} is not null group by 1) counted)`;

function names(column: string): Sql {
  const all = ['santri_map', 'pesantren_map'].map(
    (table) => sql`select distinct ${ident(column)}::text as name from ${ident('public', table)}
      where coalesce(${ident(column)}, '') <> ''`,
  );
  return sql`(select coalesce(json_agg(name order by name), '[]') from (${join([all[0]!, sql`union`, all[1]!], ' ')}) named)`;
}
