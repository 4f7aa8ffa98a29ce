import type { Request } from 'express';
import { choroplethTile, choroplethTileJson, type Readings } from '../../choropleth/public.ts';
import type { Grid } from '../../engine/grids/grid.ts';
import type { TileCoord } from '../../engine/types.ts';
import { invalidParameter } from '../../errors.ts';
import type { Representation } from '../../http/answers/respond.ts';
import type { TileJson } from '../../http/answers/tile.ts';
import { baseUrl, cacheControl } from '../../http/answers/urls.ts';
import type { Sight } from '../../sight/sight.ts';
import { getTile, tileJson } from '../../tiles/public.ts';
import { collectionsOf, type Collection } from '../collections/collections.ts';
import type { OgcContext } from '../context.ts';
import { askedAnswer, type Extra } from '../items/choropleth-request.ts';

export interface TileAsked {
  readonly coord: TileCoord;
  /** That of Web Mercator where absent. */
  readonly grid?: Grid | undefined;
  /** Columns and dimensions by their names. */
  readonly extra: Extra;
  readonly sight: Sight;
  readonly signal: AbortSignal;
  readonly req: Request;
}

/** Where tiles come from, and what is told of them: the very ones of `/tiles` and `/gis/choropleth`. */
export interface Source {
  /** As the log and the metrics name it. */
  readonly name: string;
  tile(asked: TileAsked): Promise<{ readonly tile: Representation; readonly cacheControl: string }>;
  tileJson(
    asked: Pick<TileAsked, 'sight' | 'req'>,
  ): Promise<{ readonly document: TileJson; readonly url: string }>;
}

/** Layers of a tile of the whole dataset. */
const MOST_LAYERS = 20;

export function collectionSource(ctx: OgcContext, readings: Readings, collection: Collection): Source {
  if (collection.kind === 'layer') return layersSource(ctx, [collection.id]);
  const { choropleth } = collection;
  return {
    name: `choropleth/${choropleth.id}`,
    tile: async ({ coord, grid, extra, sight, signal, req }) => {
      const { answer } = await askedAnswer(readings, choropleth, { extra, sight }, req);
      const tile = await choroplethTile(readings.of(choropleth.id, sight).ctx, answer, coord, {
        signal,
        grid,
      });
      return { tile, cacheControl: cacheControl(false) };
    },
    tileJson: async ({ sight, req }) => {
      const { answer } = await askedAnswer(readings, choropleth, { extra: {}, sight }, req);
      const base = baseUrl(ctx.config, req);
      return {
        document: choroplethTileJson(answer, base),
        url: `${base}/gis/choropleth/${choropleth.id}/tiles.json`,
      };
    },
  };
}

/** Tiles of several layers in one. */
export function layersSource(ctx: OgcContext, layers: readonly string[]): Source {
  return {
    name: layers.join(),
    tile: async ({ coord, grid, extra, sight, signal }) => {
      const tile = await getTile(ctx, {
        layers,
        coord,
        grid,
        columns: undefined,
        query: extra,
        sight,
        signal,
      });
      return { tile, cacheControl: cacheControl(false) };
    },
    tileJson: async ({ sight, req }) => {
      const base = baseUrl(ctx.config, req);
      const document = await tileJson(ctx, layers, base, { columns: undefined, query: {}, sight });
      return { document, url: `${base}/tiles/${layers.map(encodeURIComponent).join()}.json` };
    },
  };
}

/**
 * The layers that tiles of the whole dataset have: those that are named, else the first that there are.
 * @throws AppError `invalid_parameter` for what is no layer
 */
export function datasetLayers(ctx: OgcContext, named: readonly string[] | undefined, sight: Sight): string[] {
  const known = collectionsOf(ctx, sight).flatMap(({ kind, id }) => (kind === 'layer' ? [id] : []));
  if (!named) return known.slice(0, MOST_LAYERS);
  const stranger = named.find((id) => !known.includes(id));
  if (stranger !== undefined) throw invalidParameter('collections', stranger, 'ids of layers');
  if (named.length > MOST_LAYERS)
    throw invalidParameter('collections', named.join(), `at most ${MOST_LAYERS} together`);
  return [...named];
}
