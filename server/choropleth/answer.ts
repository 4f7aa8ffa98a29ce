import { LRUCache } from 'lru-cache';
import { invalidParameter } from '../errors.ts';
import type { Context } from '../context.ts';
import { contentTag } from '../http/respond.ts';
import { classify, type Classification } from './classify/index.ts';
import { isolatedColor, noDataColor, ramp } from './color/index.ts';
import { checkAdditive, checkDimensions, dimensionValuesQuery, readCube } from './cube.ts';
import type { Choropleth } from './definitions.ts';
import { echoParameters, type ChoroplethRequest } from './params.ts';
import { loadRegions, type Regions } from './regions.ts';
import { suppress } from './suppress.ts';
import { joinValues, type RegionValue } from './values.ts';

/** Everything that the forms of one choropleth request are drawn from. */
export interface Answer {
  readonly request: ChoroplethRequest;
  readonly parameters: Readonly<Record<string, string>>;
  readonly regions: Regions;
  readonly values: readonly RegionValue[];
  readonly classification: Classification;
  /** Colour of each class by id, and of regions without a value. */
  readonly colors: readonly string[];
  readonly noDataColor: string;
  /** Changes whenever the regions or the cube do: `g=` of immutable URLs, part of every ETag. */
  readonly version: string;
  readonly generation: { readonly regions: string; readonly cube: string };
  readonly refreshedAt: string | undefined;
  /** False where nothing tells that its data changed: then it is no instance's but this one's. */
  readonly versioned: boolean;
}

const KEPT_ANSWERS = 200;

/** Makes answers and keeps the newest; one per server. */
export class Answers {
  readonly #ctx: Context;
  readonly #answers = new LRUCache<string, Promise<Answer>>({ max: KEPT_ANSWERS });
  readonly #dimensions = new LRUCache<string, Promise<readonly string[]>>({ max: KEPT_ANSWERS });

  constructor(ctx: Context) {
    this.#ctx = ctx;
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
      answer = this.#make(request, parameters, generation);
      this.#answers.set(key, answer);
      // A failure is told to those who wait for it and not remembered.
      answer.catch(() => this.#answers.delete(key));
    }
    return answer;
  }

  /** Tokens of the region sets and of the cube, read before the data that they stand for. */
  generation({ levels, cube }: Choropleth): Answer['generation'] {
    const { generations } = this.#ctx;
    const sets = levels.map(({ layer }) => generations.of(`${layer.schema}.${layer.name}`));
    return {
      regions: sets.length === 1 ? (sets[0] ?? '0') : contentTag(sets.join()),
      cube: generations.of(`${cube.schema}.${cube.name}`),
    };
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

  #isVersioned({ levels, cube }: Choropleth): boolean {
    const relations = [...levels.map(({ layer }) => layer), cube];
    return relations.every(({ schema, name }) => this.#ctx.generations.of(`${schema}.${name}`) !== '0');
  }

  async #make(
    request: ChoroplethRequest,
    parameters: Record<string, string>,
    generation: Answer['generation'],
  ): Promise<Answer> {
    const ctx = this.#ctx;
    const { choropleth, metric, level } = request;
    const versioned = this.#isVersioned(choropleth);
    await checkDimensions(request, (dimension) => this.dimensionValues(choropleth, dimension));
    const regions = await loadRegions(ctx, level);
    checkParents(request, regions);
    const rows = await readCube(ctx.db, request);
    // Breaks are those of the whole region set: neither a parent nor a box moves them.
    const all = suppress(joinValues(regions, rows, metric), choropleth.suppressBelow);
    const classification = classify(
      all.map((entry) => entry.value),
      request,
    );
    const parents = request.parents && new Set<string | null>(request.parents);
    const colors = classColors(request, classification);
    return {
      request,
      parameters,
      regions,
      values: parents ? all.filter((entry) => parents.has(entry.parent)) : all,
      classification,
      colors,
      noDataColor: noDataColor('light', colors),
      version: contentTag(JSON.stringify([choropleth.definition, generation])),
      generation,
      refreshedAt: ctx.generations.changedAt(`${choropleth.cube.schema}.${choropleth.cube.name}`),
      // Regions that are older than asked for stand in while the database is away.
      versioned:
        versioned && regions.token === ctx.generations.of(`${level.layer.schema}.${level.layer.name}`),
    };
  }
}

function checkParents({ parents, level }: ChoroplethRequest, regions: Regions): void {
  const unknown = parents?.filter((code) => !regions.parents.includes(code)) ?? [];
  if (unknown.length === 0) return;
  const known = [...new Set(regions.parents)].filter((code) => code !== null).sort();
  throw invalidParameter('parent', unknown.join(), `codes of ${level.parent?.set}: ${known.join(', ')}`);
}

/** A colour per class id: the ramp over the intervals, then the isolated values' own. */
function classColors(request: ChoroplethRequest, { classes, classesActual }: Classification): string[] {
  const colors = ramp(request.scheme, classesActual, { reverse: request.reverse });
  const own = isolatedColor('light', colors);
  return classes.map((entry, id) => (entry.isolated ? own : (colors[id] ?? own)));
}
