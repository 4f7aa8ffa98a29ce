import { AppError, shorten } from '../errors.ts';
import { withoutEmptyParts } from '../catalog/geojson.ts';
import { readColumns, readFilters, type Filter } from '../catalog/filters.ts';
import { relationName, type Column, type TableLayer } from '../catalog/types.ts';
import { filterOf, isSpatial, outsideOfLayer, type LayerFilter, type WrittenFilter } from '../cql2/filter.ts';
import { sql, type Sql } from '../db/sql.ts';
import { explain, isTransformError } from '../catalog/failed-query.ts';
import type { FeaturesContext as Context } from './context.ts';
import type { Bbox } from '../http/requests/params.ts';
import type { Sight } from '../sight/sight.ts';
import { tokenOrMoment } from '../generations/tokens.ts';
import { decodeCursor, encodeCursor, isValueOf } from './cursor.ts';
import {
  featureQuery,
  pageQuery,
  rowVersion,
  type KeyValues,
  type PageQuery,
  type PageRow,
  type Placing,
} from './query.ts';

export interface FeaturesRequest {
  layer: string;
  bbox: Bbox | undefined;
  columns: readonly string[] | undefined;
  limit: number;
  cursor: string | undefined;
  /** Query parameters that name columns: equality filters. */
  query: Readonly<Record<string, string | string[]>>;
  /** What `filter=` says. */
  filter?: WrittenFilter | undefined;
  /** What is public where absent. */
  sight?: Sight;
}

export interface FeaturesPlan {
  layer: TableLayer;
  columns: readonly Column[];
  filters: readonly Filter[];
  where: LayerFilter | undefined;
  bbox: Bbox | undefined;
  limit: number;
  after: KeyValues | undefined;
  also?: PageQuery['also'];
  place?: PageQuery['place'];
  order?: PageQuery['order'];
  offset?: number | undefined;
  /** What it means that the database could not transform a geometry, where the request chose the system. */
  refuse?: ((cause: unknown) => AppError) | undefined;
}

/** How a page ended. */
export interface PageEnd {
  readonly returned: number;
  /** Whether there are features behind it. */
  readonly more: boolean;
  /** West, south, east, north of its features. */
  readonly box: readonly number[] | undefined;
  /** Of the next page; undefined where none is, or none can be. */
  readonly cursor: string | undefined;
}

/** Rows read at once: 100,000 features pass through, 1,000 are in memory, or as many as have so many characters. */
const BATCH = 1_000;
const FIRST_BATCH = 100;
const BATCH_CHARACTERS = 16_000_000;

/** Checks a request against the catalogue. @throws AppError 400 or 404, before any query. */
export function planFeatures(ctx: Context, request: FeaturesRequest): FeaturesPlan {
  const layer = ctx.catalog.tableLayer(request.layer, request.sight?.ofRows);
  return {
    layer,
    columns: readColumns(layer, request.columns) ?? layer.columns,
    filters: readFilters(layer, request.query),
    where: request.filter && filterOf(request.filter, layer),
    bbox: request.bbox,
    limit: Math.min(request.limit, ctx.config.featuresMax),
    after: request.cursor === undefined ? undefined : decodeCursor(layer, request.cursor),
  };
}

/**
 * The text of a FeatureCollection in pieces, one per batch. Each batch is a query of its own: a slow
 * client holds neither a transaction nor a connection. A layer without a key has no order to continue
 * in, so it is read at once and has no `next`; so are rows with NULL in their key.
 */
