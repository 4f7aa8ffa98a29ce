import { LRUCache } from 'lru-cache';
import type { ChoroplethContext as Context } from '../context.ts';
import { AttributeTable, type Attribute } from '../../engine/encoding/attributes.ts';
import type { TileGeometry } from '../../engine/encoding/geometry.ts';
import { encodeRows, encodeRowsInSteps, MANY, type RowsInput } from '../../engine/encoding/rows.ts';
import { shownOf } from '../../engine/encoding/shown.ts';
import { memoryIndexOptions } from '../../engine/memory/memory-layer.ts';
import { flatIndex, rowColumns, type RowTiles } from '../../engine/memory/row-tiles.ts';
import type { TileIndex } from '../../engine/cutting/tile-index.ts';
import { engineTile, type Grid } from '../../engine/grids/grid.ts';
import type { EncodedLayer, PropertyValue, TileCoord } from '../../engine/types.ts';
import { contentTag, type Representation } from '../../http/answers/respond.ts';
import type { CacheOutcome } from '../../http/cache/response-cache.ts';
import { atOnce, inTurns } from '../../tools/turns.ts';
import { passingMoment } from '../../generations/tokens.ts';
import { composite, compositeInTurns, MAX_ZOOM, zoomToFit, type TileJson } from '../../http/answers/tile.ts';
import type { Answer } from '../answer.ts';
import { attributionOf } from './captions.ts';
import type { RegionValue } from '../figures/values.ts';
import { middleLongitude, openingView, tiledBounds } from './view.ts';

/** Raised when the same answer comes to give other bytes. */
const FORMAT = 1;

/** A tile of the regions with their values, joined as it is encoded: a refresh never cuts geometry again. */
export async function choroplethTile(
  ctx: Context,
  answer: Answer,
  coord: TileCoord,
  client: { readonly signal: AbortSignal; readonly grid?: Grid | undefined },
): Promise<Representation> {
  const { grid } = client;
  if (grid) return choroplethGridTile(ctx, answer, coord, { ...client, grid });
  const { versioned } = answer;
  const started = performance.now();
  const make = async (flight: AbortSignal): Promise<Representation> => {
    const began = performance.now();
    await answer.regions.layer.index.prepare(coord.z);
    const layer = await inTurns(making(ctx, answer, coord), flight);
    tellMade(ctx, answer, coord, layer, began);
    return compositeInTurns([layer], flight);
  };
  const { answer: tile, cache } =
    choroplethTileNow(ctx, answer, coord) ??
    (await ctx.cache.get(keyOf(answer, coord), client.signal, make, { versioned }));
  ctx.observe({
    type: 'tile.served',
    layers: `choropleth/${answer.request.choropleth.id}`,
    z: coord.z,
    ms: performance.now() - started,
    cache,
    bytes: tile.body.length,
  });
  return tile;
}

/** The tile where it is in the cache, or can be made at once; undefined where it has to be waited for. */
export function choroplethTileNow(
  ctx: Context,
  answer: Answer,
  coord: TileCoord,
): { answer: Representation; cache: CacheOutcome } | undefined {
  const make = (): Representation | undefined => {
    const { index } = answer.regions.layer;
    if (index.prepare(coord.z) || index.isLarge(coord)) return undefined;
    const began = performance.now();
    const geometry = index.tile(coord);
    if (geometry.length > MANY) return undefined;
    const input = atOnce(rowsInput(ctx, answer, geometry));
    const layer = encodeRows(input);
    tellMade(ctx, answer, coord, layer, began);
    return composite([layer]);
  };
  return ctx.cache.getNow(keyOf(answer, coord), make, { versioned: answer.versioned });
}

/** @param began when making it did */
function tellMade(ctx: Context, answer: Answer, coord: TileCoord, layer: EncodedLayer, began: number): void {
  const { id } = answer.request.choropleth;
  const ms = performance.now() - began;
  const bytes = layer.bytes.length;
  ctx.observe({ type: 'tile.made', layer: id, engine: 'choropleth', ...coord, ms, bytes });
}

/** Its address, and in short everything else that a tile's bytes depend on. */
function keyOf(answer: Answer, { z, x, y }: TileCoord, grid?: Grid): string {
  const moment = answer.versioned ? '' : passingMoment();
  return `${z}/${x}/${y} ${tagOf(answer)}${moment}${grid ? ` grid ${grid.key}` : ''}`;
}

function tagOf(answer: Answer): string {
  let tag = tags.get(answer);
  if (tag === undefined) {
    const { request, version, parameters } = answer;
    tag = contentTag(JSON.stringify(['choropleth', FORMAT, request.choropleth.id, version, parameters]));
    tags.set(answer, tag);
  }
  return tag;
}

const tags = new WeakMap<Answer, string>();

/** The same tile of another grid: the regions are projected once for each grid, and their values joined as everywhere. */
async function choroplethGridTile(
  ctx: Context,
  answer: Answer,
  coord: TileCoord,
  { grid, signal }: { readonly grid: Grid; readonly signal: AbortSignal },
): Promise<Representation> {
  const started = performance.now();
  const { id } = answer.request.choropleth;
  const { z } = coord;
  const make = async (flight: AbortSignal): Promise<Representation> => {
    const began = performance.now();
    const options = memoryIndexOptions(ctx.config.tile);
    const index = await ctx.gridIndexes.of(answer.regions.layer.index, grid, options);
    const own = engineTile(grid, coord);
    await index.prepare(own.z);
    const layer = await inTurns(making(ctx, answer, own, index), flight);
    tellMade(ctx, answer, coord, layer, began);
    return compositeInTurns([layer], flight);
  };
  const { versioned } = answer;
  const { answer: tile, cache } = await ctx.cache.get(keyOf(answer, coord, grid), signal, make, {
    versioned,
  });
  const ms = performance.now() - started;
  ctx.observe({ type: 'tile.served', layers: `choropleth/${id}`, z, ms, cache, bytes: tile.body.length });
  return tile;
}

