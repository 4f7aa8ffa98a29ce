import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import { cubeColumns, readCube, type CubeRow } from './cube.ts';
import type { Choropleth } from './definitions.ts';
import { areasOf, columnByRegion } from './denominators.ts';
import type { Filter } from './disclosure/guard.ts';
import type { ChoroplethRequest } from './params.ts';
import { loadRegions, type Regions } from './regions.ts';
import { readPublication, type Publication } from './suppress.ts';
import { changeValues, joinValues, type RegionValue, type ValueOptions } from './values.ts';

const KEPT_PUBLICATIONS = 20;

/** Values of a request, of any period of it: from the cube, and where people must be protected, as far as published. */
export class Figures {
  readonly #ctx: Context;
  readonly #publications = new LRUCache<string, Promise<Publication>>({ max: KEPT_PUBLICATIONS });

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /**
   * @param version of the data; decisions on what is published are kept for it
   * @param period instead of the requested one; the request's own where absent
   */
  async values(
    request: ChoroplethRequest,
    regions: Regions,
    version: string,
    period?: string,
  ): Promise<RegionValue[]> {
    const { time } = request.choropleth.cube;
    const { change } = request;
    if (!change || time === undefined) {
      return this.#ofFilter(request, regions, version, withPeriod(request.dimensions, time, period));
    }
    const [from, to] = await Promise.all(
      [change.from, change.to].map((each) =>
        this.#ofFilter(request, regions, version, withPeriod(request.dimensions, time, each)),
      ),
    );
    return changeValues(from!, to!, change.kind, request.metric);
  }

  async #ofFilter(
    request: ChoroplethRequest,
    regions: Regions,
    version: string,
    filter: Filter,
  ): Promise<RegionValue[]> {
    return joinValues(
      regions,
      await this.#rows(request, version, filter),
      await this.#options(request, regions),
    );
  }

  async #rows(request: ChoroplethRequest, version: string, filter: Filter): Promise<CubeRow[]> {
    const { choropleth, level } = request;
    if (!choropleth.suppress) return readCube(this.#ctx.db, request, filter);
    const publication = await this.#publication(choropleth, version);
    const { numerator, denominator } = cubeColumns(request);
    return publication.rows(
      choropleth.levels.findIndex(({ id }) => id === level.id),
      numerator,
      denominator,
      filter,
    );
  }

  #publication(choropleth: Choropleth, version: string): Promise<Publication> {
    const key = JSON.stringify([choropleth.id, version]);
    let publication = this.#publications.get(key);
    if (!publication) {
      publication = this.#parents(choropleth).then((parents) =>
        readPublication(this.#ctx.db, choropleth, parents),
      );
      this.#publications.set(key, publication);
      publication.catch(() => this.#publications.delete(key));
    }
    return publication;
  }

  async #parents({ levels }: Choropleth): Promise<Map<string, string | null>[]> {
    const loaded = await Promise.all(levels.map((level) => loadRegions(this.#ctx, level)));
    return loaded.map(
      ({ codes, parents }) => new Map(codes.map((code, row) => [code, parents[row] ?? null])),
    );
  }

  async #options(request: ChoroplethRequest, regions: Regions): Promise<ValueOptions> {
    const { choropleth, source, normalize, level } = request;
    const isDivided = source.kind === 'ratio' || normalize?.by === 'per';
    const options = {
      metric: unchanged(request),
      unreliableBelow: isDivided ? choropleth.unreliableBelow : undefined,
    };
    if (normalize?.by === 'share') return { ...options, share: true };
    if (normalize?.by === 'area') return { ...options, denominators: areasOf(regions) };
    if (normalize?.by !== 'per' || normalize.from === 'cube') return options;
    const depth = choropleth.levels.findIndex(({ id }) => id === level.id);
    const below = choropleth.levels.slice(0, depth);
    const levels = [...(await Promise.all(below.map((set) => loadRegions(this.#ctx, set)))), regions];
    return { ...options, denominators: columnByRegion(levels, normalize.column) };
  }
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