export async function* featureCollection(
  ctx: Context,
  plan: FeaturesPlan,
  tail: (end: PageEnd) => object | Promise<object>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { layer, limit } = plan;
  const isCounted = plan.order !== undefined;
  const box = new BoundingBox();
  const write = (rows: readonly PageRow[], before: number): string =>
    (before > 0 && rows.length > 0 ? ',' : '') + rows.map((row) => featureText(plan, row, box)).join(',');
  /** Up to `wanted` rows; one more is asked for, to know whether there are more. */
  const read = async (from: { after?: KeyValues | undefined; keyless?: boolean }, wanted: number) => {
    const page = { ...plan, after: undefined, ...from, limit: wanted + 1 };
    const query = (guarded: TableLayer): Sql => pageQuery({ ...page, layer: guarded });
    const rows = await rowsOf(ctx, layer, query, signal, plan);
    return { rows: rows.slice(0, wanted), more: rows.length > wanted };
  };

  let { after } = plan;
  let sent = 0;
  let more: boolean;
  let batch = FIRST_BATCH;
  let head = '{"type":"FeatureCollection","features":[';
  do {
    const page = await read({ after }, layer.key && !isCounted ? Math.min(batch, limit - sent) : limit);
    const text = write(page.rows, sent);
    yield head + text;
    batch = batchAfter(page.rows.length, text.length);
    head = '';
    sent += page.rows.length;
    more = page.more;
    const last = page.rows.at(-1);
    if (last && layer.key) after = keyOf(layer, last);
  } while (layer.key && more && sent < limit);
  let next = more ? after : undefined;
  if (isCounted && next) next = [String((plan.offset ?? 0) + sent)];

  if (!more && !isCounted && layer.key?.nullable) {
    // Behind all others, those that no cursor can point to: all that fit, or a page of their own.
    const page = await read({ keyless: true }, limit - sent);
    if (page.rows.length > 0) yield write(page.rows, sent);
    next = page.more && page.rows.length === 0 ? after : undefined;
    sent += page.rows.length;
    more = page.more;
  }
  const end = { returned: sent, more, box: box.value, cursor: next && encodeCursor(next) };
  yield `],${JSON.stringify(await tail(end)).slice(1)}`;
}

/** What reading rows of a layer asks for. */
export type RowsContext = Pick<Context, 'db' | 'faults' | 'generations' | 'catalog'>;

/** Rows that a query of a layer gives, without those that make it fail; what its failure means otherwise. */
export function rowsOf(
  ctx: RowsContext,
  layer: TableLayer,
  query: (guarded: TableLayer) => Sql,
  signal: AbortSignal | undefined,
  { where, refuse }: Pick<FeaturesPlan, 'refuse'> & { where?: LayerFilter | undefined } = {},
): Promise<PageRow[]> {
  const token = tokenOrMoment(ctx.generations.of(relationName(layer)));
  return ctx.faults
    .leavingOut(layer, token, (guarded) => ctx.db.run<PageRow>(query(guarded), { signal, readOnly: true }))
    .catch((error: unknown) => {
      if (where && isSpatial(where.condition) && isTransformError(error)) throw outsideOfLayer(layer, error);
      if (refuse && isTransformError(error)) throw refuse(error);
      return explain(ctx, layer, error);
    });
}

/** How many rows are read next, by what those before took. */
function batchAfter(rows: number, characters: number): number {
  const each = characters / Math.max(1, rows);
  return Math.max(1, Math.min(BATCH, Math.floor(BATCH_CHARACTERS / Math.max(1, each))));
}

/** The members behind the features of a page. */
export function pageTail(
  { returned, more, box, cursor }: PageEnd,
  nextUrl: (cursor: string) => string,
): object {
  const next = cursor !== undefined && nextUrl(cursor);
  return {
    ...(box ? { bbox: box } : {}),
    numberReturned: returned,
    ...(next ? { links: [{ rel: 'next', type: 'application/geo+json', href: next }] } : {}),
    ...(more && !next ? { warning: NO_KEY } : {}),
  };
}

export const NO_KEY = 'there are more features, but without a unique key they cannot be paged: raise limit';

export interface OneFeature {
  readonly layer: string;
  readonly id: string;
  readonly columns?: readonly Column[] | undefined;
  readonly place?: Placing | undefined;
  readonly refuse?: FeaturesPlan['refuse'];
  /** Further members. */
  readonly tail?: object | undefined;
  /** Where its rows are, where that is not the layer itself. */
  readonly from?: Pick<TableLayer, 'schema' | 'name'> | undefined;
}

/** One feature, and what differs whenever its row is another (`rowVersion`): for layers that are tables. */
export async function versionedFeature(
  ctx: Context,
  { id, from, tail, columns, place, refuse, ...one }: OneFeature & { readonly of: TableLayer },
  signal: AbortSignal,
): Promise<{ text: string; version: string }> {
  const layer = { ...one.of, ...from };
  const shape = { columns: columns ?? layer.columns, place };
  const query = (guarded: TableLayer): Sql =>
    featureQuery(guarded, shape.columns, id, place, [sql`${rowVersion(guarded)} as version`]);
  const found = isId(layer, id) ? await rowsOf(ctx, layer, query, signal, { refuse }) : [];
  const [row] = found;
  if (!row) throw noFeature(layer, id);
  return { text: withTail(featureText({ layer, ...shape }, row), tail), version: String(row.version) };
}

