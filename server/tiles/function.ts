import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FunctionLayer } from '../catalog/types.ts';
import type { TilesContext as Context } from './context.ts';
import { contentOf, PICTURES } from '../engine/postgis/content.ts';
import { functionQuery, refuseParameters } from '../engine/postgis/function-query.ts';
import type { TileCoord } from '../engine/types.ts';
import { AppError } from '../errors.ts';
import { contentTag } from '../http/answers/respond.ts';
import { passingMoment } from '../generations/tokens.ts';
import { noteTile } from './contents.ts';
import type { LayerPlan, MadeLayer, TileRequest } from './types.ts';

const unzip = promisify(gunzip);

/** Caps cannot leave features out of a function's tile, so it may be larger than ours; but not without end. */
const LARGEST_SHARE = 4;
/** Characters that may stand in an ETag. */
const ETAG = /^[\x21\x23-\x7e]{1,200}$/;

interface FunctionRow {
  mvt: Buffer | null;
  key: string | null;
  size: number;
}

/** @throws AppError `invalid_parameter` (400) before anything is asked of the function */
export function planFunction(
  ctx: Context,
  layer: FunctionLayer,
  { coord, query }: Pick<TileRequest, 'coord' | 'query'>,
): LayerPlan {
  const maxBytes = LARGEST_SHARE * ctx.config.tile.maxBytes;
  functionQuery(layer, coord, query, maxBytes);
  const entries = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    layer,
    query,
    key: JSON.stringify([layer.id, layer.identity, layer.access, entries, passingMoment()]),
    versioned: false,
    make: (place, signal) => functionTile(ctx, layer, place, query, maxBytes, signal),
  };
}

async function functionTile(
  ctx: Context,
  layer: FunctionLayer,
  coord: TileCoord,
  query: TileRequest['query'],
  maxBytes: number,
  signal: AbortSignal,
): Promise<MadeLayer> {
  const [row] = await ctx.db
    .run<FunctionRow>(functionQuery(layer, coord, query, maxBytes), { signal, readOnly: true })
    .catch((error: unknown) => refuseParameters(layer, query, error));
  if (row && row.size > maxBytes)
    throw refused(`tile ${coord.z}/${coord.x}/${coord.y} has ${row.size} bytes; ${maxBytes} may be sent`);
  const made = await recognized(layer, row?.mvt ?? new Uint8Array(), maxBytes);
  if (made.bytes.length > 0) noteTile(layer, made.bytes, made.type);
  return { ...made, ...tagOf(row?.key ?? null), features: -1, truncated: false, engine: 'function' };
}

/** The tile with the media type that its bytes tell; none where it is a vector tile. */
async function recognized(
  layer: FunctionLayer,
  given: Uint8Array,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; type?: string }> {
  if (given.length === 0) return { bytes: given };
  const content = contentOf(given);
  if (content === 'mvt') return { bytes: given };
  if (content === 'gzip') {
    const bytes = await unzip(given, { maxOutputLength: maxBytes }).catch((cause: unknown) => {
      throw refused('its tile is compressed and cannot be unpacked', cause);
    });
    if (contentOf(bytes) === 'gzip') throw unshowable(); // nobody compresses twice on purpose
    return recognized(layer, bytes, maxBytes);
  }
  if (content !== undefined) return { bytes: given, type: PICTURES[content].type };
  if (layer.contentType !== undefined && !/mapbox-vector-tile|protobuf/.test(layer.contentType))
    return { bytes: given, type: layer.contentType };
  throw unshowable();
}

const unshowable = (): AppError =>
  refused('its bytes are neither a vector tile nor a PNG, JPEG or WebP picture');

function refused(detail: string, cause?: unknown): AppError {
  return new AppError(
    'layer_query_failed',
    { reason: 'unsupported_result', detail: `the function made no tile that can be sent: ${detail}` },
    { cause },
  );
}

/** The function's own ETag, or a digest of what cannot stand in one. */
function tagOf(key: string | null): { tag?: string } {
  if (key === null || key === '') return {};
  return { tag: ETAG.test(key) ? key : contentTag(key) };
}