/** In steps; what can be made within a turn is made in one. */
function* making(
  ctx: Context,
  answer: Answer,
  coord: TileCoord,
  index: TileIndex = answer.regions.layer.index,
): Generator<void, EncodedLayer> {
  const input = yield* rowsInput(ctx, answer, yield* index.inSteps(coord));
  return yield* encodeRowsInSteps(input);
}

function* rowsInput({ config }: Context, answer: Answer, geometry: TileGeometry): Generator<void, RowsInput> {
  const { ids } = answer.regions.layer;
  const { tests, attributes, columns } = joined(answer);
  return {
    name: answer.request.choropleth.id,
    geometry,
    shown: yield* shownOf(geometry, tests, { withCollapsed: true }),
    ids,
    attributes,
    columns,
    maxBytes: config.tile.maxBytes,
  };
}

/** What is joined to the geometry: values by row of the region's layer, encoded when a tile first has them. */
interface Joined {
  readonly byRow: readonly (RegionValue | undefined)[];
  /** What a row must pass to be shown: regions of another parent are not. */
  readonly tests: readonly ((row: number) => boolean)[];
  readonly attributes: AttributeTable;
  readonly columns: readonly number[];
  readonly source: readonly Attribute[];
}

/** Of the answers whose tiles were asked for last: a map shows one at a time. */
const KEPT = new LRUCache<Answer, Joined>({ max: 32 });

function joined(answer: Answer): Joined {
  const kept = KEPT.get(answer);
  if (kept) return kept;
  const byRow: (RegionValue | undefined)[] = answer.regions.codes.map(() => undefined);
  for (const entry of answer.values) byRow[entry.row] = entry;
  const column = (name: string, of: (entry: RegionValue) => PropertyValue | null | undefined): Attribute => [
    name,
    name,
    (row) => {
      const entry = byRow[row];
      return entry && of(entry);
    },
  ];
  const columns: readonly Attribute[] = [
    column('code', ({ code }) => code),
    column('name', ({ name }) => name),
    column('parent', ({ parent }) => parent),
    column('value', ({ value }) => value),
    column('numerator', ({ numerator }) => numerator),
    column('denominator', ({ denominator }) => denominator),
    column('class', ({ value }) => answer.classification.assign(value)),
    column('status', ({ status }) => status),
    ...(answer.request.change ? [column('from', ({ from }) => from), column('to', ({ to }) => to)] : []),
  ];
  const made = {
    byRow,
    tests: byRow.includes(undefined) ? [(row: number) => byRow[row] !== undefined] : [],
    attributes: new AttributeTable(columns, byRow.length),
    columns: columns.map((_, i) => i),
    source: columns,
  };
  KEPT.set(answer, made);
  return made;
}

/** The tiles of an answer as data: those that `choroplethTile` makes. */
export function choroplethRows(answer: Answer, { buffer, maxBytes }: Context['config']['tile']): RowTiles {
  const { index, ids } = answer.regions.layer;
  const { byRow, source, columns } = joined(answer);
  return {
    name: answer.request.choropleth.id,
    topology: flatIndex(index),
    options: memoryIndexOptions({ buffer }),
    ids,
    columns: rowColumns(source, byRow.length),
    chosen: columns,
    shown: Uint8Array.from(byRow, (entry) => (entry === undefined ? 0 : 1)),
    withCollapsed: true,
    maxBytes,
  };
}

/** TileJSON of the tiles of an answer. */
export function choroplethTileJson(answer: Answer, base: string): TileJson {
  const { choropleth, metric } = answer.request;
  const { layer } = answer.regions;
  const view = openingView(layer.index);
  const attribution = attributionOf(answer.request);
  return {
    tilejson: '3.0.0',
    tiles: [tileUrl(answer, base)],
    name: choropleth.title,
    ...(attribution ? { attribution } : {}),
    version: '1.0.0',
    scheme: 'xyz',
    bounds: tiledBounds(layer.index),
    center: [middleLongitude(view), (view[1] + view[3]) / 2, zoomToFit(view)],
    minzoom: 0,
    maxzoom: MAX_ZOOM,
    vector_layers: [
      {
        id: choropleth.id,
        minzoom: 0,
        maxzoom: MAX_ZOOM,
        fields: {
          code: 'String',
          name: 'String',
          parent: 'String',
          value: 'Number',
          numerator: 'Number',
          denominator: 'Number',
          class: 'Number',
          status: 'String',
          ...(answer.request.change ? { from: 'Number', to: 'Number' } : {}),
        },
        descriptions: {
          code: 'text: code of the region',
          name: 'text: name of the region',
          parent: 'text: code of the region above it',
          value: `number: ${metric.label}${metric.unit ? ` (${metric.unit})` : ''}; absent unless status is ok`,
          numerator: 'number',
          denominator: 'number',
          class: 'integer: id of its class',
          status: 'text: ok, no_data, suppressed or unreliable',
          ...(answer.request.change ? { from: 'number: value before', to: 'number: value after' } : {}),
        },
      },
    ],
  };
}

/** The tile URL template of exactly this answer: immutable, as it names its version. */
export function tileUrl(answer: Answer, base: string): string {
  const query = new URLSearchParams({ ...answer.parameters, g: answer.version });
  return `${base}/gis/choropleth/${answer.request.choropleth.id}/tiles/{z}/{x}/{y}.mvt?${query.toString()}`;
}
