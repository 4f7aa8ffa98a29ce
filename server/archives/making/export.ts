import type { TileJson } from '../../http/answers/tile.ts';
import type { Bounds } from '../../engine/types.ts';
import { WORLD } from '../../http/answers/tile.ts';
import { packageVersion } from '../../tools/paths.ts';
import { renderingOf } from '../../tools/rendering.ts';
import type { MakingContext } from '../context.ts';
import { makeArchive, type ArchiveOptions, type MadeArchive } from './archive.ts';
import { DataChanged } from './outcome.ts';
import { openSource, type Source, type SourceOptions, type Wanted } from './sources.ts';

export interface ExportOptions extends ArchiveOptions, SourceOptions {
  /** Only tiles that meet this box. */
  readonly bbox: Bounds | undefined;
}

/** Raised when the same tiles come to be kept in another way. */
const FORMAT = 1;
/** Data that changes more often than its tiles can be made has no moment to be kept as of. */
const MAX_TRIES = 3;

/**
 * Makes a PMTiles archive of a layer or a choropleth, all of it as of one generation.
 * @throws DataChanged where it changes faster than that, AppError as a request of such tiles
 */
export async function exportArchive(
  ctx: MakingContext,
  wanted: Wanted,
  options: ExportOptions,
): Promise<MadeArchive> {
  for (let tries = 1; ; tries++) {
    try {
      return await exportOnce(ctx, wanted, options);
    } catch (error) {
      if (!(error instanceof DataChanged) || tries === MAX_TRIES) throw error;
      options.say(`${error.message}: beginning anew`);
      await ctx.generations.poll();
    }
  }
}

async function exportOnce(ctx: MakingContext, wanted: Wanted, options: ExportOptions): Promise<MadeArchive> {
  const source = await openSource(ctx, wanted, options);
  const zooms = zoomsOf(source.tileJson, options.zooms);
  const { bbox } = options;
  const { identity, makerAt, close } = source;
  const own = [FORMAT, process.versions.zlib, renderingOf(ctx.config), zooms, bbox ?? null, identity];
  return makeArchive(
    {
      zooms,
      bbox,
      makerAt,
      complete: close,
      ...heading(source, zooms, bbox),
      identity: identity === undefined ? undefined : JSON.stringify(own),
    },
    options,
  );
}

function zoomsOf({ minzoom, maxzoom }: TileJson, [from, to]: readonly [number, number]): [number, number] {
  const zooms: [number, number] = [Math.max(from, minzoom), Math.min(to, maxzoom)];
  if (zooms[0] <= zooms[1]) return zooms;
  throw new Error(`there are tiles of zooms ${minzoom} to ${maxzoom} alone`);
}

function heading({ tileJson, about, provenance }: Source, zooms: [number, number], bbox: Bounds | undefined) {
  const { name, description, attribution, vector_layers: layers = [] } = tileJson;
  const bounds = within(bbox && bbox[0] <= bbox[2] ? bbox : tileJson.bounds);
  return {
    bounds,
    center: [
      (bounds[0] + bounds[2]) / 2,
      (bounds[1] + bounds[3]) / 2,
      Math.min(zooms[1], Math.max(zooms[0], tileJson.center[2])),
    ] as const,
    metadata: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(attribution === undefined ? {} : { attribution }),
      version: tileJson.version,
      type: 'overlay',
      format: 'pbf',
      generator: `chorograph ${packageVersion()}`,
      vector_layers: layers.map((layer) => ({ ...layer, minzoom: zooms[0], maxzoom: zooms[1] })),
      chorograph: { ...about, ...provenance },
    },
  };
}

function within([west, south, east, north]: Bounds): Bounds {
  const between = (value: number, [from, to]: readonly [number, number]): number =>
    Math.min(to, Math.max(from, value));
  const [longitudes, latitudes] = [[WORLD[0], WORLD[2]] as const, [WORLD[1], WORLD[3]] as const];
  return [
    between(west, longitudes),
    between(south, latitudes),
    between(east, longitudes),
    between(north, latitudes),
  ];
}
