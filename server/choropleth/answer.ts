import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import type { ChoroplethContext as Context } from './context.ts';
import type { Queryable } from '../db/types.ts';
import { Gate } from '../tools/gate.ts';
import { SingleFlight } from '../http/cache/flight.ts';
import type { News } from '../generations/generations.ts';
import { isVersioned, passingMoment } from '../generations/tokens.ts';
import { relationName } from '../catalog/types.ts';
import { colorClasses, type AnswerWarning } from './classes/classes.ts';
import { placeClasses } from './classes/placing.ts';
import type { Classification } from './classify/index.ts';
import { checkDimensions, dimensionValuesQuery, openDimensions } from './figures/cube.ts';
import type { Choropleth } from './definitions.ts';
import type { Gaps } from './gaps/gaps.ts';
import { Figures, neededLevels, type Later, type Snapshot } from './figures/figures.ts';
import { valueWarnings } from './figures/warnings.ts';
import { echoParameters, type ChoroplethRequest } from './request/params.ts';
import { checkParents, inScope, namesAbove, ofParents, valuesOf } from './request/scope.ts';
import { loadRegions, type Regions, type RegionsById } from './regions/regions.ts';
import type { RegionValue } from './figures/values.ts';
import {
  choroplethGeneration,
  choroplethRelations,
  versionOf,
  type ChoroplethGeneration,
} from './version.ts';

/** Everything that the forms of one choropleth request are drawn from. */
export interface Answer {
  readonly request: ChoroplethRequest;
  /** The request as query parameters, defaults filled in: they give the same answer again. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly regions: Regions;
  readonly values: readonly RegionValue[];
  /** Those that ranks count, where a filter shows but some of them. */
  readonly ranked?: readonly RegionValue[] | undefined;
  /** Names of the regions one level up by code; empty where this is the highest level. */
  readonly parentNames: ReadonlyMap<string, string>;
  readonly classification: Classification;
  /** The value that the ramp turns around, where it does. */
  readonly center: number | undefined;
  /** Colour of each class by id, and of regions without a value. */
  readonly colors: readonly string[];
  readonly noDataColor: string;
  /** What a reader should know: of the values, the classes and the colours. */
  readonly warnings: readonly AnswerWarning[];
  /** Changes whenever the regions or the cube do: `g=` of immutable URLs, part of every ETag. */
  readonly version: string;
  readonly generation: ChoroplethGeneration;
  readonly refreshedAt: string | undefined;
  /** False where nothing tells that its data changed: then it is no instance's but this one's. */
  readonly versioned: boolean;
}

/** Memory for answers, and for values of dimensions; and what a region and a value of theirs take, by estimate. */
const ANSWER_BYTES = 128_000_000;
const DIMENSION_BYTES = 8_000_000;
const ANSWER_OVERHEAD = 4_000;
const REGION_BYTES = 240;
/**
 * Regions that may be computed with, or written into documents, at a time. Reading, joining and writing one takes
 * about a kilobyte, so this many take a quarter of a gigabyte, however many ask.
 */
const REGIONS_AT_A_TIME = 250_000;
const MOST_WAITING = 500;
/** Region sets hardly ever change; one that changes faster than it is loaded has no moment to be shown at. */
const MAX_TRIES = 5;

export interface AnswersContext extends Context {
  readonly gaps: Gaps;
}

