import { z } from 'zod';
import { invalidParameter } from '../errors.ts';
import { boolean, names, text, wholeNumber } from '../http/params.ts';
import { METHODS, type Method } from './classify/index.ts';
import type { Choropleth, Metric, RegionSet } from './definitions.ts';

const numberList = (max: number, expected: string) =>
  text(1000).transform((value, issues) => {
    const numbers = value.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (numbers.length <= max && numbers.every(Number.isFinite)) return numbers;
    issues.addIssue(expected);
    return z.NEVER;
  });

/** What every form of a choropleth takes. Any other parameter names a dimension of its cube. */
export const choroplethParams = z.object({
  metric: text(64)
    .optional()
    .meta({ description: 'One of the metrics; the first where absent', example: 'rate' }),
  method: z
    .enum(METHODS, { error: `one of ${METHODS.join(', ')}` })
    .optional()
    .meta({ description: 'How the class breaks are placed', example: 'quantile' }),
  classes: wholeNumber(2, 9).optional().meta({ description: 'How many classes are wanted', example: '5' }),
  breaks: numberList(8, 'up to 8 numbers separated by commas')
    .optional()
    .meta({ description: 'Upper bounds of the classes, with method=manual', example: '3,5,8' }),
  isolate: numberList(8, 'up to 8 numbers separated by commas')
    .optional()
    .meta({ description: 'Values that get a class of their own', example: '0' }),
  scheme: text(40)
    .optional()
    .meta({ description: 'A ColorBrewer or viridis-family ramp', example: 'YlOrRd' }),
  reverse: boolean.optional().meta({ description: 'Turn the ramp round' }),
  level: text(64).optional().meta({ description: 'Region set to roll up to', example: 'us-states' }),
  parent: names(100)
    .optional()
    .meta({ description: 'Only regions of these parents, by code', example: '06,41' }),
  g: text(40).optional().meta({ description: 'Version, as in the answers: makes the answer immutable' }),
});

/** A request with its defaults filled in: an answer can be made again from these alone. */
export interface ChoroplethRequest {
  choropleth: Choropleth;
  metric: Metric;
  level: RegionSet;
  parents: readonly string[] | undefined;
  method: Method;
  classes: number;
  breaks: readonly number[] | undefined;
  isolate: readonly number[];
  scheme: string;
  reverse: boolean;
  /** Wanted values by dimension; they are held against the cube before they are used. */
  dimensions: ReadonlyMap<string, readonly string[]>;
}

/** @throws AppError `invalid_parameter` (400) naming the parameter, its value and what is allowed. */
export function readChoroplethRequest(
  choropleth: Choropleth,
  query: z.output<typeof choroplethParams>,
  extra: Readonly<Record<string, string | string[]>>,
): ChoroplethRequest {
  const defaults = choropleth.classify;
  const method = query.method ?? (query.breaks ? 'manual' : checkedMethod(defaults.method));
  const level = oneOf('level', query.level, choropleth.levels, choropleth.levels[0].id);
  const request = {
    choropleth,
    metric: oneOf('metric', query.metric, choropleth.metrics, defaults.metric ?? choropleth.metrics[0].id),
    level,
    parents: query.parent,
    method,
    classes: query.classes ?? defaults.classes,
    breaks: query.breaks ?? (method === 'manual' ? defaults.breaks : undefined),
    isolate: query.isolate ?? defaults.isolate ?? [],
    scheme: query.scheme ?? defaults.scheme,
    reverse: query.reverse ?? defaults.reverse,
    dimensions: readDimensions(choropleth, extra),
  };
  if (request.parents && !level.parent)
    throw invalidParameter('parent', request.parents.join(), `left out: ${level.id} has no parent level`);
  if (method === 'manual' && !request.breaks)
    throw invalidParameter('breaks', null, 'given with method=manual');
  if (request.breaks && method !== 'manual')
    throw invalidParameter('breaks', request.breaks.join(), 'left out unless method=manual');
  return request;
}

/** The request as query parameters, every default spelled out. */
export function echoParameters(request: ChoroplethRequest): Record<string, string> {
  const { metric, level, parents, method, classes, breaks, isolate, scheme, reverse, dimensions } = request;
  return {
    metric: metric.id,
    level: level.id,
    ...(parents ? { parent: parents.join() } : {}),
    method,
    classes: String(classes),
    ...(breaks ? { breaks: breaks.join() } : {}),
    ...(isolate.length > 0 ? { isolate: isolate.join() } : {}),
    scheme,
    reverse: String(reverse),
    ...Object.fromEntries([...dimensions].map(([name, values]) => [name, values.join()])),
  };
}

function readDimensions(choropleth: Choropleth, extra: Readonly<Record<string, string | string[]>>) {
  const { dimensions } = choropleth.cube;
  const entries = Object.entries(extra).map(([name, raw]): [string, string[]] => {
    if (!dimensions.includes(name)) {
      const allowed = [...Object.keys(choroplethParams.shape), ...dimensions].join(', ');
      throw invalidParameter(name, raw, `left out; known parameters are ${allowed}`);
    }
    // A value with a comma in it is given as a parameter of its own.
    const values = Array.isArray(raw) ? raw : raw.split(',');
    if (values.length > 100 || values.some((value) => value.length > 200 || value.includes('\0'))) {
      throw invalidParameter(name, values.length, 'at most 100 values of at most 200 characters');
    }
    return [name, [...new Set(values)].sort()];
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function oneOf<T extends { id: string }>(
  parameter: string,
  wanted: string | undefined,
  all: readonly T[],
  fallback: string,
): T {
  const found = all.find(({ id }) => id === (wanted ?? fallback));
  if (found) return found;
  throw invalidParameter(parameter, wanted, `one of ${all.map(({ id }) => id).join(', ')}`);
}

function checkedMethod(method: string): Method {
  const found = METHODS.find((known) => known === method);
  if (found) return found;
  throw invalidParameter('method', method, `one of ${METHODS.join(', ')}`);
}
