import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../db/types.ts';
import { cubeColumns, readCube, type CubeRow } from './cube.ts';
import type { Choropleth, RegionSet } from '../definitions.ts';
import { areasOf, columnByRegion } from './denominators.ts';
import type { Filter } from '../disclosure/guard.ts';
import type { ChoroplethRequest } from '../request/params.ts';
import type { Regions, RegionsById } from '../regions/regions.ts';
import { inTurns } from '../../tools/turns.ts';
import { decidePublication, readSnapshot, type Publication } from './suppress.ts';
import { changeValues, joinValues, type RegionValue, type ValueOptions } from './values.ts';

const KEPT_PUBLICATIONS = 20;

/** One moment of the data. */
export interface Snapshot {
  /** The transaction that sees it. */
  readonly db: Queryable;
  /** What it is called; decisions on what is published are kept for it. */
  readonly version: string;
  /** The region sets that `neededLevels` names, loaded before: the transaction must not wait for that. */
  readonly regions: RegionsById;
}

/** The region sets that an answer is made of. */
export function neededLevels({ choropleth, level, normalize }: ChoroplethRequest): readonly RegionSet[] {
  const { levels, suppress } = choropleth;
  const depth = levels.indexOf(level);
  // The names of the level above are shown; what is published of a level depends on all of them.
  if (suppress) return levels;
  const isCarriedUp = normalize?.by === 'per' && normalize.from === 'regions';
  return levels.slice(isCarriedUp ? 0 : depth, depth + 2);
}

/** What is computed of what was read, when the connection is free for others. */
export type Later<Result> = () => Promise<Result>;

/** Values of a request, of any period of it: from the cube, and where people must be protected, as far as published. */
export class Figures {
  readonly #publications = new LRUCache<string, Promise<Publication>>({ max: KEPT_PUBLICATIONS });

  /** @param period instead of the requested one; the request's own where absent */
  async read(snapshot: Snapshot, request: ChoroplethRequest, period?: string): Promise<Later<RegionValue[]>> {
    const { time } = request.choropleth.cube;
    const { change } = request;
    if (!change || time === undefined) {
      return this.#ofFilter(snapshot, request, withPeriod(request.dimensions, time, period));
    }
    const of = (each: string): Promise<Later<RegionValue[]>> =>
      this.#ofFilter(snapshot, request, withPeriod(request.dimensions, time, each));
    // One after the other: they share a connection.
    const from = await of(change.from);
    const to = await of(change.to);
    return async () => inTurns(changeValues(await from(), await to(), change.kind, request.metric));
  }

  async #ofFilter(
    snapshot: Snapshot,
    request: ChoroplethRequest,
    filter: Filter,
  ): Promise<Later<RegionValue[]>> {
    const rows = await this.#rows(snapshot, request, filter);
    const regions = loaded(snapshot, request.level);
    return async () => {
      const options = await valueOptions(snapshot, request);
      return inTurns(joinValues(regions, await rows(), options));
    };
  }

  async #rows(snapshot: Snapshot, request: ChoroplethRequest, filter: Filter): Promise<Later<CubeRow[]>> {
    const { choropleth, level } = request;
    if (!choropleth.suppress) {
      const rows = await readCube(snapshot.db, request, filter);
      return () => Promise.resolve(rows);
    }
    const publication = await this.#publication(snapshot, choropleth);
    const { numerator, denominator } = cubeColumns(request);
    const depth = choropleth.levels.indexOf(level);
    return async () => inTurns((await publication()).rows(depth, numerator, denominator, filter));
  }

  /** Read and decided once for a version, by whoever asks first; the others wait without a connection. */
  async #publication(snapshot: Snapshot, choropleth: Choropleth): Promise<Later<Publication>> {
    const key = JSON.stringify([choropleth.id, snapshot.version]);
    const known = this.#publications.get(key);
    if (known) return () => known;
    const parents = choropleth.levels
      .map((level) => loaded(snapshot, level))
      .map(({ codes, parents }) => new Map(codes.map((code, row) => [code, parents[row] ?? null])));
    const rows = readSnapshot(snapshot.db, choropleth);
    const publication = rows.then((read) => decidePublication(choropleth, read, parents));
    this.#publications.set(key, publication);
    publication.catch(() => this.#publications.delete(key));
    await rows;
    return () => publication;
  }
}

function loaded({ regions }: Snapshot, level: RegionSet): Regions {
  return regions.get(level.id)!;
}

async function valueOptions(snapshot: Snapshot, request: ChoroplethRequest): Promise<ValueOptions> {
  const { choropleth, source, normalize, level } = request;
  const isDivided = source.kind === 'ratio' || normalize?.by === 'per';
  const options = {
    metric: unchanged(request),
    unreliableBelow: isDivided ? choropleth.unreliableBelow : undefined,
  };
  if (normalize?.by === 'share') return { ...options, share: true };
  if (normalize?.by === 'area') return { ...options, denominators: await areasOf(loaded(snapshot, level)) };
  if (normalize?.by !== 'per' || normalize.from === 'cube') return options;
  const levels = choropleth.levels
    .slice(0, choropleth.levels.indexOf(level) + 1)
    .map((set) => loaded(snapshot, set));
  return { ...options, denominators: columnByRegion(levels, normalize.column) };
}

/** How the values of one period are made. Before a change is taken they are not rounded: that comes last. */
function unchanged({ metric, source, normalize, change }: ChoroplethRequest): ValueOptions['metric'] {
  if (!change) return metric;
  const multiplier = normalize?.multiplier ?? source.multiplier;
  return { ...metric, kind: normalize ? 'ratio' : source.kind, multiplier, digits: undefined };
}

function withPeriod(filter: Filter, time: string | undefined, period: string | undefined): Filter {
  return time === undefined || period === undefined ? filter : new Map([...filter, [time, [period]]]);
}