/** Makes answers and keeps the newest; one per server. */
export class Answers {
  readonly #ctx: AnswersContext;
  readonly #figures = new Figures();
  /** Answers on their way, and those that were made. */
  readonly #pending = new Map<string, Promise<Answer>>();
  readonly #answers = new LRUCache<string, Answer>({
    maxSize: ANSWER_BYTES,
    sizeCalculation: ({ values }) => ANSWER_OVERHEAD + values.length * REGION_BYTES,
  });
  readonly #dimensions = new LRUCache<string, readonly string[]>({
    maxSize: DIMENSION_BYTES,
    sizeCalculation: (values) => values.reduce((sum, value) => sum + 2 * value.length + 40, 500),
  });
  readonly #reckoning = new Gate({ capacity: REGIONS_AT_A_TIME, maxWaiting: MOST_WAITING });
  /** Where documents are made of answers. */
  readonly making = new Gate({ capacity: REGIONS_AT_A_TIME, maxWaiting: MOST_WAITING });
  readonly #reading = new SingleFlight<readonly string[]>();

  constructor(ctx: AnswersContext) {
    this.#ctx = ctx;
  }

  /**
   * The answer to a request, made once per generation; as of `news` for who prepares for them. Clients take turns.
   * @throws AppError 400 for what the choropleth does not have, 5xx for a failing database.
   */
  async get(asked: ChoroplethRequest, client = '', news?: News): Promise<Answer> {
    const open = openDimensions(asked);
    if (open.length === 0) return this.#kept(asked, this.generation(asked.choropleth, news), client, news);
    for (let tries = 1; ; tries++) {
      const generation = this.generation(asked.choropleth, news);
      const request = await this.#closed(asked, open, news);
      const answer = await this.#kept(request, generation, client, news);
      // Of data that is newer than we knew, what is shown by default may be another.
      if (answer.version === versionOf(asked.choropleth, generation) || tries === MAX_TRIES) return answer;
    }
  }

  /** Fills in what a published figure is shown for where nobody says: the latest period, elsewhere the first value. */
  async #closed(
    request: ChoroplethRequest,
    open: readonly string[],
    news: News | undefined,
  ): Promise<ChoroplethRequest> {
    const { choropleth } = request;
    const dimensions = new Map(request.dimensions);
    for (const dimension of open) {
      const values = await this.dimensionValues(choropleth, dimension, news);
      const chosen = dimension === choropleth.cube.time ? values.at(-1) : values[0];
      // A dimension without values has nothing that could be added up.
      if (chosen !== undefined) dimensions.set(dimension, [chosen]);
    }
    return { ...request, dimensions: new Map([...dimensions].sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  async #kept(
    request: ChoroplethRequest,
    generation: ChoroplethGeneration,
    client: string,
    news: News | undefined,
  ): Promise<Answer> {
    const parameters = echoParameters(request);
    const versioned = choroplethRelations(request.choropleth).every((relation) =>
      isVersioned(this.#tokenOf(relation, news)),
    );
    const passing = versioned ? [] : [passingMoment()];
    const key = JSON.stringify([request.choropleth.definition, generation, parameters, ...passing]);
    const known = this.#answers.get(key) ?? this.#pending.get(key);
    if (known) return known;
    const making = this.#make(request, parameters, client, news !== undefined).finally(() =>
      this.#pending.delete(key),
    );
    this.#pending.set(key, making);
    const answer = await making;
    // Data that was newer than we knew is right, and says so, but is not the answer to this key.
    if (answer.version === versionOf(request.choropleth, generation)) this.#answers.set(key, answer);
    return answer;
  }

  /** Tokens of the region sets and of the cube, read before the data that they stand for. */
  generation(choropleth: Choropleth, news?: News): ChoroplethGeneration {
    return choroplethGeneration(choropleth, (relation) => this.#tokenOf(relation, news));
  }

  #tokenOf(relation: string, news: News | undefined): string {
    return relation === news?.relation ? news.token : this.#ctx.generations.of(relation);
  }

  /** Values of a dimension of the choropleth's cube. */
  async dimensionValues(choropleth: Choropleth, dimension: string, news?: News): Promise<readonly string[]> {
    const key = dimensionKey(choropleth, dimension, this.generation(choropleth, news));
    const known = this.#dimensions.get(key);
    if (known) return known;
    const { db, generations } = this.#ctx;
    // After a refresh every browser asks for them.
    const { value } = await this.#reading.run(key, undefined, () =>
      db.transaction(
        async (tx) => {
          const isAhead = news !== undefined;
          const { of } = await generations.moment(choroplethRelations(choropleth), tx, { isAhead });
          return this.#dimensionValuesAt(tx, choropleth, choroplethGeneration(choropleth, of), dimension);
        },
        { snapshot: true },
      ),
    );
    return value;
  }

  /** Kept when they are there, not while they are on their way: who waits would wait for another's connection. */
  async #dimensionValuesAt(
    tx: Queryable,
    choropleth: Choropleth,
    generation: ChoroplethGeneration,
    dimension: string,
  ): Promise<readonly string[]> {
    const key = dimensionKey(choropleth, dimension, generation);
    const known = this.#dimensions.get(key);
    if (known) return known;
    const rows = await tx.run<{ value: string }>(dimensionValuesQuery(choropleth.cube, dimension));
    const values = rows.map((row) => row.value);
    this.#dimensions.set(key, values);
    return values;
  }

  /**
   * All that the database says to an answer is of one moment, which the answer names. Region sets are
   * loaded before, as that takes a connection of its own; where they have changed since, they are loaded again.
   */
  async #make(
    request: ChoroplethRequest,
    parameters: Record<string, string>,
    client: string,
    isAhead: boolean,
  ): Promise<Answer> {
    const needed = neededLevels(request);
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const loaded = await Promise.all(needed.map((level) => loadRegions(this.#ctx, level)));
      const regions: RegionsById = new Map(loaded.map((each) => [each.set.id, each]));
      const weight = loaded.reduce((sum, { codes }) => sum + codes.length, 0);
      const answer = await this.#reckoning.run(client, weight, async () => {
        const figures = await this.#ctx.db.transaction(
          (tx) => this.#read(tx, request, regions, { tries, isAhead }),
          { snapshot: true },
        );
        return figures && this.#answer({ request, parameters, client }, regions, figures);
      });
      if (answer) return answer;
      await this.#ctx.generations.caughtUp();
    }
    throw new AppError('database_busy', { detail: 'the region sets change faster than they can be loaded' });
  }

  /** Undefined where the region sets are not those of the transaction's moment, so that it would be a mixture. */
  async #read(
    tx: Queryable,
    request: ChoroplethRequest,
    regions: RegionsById,
    { tries, isAhead }: { tries: number; isAhead: boolean },
  ): Promise<FiguresOfMoment | undefined> {
    const { choropleth, level } = request;
    const relations = choroplethRelations(choropleth);
    const moment = await this.#ctx.generations.moment(relations, tx, { isAhead });
    const moved = choropleth.levels.filter(({ id, layer }) => {
      const set = regions.get(id);
      return set !== undefined && set.token !== moment.of(relationName(layer));
    });
    // A set that cannot be loaded anew just now is better than none, and is named as what it is; but not where
    // SQL reads it too.
    const isReadTwice = moved.some(
      (set) => choropleth.levels.indexOf(set) < choropleth.levels.indexOf(level),
    );
    if (moved.length > 0 && (tries === 1 || isReadTwice)) return undefined;
    const loadedTokens = new Map(
      [...regions.values()].map(({ set, token }) => [relationName(set.layer), token]),
    );
    const tokenOf = (relation: string): string => loadedTokens.get(relation) ?? moment.of(relation);
    const generation = choroplethGeneration(choropleth, tokenOf);
    await checkDimensions(request, (dimension) =>
      this.#dimensionValuesAt(tx, choropleth, generation, dimension),
    );
    checkParents(request, regions.get(level.id)!);
    const version = versionOf(choropleth, generation);
    const versioned = relations.every((relation) => isVersioned(tokenOf(relation)));
    const snapshot: Snapshot = {
      db: tx,
      version: versioned ? version : `${version} ${passingMoment()}`,
      regions,
    };
    const values = await this.#figures.read(snapshot, request);
    const reference = await this.#reference(snapshot, request, generation);
    const gaps = await this.#ctx.gaps.at(tx, choropleth, generation);
    // A snapshot does not hold names: a table that took another's place since looks empty from it. Those that were
    // read are locked by now.
    const after = await this.#ctx.generations.moment(relations, tx, { isAhead: true });
    if (tries < MAX_TRIES && relations.some((relation) => after.of(relation) !== moment.of(relation)))
      return undefined;
    const refreshedAt = moment.changedAt(relationName(choropleth.cube));
    return { values, reference, gaps, version, generation, refreshedAt, versioned };
  }

  async #answer(
    { request, parameters, client }: Asked,
    regions: RegionsById,
    { values, reference, gaps, ...moment }: FiguresOfMoment,
  ): Promise<Answer> {
    const { choropleth, level } = request;
    const all = await values();
    // Breaks are those of the whole region set unless asked otherwise: neither a parent nor a box moves them.
    const own = valuesOf(inScope(request, all));
    const others: (number | null)[] = [];
    for (const figures of reference ?? [])
      for (const value of valuesOf(inScope(request, await figures()))) others.push(value);
    const placing = reference ? others : own;
    const { classification, center } = await placeClasses(request, own, placing, client);
    const { colors, noDataColor, warnings } = colorClasses(request, classification, center);
    return {
      request,
      parameters,
      regions: regions.get(level.id)!,
      parentNames: namesAbove(choropleth, level, regions),
      values: ofParents(request, all),
      classification,
      center,
      colors,
      noDataColor,
      warnings: [...gaps, ...classification.warnings, ...valueWarnings(request, all), ...warnings],
      ...moment,
    };
  }

  /** What places the breaks instead of the values shown: those of one period, or of all periods together. */
  async #reference(
    snapshot: Snapshot,
    request: ChoroplethRequest,
    generation: ChoroplethGeneration,
  ): Promise<Later<RegionValue[]>[] | undefined> {
    const { choropleth, breaksFrom } = request;
    const { time } = choropleth.cube;
    if (!breaksFrom || breaksFrom.from === 'per-period' || time === undefined) return undefined;
    const periods =
      breaksFrom.from === 'shared'
        ? [breaksFrom.period]
        : await this.#dimensionValuesAt(snapshot.db, choropleth, generation, time);
    const all: Later<RegionValue[]>[] = [];
    for (const period of periods) all.push(await this.#figures.read(snapshot, request, period));
    return all;
  }
}

interface Asked {
  readonly request: ChoroplethRequest;
  readonly parameters: Record<string, string>;
  readonly client: string;
}

/** What the database says to a request, all as of one moment. */
interface FiguresOfMoment extends Pick<Answer, 'version' | 'generation' | 'refreshedAt' | 'versioned'> {
  readonly values: Later<RegionValue[]>;
  /** The values that place the breaks, where they are not those. */
  readonly reference: readonly Later<RegionValue[]>[] | undefined;
  /** What is left out whatever is asked. */
  readonly gaps: readonly AnswerWarning[];
}

function dimensionKey({ cube }: Choropleth, dimension: string, generation: ChoroplethGeneration): string {
  const passing = isVersioned(generation.cube) ? [] : [passingMoment()];
  return JSON.stringify([cube.schema, cube.name, dimension, generation.cube, ...passing]);
}