/** One feature by its key. @throws AppError `feature_not_found`, also where the layer has no single key. */
export async function featureById(
  shared: Context,
  { layer: id, id: key, ...shape }: OneFeature,
  signal: AbortSignal,
  sight?: Sight,
): Promise<string> {
  const layer = shared.catalog.tableLayer(id, sight?.ofRows);
  const ctx = shared.roles.reading(shared, layer.access, sight);
  if (!isId(layer, key)) throw noFeature(layer, key);
  const { columns = layer.columns, place, refuse, tail } = shape;
  const query = (guarded: TableLayer): Sql => featureQuery(guarded, columns, key, place);
  const [row] = await rowsOf(ctx, layer, query, signal, { refuse });
  if (!row) throw noFeature(layer, key);
  return withTail(featureText({ layer, columns }, row, new BoundingBox()), tail);
}

/** Whether a row of the layer could have this id. */
export function isId(layer: TableLayer, id: string): boolean {
  const [only] = layer.key?.columns ?? [];
  const column = layer.columns.find(({ name }) => name === only);
  return layer.key?.columns.length === 1 && isValueOf(column, id);
}

export const noFeature = (layer: TableLayer, id: string): AppError =>
  new AppError('feature_not_found', { detail: `${layer.id} has no feature ${shorten(id, 60)}` });

const withTail = (text: string, tail: object | undefined): string =>
  tail ? `${text.slice(0, -1)},${JSON.stringify(tail).slice(1)}` : text;

/** One row as a Feature. */
export function featureText(
  plan: Pick<FeaturesPlan, 'layer' | 'columns'>,
  row: PageRow,
  box?: { include(geometry: string): void },
): string {
  const properties = plan.columns.map(
    (column, i) => `${JSON.stringify(column.name)}:${valueText(column, row[`c${i}`] ?? null)}`,
  );
  const id = featureId(plan.layer, row);
  const start = id === undefined ? '{"type":"Feature"' : `{"type":"Feature","id":${JSON.stringify(id)}`;
  const geometry = row.g === null ? null : withoutEmptyParts(row.g);
  if (geometry !== null) box?.include(geometry);
  // PostGIS wrote the geometry; parsing it only to write it again would be work for nothing.
  return `${start},"geometry":${geometry ?? 'null'},"properties":{${properties.join()}}}`;
}

/** JSON goes as PostgreSQL wrote it: numbers beyond a double would not survive being parsed. */
export function valueText(column: Column, value: unknown): string {
  return column.kind === 'json' && typeof value === 'string' ? value : JSON.stringify(value);
}

function featureId(layer: TableLayer, row: PageRow): string | number | undefined {
  if (layer.key?.columns.length !== 1) return undefined;
  const text = String(row.k0);
  return layer.key.integer === layer.key.columns[0] && Number.isSafeInteger(Number(text))
    ? Number(text)
    : text;
}

function keyOf(layer: TableLayer, row: PageRow): string[] {
  return (layer.key?.columns ?? []).map((_, i) => String(row[`k${i}`]));
}

/** West, south, east, north of GeoJSON texts, read off their coordinate pairs. */
class BoundingBox {
  #box: [number, number, number, number] | undefined;

  get value(): readonly number[] | undefined {
    return this.#box;
  }

  include(geometry: string): void {
    for (const [, x, y] of geometry.matchAll(/\[(-?[\d.e+-]+),(-?[\d.e+-]+)\]/g)) {
      const [longitude, latitude] = [Number(x), Number(y)];
      const box = (this.#box ??= [longitude, latitude, longitude, latitude]);
      if (longitude < box[0]) box[0] = longitude;
      if (latitude < box[1]) box[1] = latitude;
      if (longitude > box[2]) box[2] = longitude;
      if (latitude > box[3]) box[3] = latitude;
    }
  }
}
