import { LRUCache } from 'lru-cache';
import { AppError, invalidParameter } from '../errors.ts';
import type { Context } from '../context.ts';
import { isVersioned, type Moment } from '../refresh/generations.ts';
import { relationName } from '../catalog/types.ts';
import { classifyValues, colorClasses, type AnswerWarning } from './classes.ts';
import type { Classification } from './classify/index.ts';
import { checkAdditive, checkDimensions, dimensionValuesQuery } from './cube.ts';
import type { Choropleth, RegionSet } from './definitions.ts';
import { Figures } from './figures.ts';
import { echoParameters, type ChoroplethRequest } from './params.ts';
import { loadRegions, type Regions } from './regions.ts';
import type { RegionValue } from './values.ts';
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

const KEPT_ANSWERS = 200;
/** Refreshes are seconds apart and an answer takes milliseconds; even a writer that never rests leaves a gap. */
const MAX_TRIES = 100;

/** Makes answers and keeps the newest; one per server. */
export class Answers {
  readonly #ctx: Context;
  readonly #figures: Figures;
  readonly #answers = new LRUCache<string, Promise<Answer>>({ max: KEPT_ANSWERS });
  readonly #dimensions = new LRUCache<string, Promise<readonly string[]>>({ max: KEPT_ANSWERS });

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#figures = new Figures(ctx);
  }

  /**
   * The answer to a request, made once per generation.
   * @throws AppError 400 for what the choropleth does not have, 5xx for a failing database.
   */
  async get(request: ChoroplethRequest): Promise<Answer> {
    checkAdditive(request);
    const parameters = echoParameters(request);
    const generation = this.generation(request.choropleth);
    const key = JSON.stringify([request.choropleth.definition, generation, parameters]);
    let answer = this.#answers.get(key);
    if (!answer) {
      answer = this.#make(request, parameters);
      this.#answers.set(key, answer);
      answer.then(
        // Data that was newer than we knew is right, and says so, but is not the answer to this key.
        (made) => made.version === versionOf(request.choropleth, generation) || this.#answers.delete(key),
        // A failure is told to those who wait for it and not remembered.
        () => this.#answers.delete(key),
      );
    }
    return answer;
  }

  /** Tokens of the region sets and of the cube, read before the data that they stand for. */
  generation(choropleth: Choropleth): ChoroplethGeneration {
    return choroplethGeneration(choropleth, (relation) => this.#ctx.generations.of(relation));
  }

  /** Values of a dimension of the choropleth's cube. */
  dimensionValues(choropleth: Choropleth, dimension: string): Promise<readonly string[]> {
    const { cube } = choropleth;
    const key = JSON.stringify([cube.schema, cube.name, dimension, this.generation(choropleth).cube]);
    let values = this.#dimensions.get(key);
    if (!values) {
      values = this.#ctx.db
        .run<{ value: string }>(dimensionValuesQuery(cube, dimension))
        .then((rows) => rows.map((row) => row.value));
      this.#dimensions.set(key, values);
      values.catch(() => this.#dimensions.delete(key));
    }
    return values;
  }

  /**
   * Several queries make an answer. What the data is at is read before and after them: where it moved
   * in between, the answer would be a mixture, and is made again.
   */
  async #make(request: ChoroplethRequest, parameters: Record<string, string>): Promise<Answer> {
    const relations = choroplethRelations(request.choropleth);
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const before = await this.#ctx.generations.moment(relations);
      const answer = await this.#makeAt(request, parameters, before);
      const after = await this.#ctx.generations.moment(relations);
      if (relations.every((relation) => before.of(relation) === after.of(relation))) return answer;
    }
    throw new AppError('database_busy', { detail: 'the data changes faster than it can be read' });
  }

  async #makeAt(
    request: ChoroplethRequest,
    parameters: Record<string, string>,
    moment: Moment,
  ): Promise<Answer> {
    const { choropleth, level } = request;
    await checkDimensions(request, (dimension) => this.dimensionValues(choropleth, dimension));
    const regions = await loadRegions(this.#ctx, level);
    checkParents(request, regions);
    const tokenOf = (relation: string): string =>
      relation === relationName(level.layer) ? regions.token : moment.of(relation);
    const generation = choroplethGeneration(choropleth, tokenOf);
    const version = versionOf(choropleth, generation);
    const all = await this.#figures.values(request, regions, version);
    // Breaks are those of the whole region set unless asked otherwise: neither a parent nor a box moves them.
    const values = valuesOf(inScope(request, all));
    const reference = await this.#reference(request, regions, version, values);
    const { classification, center } = classifyValues(request, values, reference);
    const { colors, noDataColor, warnings } = colorClasses(request, classification, center);
    return {
      request,
      parameters,
      regions,
      parentNames: await namesAbove(this.#ctx, choropleth, level),
      values: ofParents(request, all),
      classification,
      center,
      colors,
      noDataColor,
      warnings: [...classification.warnings, ...valueWarnings(request, all), ...warnings],
      version,
      generation,
      refreshedAt: moment.changedAt(relationName(choropleth.cube)),
      versioned: choroplethRelations(choropleth).every((relation) => isVersioned(tokenOf(relation))),
    };
  }

  /** The values that place the breaks: those shown, those of one period, or of all periods together. */
  async #reference(
    request: ChoroplethRequest,
    regions: Regions,
    version: string,
    own: readonly (number | null)[],
  ): Promise<readonly (number | null)[]> {
    const { choropleth, breaksFrom } = request;
    const { time } = choropleth.cube;
    if (!breaksFrom || breaksFrom.from === 'per-period' || time === undefined) return own;
    const periods =
      breaksFrom.from === 'shared' ? [breaksFrom.period] : await this.dimensionValues(choropleth, time);
    const all = await Promise.all(
      periods.map((period) => this.#figures.values(request, regions, version, period)),
    );
    return all.flatMap((values) => valuesOf(inScope(request, values)));
  }
}

/** The regions that are shown. */
function ofParents({ parents }: ChoroplethRequest, values: readonly RegionValue[]): readonly RegionValue[] {
  if (!parents) return values;
  const wanted = new Set<string | null>(parents);
  return values.filter((entry) => wanted.has(entry.parent));
}

/** What to ask instead to get all regions that place the breaks of an answer, and no others. */
export function breakingRegions({ request }: Answer): { parent?: undefined } {
  return request.scope === 'parent' ? {} : { parent: undefined };
}

/** The regions that place the breaks. */
function inScope(request: ChoroplethRequest, values: readonly RegionValue[]): readonly RegionValue[] {
  return request.scope === 'parent' ? ofParents(request, values) : values;
}

function valuesOf(entries: readonly RegionValue[]): (number | null)[] {
  return entries.map((entry) => entry.value);
}

async function namesAbove(
  ctx: Context,
  { levels }: Choropleth,
  level: RegionSet,
): Promise<Map<string, string>> {
  const above = levels[levels.indexOf(level) + 1];
  if (!above) return new Map();
  const { codes, names } = await loadRegions(ctx, above);
  return new Map(codes.map((code, row) => [code, names[row] ?? '']));
}

function checkParents({ parents, level }: ChoroplethRequest, regions: Regions): void {
  const unknown = parents?.filter((code) => !regions.parents.includes(code)) ?? [];
  if (unknown.length === 0) return;
  const known = [...new Set(regions.parents)].filter((code) => code !== null).sort();
  throw invalidParameter('parent', unknown.join(), `codes of ${level.parent?.set}: ${known.join(', ')}`);
}

function valueWarnings(
  { metric, normalize, change }: ChoroplethRequest,
  values: readonly RegionValue[],
): AnswerWarning[] {
  const warnings: AnswerWarning[] = [];
  if (metric.kind === 'sum' && (!change || change.kind === 'abs')) {
    warnings.push({
      code: 'count_not_normalized',
      message:
        'A count mostly shows where many live: normalize=area, share or per:<column>, or a ratio, compares regions of different size.',
    });
  }
  if (normalize?.by === 'share' && values.some(({ status }) => status === 'suppressed')) {
    warnings.push({
      code: 'share_of_shown',
      message: 'Shares are of the total of the regions that are shown.',
    });
  }
  return warnings;
}
