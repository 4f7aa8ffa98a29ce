import type { Request } from 'express';
import {
  codeOf,
  keptBy,
  REGION_TYPES,
  regionsOf,
  type Choropleth,
  type Readings,
  type Region,
  type RegionSet,
} from '../../choropleth/public.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { AppError, shorten } from '../../errors.ts';
import { geometryText, rowsOf, type PageEnd, type Placing } from '../../features/public.ts';
import { decodeOffset, encodeOffset } from './offset.ts';
import type { Sight } from '../../sight/sight.ts';
import type { OgcContext } from '../context.ts';
import { boxCondition, orNowhere, type Box } from '../place/box.ts';
import { placingOf, type System } from '../place/systems.ts';
import { askedAnswer } from './choropleth-request.ts';
import { refuseStrangers, refusing, type ItemsRequest, type Shape } from './layer-items.ts';
import { sortRegions } from './choropleth-order.ts';

export interface RegionsContext {
  readonly ctx: OgcContext;
  readonly readings: Readings;
  readonly req: Request;
  readonly signal: AbortSignal;
}

/** Regions whose outlines are read at once. */
const BATCH = 500;

/** A page of regions as text: values as the choropleth shows them, outlines as the database has them. */
export async function* choroplethItems(
  { ctx: shared, readings, req, signal }: RegionsContext,
  choropleth: Choropleth,
  asked: ItemsRequest,
  tail: (end: PageEnd, matched: number) => object,
): AsyncGenerator<string> {
  const ctx = shared.roles.reading(shared, choropleth.access, asked.sight);
  const { answer, keeps } = await askedAnswer(readings, choropleth, asked, req);
  const set = answer.request.level;
  const within = asked.box && (await codesWithin(ctx, set, asked.box, asked.system, signal));
  const all = regionsOf(answer);
  const kept = asked.filter && (await keptBy(ctx, set, all, asked.filter, signal));
  const filtered = all.filter(
    (region) => keeps(region) && (within?.has(region.code) ?? true) && (kept?.has(region.code) ?? true),
  );
  const regions = asked.sortby ? sortRegions(filtered, asked.sortby) : filtered;
  const written = writer(asked.shape);
  const from = asked.cursor === undefined ? 0 : decodeOffset(asked.cursor);
  const page = regions.slice(from, from + asked.limit);
  let head = '{"type":"FeatureCollection","features":[';
  for (let at = 0; at === 0 || at < page.length; at += BATCH) {
    const some = page.slice(at, at + BATCH);
    const outlines = asked.shape.skipGeometry
      ? undefined
      : await outlinesOf(ctx, set, some, { system: asked.system, box: asked.box, signal });
    yield head + some.map((region) => written(region, outlines)).join(',');
    head = ',';
  }
  const to = from + page.length;
  const more = to < regions.length;
  const end = { returned: page.length, more, box: undefined, cursor: more ? encodeOffset(to) : undefined };
  yield `],${JSON.stringify(tail(end, regions.length)).slice(1)}`;
}

/** One region, by its code. @throws AppError `feature_not_found` */
export async function choroplethFeature(
  { ctx: shared, readings, req, signal }: RegionsContext,
  choropleth: Choropleth,
  {
    id,
    system,
    sight,
    shape,
    tail,
  }: { id: string; system: System; sight: Sight; shape: Shape; tail: object },
): Promise<string> {
  const ctx = shared.roles.reading(shared, choropleth.access, sight);
  const { answer } = await askedAnswer(readings, choropleth, { extra: {}, sight }, req);
  const region = regionsOf(answer).find(({ code }) => code === id);
  if (!region)
    throw new AppError('feature_not_found', { detail: `${choropleth.id} has no region ${shorten(id, 60)}` });
  const write = writer(shape);
  const { level } = answer.request;
  const outlines = shape.skipGeometry
    ? undefined
    : await outlinesOf(ctx, level, [region], { system, signal });
  return `${write(region, outlines).slice(0, -1)},${JSON.stringify(tail).slice(1)}`;
}

type Outlines = ReadonlyMap<string, string> | undefined;

/** How a region is written, with the properties that are wanted. @throws AppError `invalid_parameter` */
function writer({ properties }: Shape): (region: Region, outlines: Outlines) => string {
  if (properties) refuseStrangers('properties', properties, Object.keys(REGION_TYPES));
  return (region, outlines) => {
    const shown = properties
      ? Object.fromEntries(Object.entries(region).filter(([name]) => properties.includes(name)))
      : region;
    const outline = outlines?.get(region.code) ?? 'null';
    return `{"type":"Feature","id":${JSON.stringify(region.code)},"geometry":${outline},"properties":${JSON.stringify(shown)}}`;
  };
}

async function codesWithin(
  ctx: OgcContext,
  set: RegionSet,
  box: Box,
  system: System,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { layer } = set;
  const query = (guarded: typeof layer): Sql =>
    sql`select distinct ${codeOf(set)} as code from ${ident(layer.schema, layer.name)} t where ${orNowhere(boxCondition(box, guarded), guarded)}`;
  const rows = await rowsOf(ctx, layer, query, signal, { refuse: refusing(system, box) });
  return new Set(rows.map(({ code }) => String(code)));
}

/** GeoJSON of regions by code; one that several rows are of has all their polygons. */
async function outlinesOf(
  ctx: OgcContext,
  set: RegionSet,
  regions: readonly Region[],
  { system, box, signal }: { system: System; box?: Box | undefined; signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const { layer } = set;
  const place: Placing | undefined = placingOf(system);
  const codes = regions.map(({ code }) => code);
  const query = (guarded: typeof layer): Sql =>
    sql`select code, array_agg(g) as parts from (select ${codeOf(set)} as code, ${geometryText(guarded, place)} as g
      from ${ident(layer.schema, layer.name)} t where ${codeOf(set)} = any(${codes}::text[])) rows
      where g is not null group by code`;
  const rows = await rowsOf(ctx, layer, query, signal, { refuse: refusing(system, box) });
  return new Map(rows.map(({ code, parts }) => [String(code), together(parts as string[])]));
}

interface Outline {
  readonly type: string;
  readonly coordinates: unknown[];
}

function together(parts: readonly string[]): string {
  const [first = 'null'] = parts;
  if (parts.length < 2) return first;
  const outlines = parts.map((part) => JSON.parse(part) as Outline);
  const coordinates = outlines.flatMap(({ type, coordinates }) =>
    type === 'Polygon' ? [coordinates] : coordinates,
  );
  return JSON.stringify({ type: 'MultiPolygon', coordinates });
}
