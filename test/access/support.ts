import { readMaps } from '../../server/maps.ts';

/** Two tenants and what is open to all, in one database; whatever is closed has "rahasia" in it. */
export const TENANTS_SQL = `
  create table open_parts (code text primary key, name text, up text, geom geometry(polygon, 4326));
  insert into open_parts values ('P1', 'part of it', 'R1', st_makeenvelope(5, 0, 6, 1, 4326));
  create table open_spots (id int primary key, name text, geom geometry(point, 4326));
  insert into open_spots values (1, 'open spot', 'SRID=4326;POINT(10 10)'), (2, 'other spot', 'SRID=4326;POINT(20 20)');
  ${['a', 'b']
    .map(
      (tenant) => `
  create table ${tenant}_homes (id int primary key, name text, salary int, geom geometry(point, 4326));
  insert into ${tenant}_homes values (1, 'rahasia ${tenant}', 900${tenant === 'a' ? 1 : 2}, 'SRID=4326;POINT(11 11)'),
    (2, 'rahasia ${tenant} two', 7, 'SRID=4326;POINT(12 12)');`,
    )
    .join('')}
  ${['open', 'a', 'b']
    .map(
      (tenant) => `
  create table ${tenant}_areas (code text primary key, name text, geom geometry(polygon, 4326));
  insert into ${tenant}_areas select 'R' || n, ${tenant === 'open' ? "'area '" : `'rahasia ${tenant} '`} || n,
    st_makeenvelope(n * 5, 0, n * 5 + 5, 5, 4326) from generate_series(1, 6) n;
  create materialized view ${tenant}_figures as
    select code, (2 * ascii(code) + length(name)) * right(code, 1)::int as n, 40 - right(code, 1)::int as m from ${tenant}_areas;`,
    )
    .join('')}
`;

const choropleth = (tenant: string, more = ''): string => `
  ${tenant}-figures:
    title: Figures ${tenant === 'open' ? '' : `rahasia ${tenant}`}
    regions: ${tenant}-areas
    cube: { view: public.${tenant}_figures, region: code }
    metrics: { n: { sum: n }, m: { sum: m } }${more}`;

export const TENANTS_MAPS = `
tokens:
  scopes:
    - { claim: tenant, has: a, gives: [scope:tenant-a] }
    - { claim: tenant, has: b, gives: ['read:b*', 'read:choropleth/b-*'] }
access:
  'a_*': scope:tenant-a
  'choropleth/a-*': scope:tenant-a
layers:
  b-homes: { table: public.b_homes, access: scope:tenant-b, withhold: [salary] }
  b-areas: { table: public.b_areas, access: key }
  a_nowhere: { table: public.nowhere }
regions:
  open-parts: { table: public.open_parts, code: code, name: name, parent: { set: a-areas, column: up } }
  ${['open', 'a', 'b'].map((tenant) => `${tenant}-areas: { table: public.${tenant}_areas, code: code, name: name }`).join('\n  ')}
choropleths:${choropleth('open')}${choropleth('a')}${choropleth('b', '\n    access: scope:tenant-b')}
`;

export const tenantsMaps = () => readMaps(TENANTS_MAPS);

export interface Answered {
  status: number;
  etag: string | null;
  caching: string;
  vary: string;
  type: string;
  body: Buffer;
}

export async function ask(url: string, headers: Record<string, string> = {}): Promise<Answered> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(60_000) });
  const { headers: given, status } = answer;
  return {
    status,
    etag: given.get('etag'),
    caching: given.get('cache-control') ?? '',
    vary: given.get('vary') ?? '',
    type: given.get('content-type') ?? '',
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

/** The text without what differs from one request to the next. */
export const textOf = ({ body }: Answered): string =>
  body.toString('latin1').replace(/"requestId":"[^"]*"/, '"requestId":""');
