import { LRUCache } from 'lru-cache';
import { isTile } from '../../engine/grid.ts';
import type { TileCoord } from '../../engine/types.ts';
import type { News } from '../../generations/generations.ts';
import { chooseEncoding, type Representation } from '../../http/answers/respond.ts';
import type { TileNow } from '../../http/answers/tile-now.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import type { Sight } from '../../sight/sight.ts';
import type { Answer } from '../answer.ts';
import type { Reading, ReadingContext } from '../reading.ts';
import { choroplethTile, choroplethTileNow } from './tile.ts';

/** What the tiles of a URL's parameters are made of. */
export interface TilesAnswer {
  readonly reading: Reading;
  readonly answer: Answer;
  /** The value of `g=`. */
  readonly generation: string | undefined;
  /** The answer to the same as of the newest data, or of news. */
  readonly again: (news?: News) => Promise<Answer>;
}

/** Answers that are kept: a map shows one at a time. */
const MOST = 32;

/**
 * The tiles of answers that were worked out for another tile of the same URL. They are the same for all tiles until any data or
 * choropleth changes, and are kept until then, by what stands in the URL.
 */
export class TilesOfAnswers {
  readonly #ctx: ReadingContext;
  readonly #kept = new LRUCache<string, { epoch: number; of: TilesAnswer }>({ max: MOST });

  constructor(ctx: ReadingContext) {
    this.#ctx = ctx;
  }

  /** Keeps an answer that everybody is given. @param epoch `ctx.epoch()`, read before it was looked for */
  keep(url: string, epoch: number, of: TilesAnswer, { viewer, signed }: Sight): void {
    if (!viewer && !signed && of.answer.versioned) this.#kept.set(partsOf(url), { epoch, of });
  }

  /** The tile where it is at hand, or made of what is in memory. */
  tile(url: string, coord: TileCoord, headers: Parameters<typeof chooseEncoding>[0]): TileNow | undefined {
    const kept = this.#kept.get(partsOf(url));
    if (!kept || !isTile(coord) || kept.epoch !== this.#ctx.epoch()) return undefined;
    const { reading, answer } = kept.of;
    const had = choroplethTileNow(reading.ctx, answer, coord);
    if (!had) return undefined;
    const { answer: tile, cache } = had;
    return { tile, cache, ...tellTile(kept.of, coord, tile, headers) };
  }
}

/** What is told of a tile that is sent; it is noted as asked for, to be made again when its data changes. */
export function tellTile(
  { reading: { ctx }, answer, generation, again }: TilesAnswer,
  coord: TileCoord,
  tile: Representation,
  headers: Parameters<typeof chooseEncoding>[0],
) {
  const { id } = answer.request.choropleth;
  const { z, x, y } = coord;
  const asked = `${askedOf(answer)} ${z}/${x}/${y}`;
  const encoding = chooseEncoding(headers, tile.body.length);
  ctx.hot.asked(`choropleth/${id}`, asked, async (news) => {
    const made = await choroplethTile(ctx, await again(news), coord, new AbortController());
    await made.encoded(encoding);
  });
  return {
    cacheControl: cacheControl(answer.versioned && generation === answer.version),
    canonical: generation === undefined || generation === answer.version,
    layers: `choropleth/${id}`,
    z,
    asked,
  };
}

/** Names what was asked, whatever its generation. */
function askedOf(answer: Answer): string {
  let name = names.get(answer);
  if (name === undefined) {
    name = JSON.stringify([answer.request.choropleth.id, answer.parameters]);
    names.set(answer, name);
  }
  return name;
}

const names = new WeakMap<Answer, string>();

/** A tile's URL without its address. */
function partsOf(url: string): string {
  return url.replace(ADDRESS, '/');
}

const ADDRESS = /\/\d+\/\d+\/\d+\.(?:mvt|pbf)/;
