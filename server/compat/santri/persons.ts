import { z } from 'zod';
import { typeName } from '../../catalog/expressions.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import { AppError } from '../../errors.ts';
import { text } from '../../http/requests/params.ts';
import { json, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import type { SantriContext } from './context.ts';
import { canonicalId, clamped, filter, LENIENT, page } from './params.ts';

/** Personal data is kept by nobody on the way. */
const PRIVATE = 'private, no-store';
const content = { 'application/json': { type: 'object' } };
const VISIBLE_DIGITS = 4;

interface Person {
  id: string;
  nama: string;
  nik: string | null;
  [column: string]: unknown;
}

/** Students one by one, for whoever holds a key of scope `personal`; their NIK whole only with `personal:full`. */
export function personRoutes(ctx: SantriContext): Route[] {
  const access = ctx.keys.require('personal');
  return [
    route({
      method: 'get',
      path: '/api/santri-pribadi',
      tag: 'santri',
      summary: 'Students, page by page; personal data, with a key of scope personal',
      access,
      query: z.object({
        page,
        per_page: clamped(1, 100, 20).meta({ description: 'Students per page, 1 to 100', example: '20' }),
        search: filter().meta({ description: 'Part of the name, or of the NIK', example: 'Ahmad' }),
        provinsi: filter().meta({ description: 'Only of this province', example: 'Aceh' }),
        kabupaten: filter().meta({ description: 'Only of this regency', example: 'Kab. Aceh Barat' }),
        jenis_kelamin: filter().meta({ description: 'L or P', example: 'P' }),
        pesantren_id: filter().meta({
          description: 'Only of this school',
          example: '7a0c1f6e-6c1f-4c8e-9d2b-0d5f1e2a3b4c',
        }),
      }),
      openQuery: LENIENT,
      responses: { 200: { description: 'The page, in an envelope', content } },
      handle: async ({ query, signal }, res, req) => {
        const table = await personTable(ctx);
        const isWhole = await maySeeNik(ctx, req);
        const conditions = conditionsOf(table, query, isWhole);
        const where = conditions.length > 0 ? sql`where ${join(conditions, ' and ')}` : sql``;
        const from = sql`${source(table)} ${where}`;
        const [count] = await ctx.db.run<{ n: string }>(sql`select count(*) as n from ${from}`, {
          signal,
          readOnly: true,
        });
        const rows = await ctx.db.run<Person>(
          sql`select ${join(columnsOf(table))} from ${from} order by p.id
            limit ${query.per_page} offset ${(query.page - 1) * query.per_page}`,
          { signal, readOnly: true },
        );
        const total = Number(count?.n ?? 0);
        const pages = Math.ceil(total / query.per_page);
        const pagination = {
          current_page: query.page,
          per_page: query.per_page,
          total_items: total,
          total_pages: pages,
          has_next: query.page < pages,
          has_prev: query.page > 1,
        };
        const data = rows.map((row) => shown(row, isWhole));
        const body = { success: true, message: 'Data santri', data, meta: { pagination } };
        await send(req, res, json(body), PRIVATE);
      },
    }),
    route({
      method: 'get',
      path: '/api/santri-pribadi/:id',
      tag: 'santri',
      summary: 'One student; personal data, with a key of scope personal',
      access,
      params: z.object({
        id: text(64).meta({
          description: 'Id of the student',
          example: '7a0c1f6e-6c1f-4c8e-9d2b-0d5f1e2a3b4c',
        }),
      }),
      responses: { 200: { description: 'The student, in an envelope', content } },
      handle: async ({ params, signal }, res, req) => {
        const table = await personTable(ctx);
        const query = sql`select ${join(columnsOf(table))} from ${source(table)} where ${isOf(table, params.id)}`;
        const rows = await ctx.db.run<Person>(query, { signal, readOnly: true }).catch(unlessNoId);
        const [row] = rows;
        if (!row) throw new AppError('feature_not_found', { detail: 'there is no such student' });
        const data = shown(row, await maySeeNik(ctx, req));
        await send(req, res, json({ success: true, message: 'Data santri', data }), PRIVATE);
      },
    }),
  ];
}

/** Types by name, as SQL writes them. */
type PersonColumns = ReadonlyMap<string, string>;

/** Read in any case; the others are null or 0 where they are not there, or not for this role to read. */
const NEEDED = ['id', 'nama', 'provinsi', 'kabupaten'];

/**
 * Columns of `santri_pribadi`, which another application owns, that may be read.
 * @throws AppError `level_not_imported` where the table is not there, or closed to the role of this server
 */
async function personTable({ db }: SantriContext): Promise<PersonColumns> {
  const rows = await db.run<{ name: string; type: string }>(
    sql`select a.attname as name, format_type(a.atttypid, null) as type from pg_attribute a
      where a.attrelid = to_regclass('public.santri_pribadi') and a.attnum > 0 and not a.attisdropped
        and has_column_privilege(a.attrelid, a.attnum, 'select')
        and has_table_privilege(to_regclass('public.santri_map'), 'select')`,
  );
  const columns = new Map(rows.map(({ name, type }) => [name, type]));
  if (NEEDED.every((name) => columns.has(name))) return columns;
  throw new AppError('level_not_imported', {
    detail: 'there is no table public.santri_pribadi that this server may read',
  });
}

const source = (columns: PersonColumns): Sql =>
  sql`public.santri_pribadi p left join public.santri_map m on m.santri_id = p.id
    left join public.pondok_pesantren s on s.id = ${columns.has('pesantren_id') ? sql`coalesce(p.pesantren_id, m.pesantren_id)` : sql`m.pesantren_id`}`;

/** Compared in the type of the column, whose index finds it: as text all persons would be read. */
function isOf(columns: PersonColumns, id: string): Sql {
  return sql`p.id = ${canonicalId(id)}::text::${typeName({ type: columns.get('id') ?? 'uuid' })}`;
}

/** What is no id of that type is nobody's: not of its form, or beyond what it holds. */
function unlessNoId(error: unknown): [] {
  if (error instanceof AppError && NO_ID.has(sqlState(error.cause) ?? '')) return [];
  throw error;
}

const NO_ID = new Set(['22P02', '22003']);

function columnsOf(columns: PersonColumns): Sql[] {
  const own = (name: string, absent: Sql): Sql =>
    columns.has(name) ? sql`p.${ident(name)} as ${ident(name)}` : sql`${absent} as ${ident(name)}`;
  return [
    sql`p.id::text as id`,
    sql`p.nama as nama`,
    own('nik', sql`null::text`),
    own('jenis_kelamin', sql`null::text`),
    sql`p.provinsi as provinsi`,
    sql`p.kabupaten as kabupaten`,
    own('foto_count', sql`0`),
    sql`s.id::text as pesantren_id`,
    sql`s.nama_pesantren as pesantren_nama`,
  ];
}

interface PersonQuery {
  search?: string | undefined;
  provinsi?: string | undefined;
  kabupaten?: string | undefined;
  jenis_kelamin?: string | undefined;
  pesantren_id?: string | undefined;
}

/** Who may not see a NIK may not find it digit by digit either: then only a whole one is searched for. */
function conditionsOf(columns: PersonColumns, query: PersonQuery, isWhole: boolean): Sql[] {
  const { search, provinsi, kabupaten, jenis_kelamin: sex, pesantren_id: school } = query;
  const pattern = search === undefined ? '' : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const nik = !columns.has('nik')
    ? sql``
    : isWhole
      ? sql` or p.nik::text like ${pattern}`
      : sql` or p.nik::text = ${search ?? ''}`;
  return [
    ...(search === undefined ? [] : [sql`(p.nama ilike ${pattern}${nik})`]),
    ...(provinsi === undefined ? [] : [sql`p.provinsi = ${provinsi}`]),
    ...(kabupaten === undefined ? [] : [sql`p.kabupaten = ${kabupaten}`]),
    ...(sex === undefined
      ? []
      : [columns.has('jenis_kelamin') ? sql`p.jenis_kelamin::text = ${sex}` : sql`false`]),
    ...(school === undefined ? [] : [sql`s.id::text = ${canonicalId(school)}`]),
  ];
}

function shown(person: Person, isWhole: boolean): Person {
  return isWhole || person.nik === null ? person : { ...person, nik: masked(String(person.nik)) };
}

/** All but the last four digits: a NIK begins with place and date of birth. */
export function masked(nik: string): string {
  const hidden = Math.max(0, nik.length - VISIBLE_DIGITS);
  return '*'.repeat(hidden || nik.length) + (hidden > 0 ? nik.slice(hidden) : '');
}

async function maySeeNik(
  { keys }: SantriContext,
  req: Parameters<typeof keys.identify>[0],
): Promise<boolean> {
  const scopes = (await keys.identify(req))?.scopes ?? [];
  return scopes.includes('personal:full') || scopes.includes('admin');
}
