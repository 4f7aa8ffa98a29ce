import { z } from 'zod';
import { AppError, invalidParameter } from '../../errors.ts';
import { boolean, text, wholeNumber } from '../../http/requests/params.ts';
import { METHODS, type Method } from '../classify/index.ts';
import { schemeNamed, type Theme } from '../color/index.ts';
import type { Choropleth, Metric, RegionSet } from '../definitions.ts';
import {
  breaksChoice,
  centerChoice,
  isolateChoice,
  joinValues,
  normalizeChoice,
  positiveNumber,
  splitValues,
  valueList,
  type BreaksChoice,
  type CenterChoice,
} from './options.ts';
import { presentedMetric, readChange, readNormalize, type Change, type Normalize } from './transform.ts';

/** What every form of a choropleth takes. Any other parameter names a dimension of its cube. */
export const choroplethParams = z.object({
  metric: text(64)
    .optional()
    .meta({ description: 'One of the metrics; the first where absent', example: 'total_pesantren' }),
  method: z
    .enum(METHODS, { error: `one of ${METHODS.join(', ')}` })
    .optional()
    .meta({ description: 'How the class breaks are placed', example: 'quantile' }),
  classes: wholeNumber(2, 9).optional().meta({ description: 'How many classes are wanted', example: '5' }),
  breaks: breaksChoice.optional().meta({
    description:
      'Upper bounds of the classes (then method=manual), or whose values place them: per-period (those shown), pooled (all periods) or shared:<period>',
    example: 'pooled',
  }),
  isolate: isolateChoice.optional().meta({
    description: 'Up to 5 values that get a class of their own; none where the configuration has some',
    example: '0',
  }),
  scope: z.enum(['all', 'parent'], { error: 'all or parent' }).optional().meta({
    description:
      'Whose values place the breaks: those of the whole region set, so that maps compare, or only those of the parents shown',
    example: 'all',
  }),
  normalize: normalizeChoice.optional().meta({
    description:
      'What a count is divided by: per:<column> (a declared denominator), area (km²) or share (of the total)',
    example: 'area',
  }),
  multiplier: positiveNumber
    .optional()
    .meta({ description: 'Factor of a normalized count: 1 where absent, 100 for share', example: '1000' }),
  change: z
    .enum(['abs', 'pct', 'ratio'], { error: 'abs, pct or ratio' })
    .optional()
    .meta({ description: 'Show what changed between two periods', aside: 'pct' }),
  from: text(200).optional().meta({ description: 'First period of a change', aside: '2021' }),
  to: text(200).optional().meta({ description: 'Second period of a change', aside: '2025' }),
  scheme: text(40).optional().meta({ description: 'A ColorBrewer or viridis-family ramp', example: 'PuOr' }),
  reverse: boolean.optional().meta({ description: 'Turn the ramp round', example: 'true' }),
  center: centerChoice.optional().meta({
    description: 'A break that a diverging ramp turns around: mean, median or a number',
    example: 'mean',
  }),
  cvd: z.enum(['warn', 'strict'], { error: 'warn or strict' }).optional().meta({
    description: 'Warn of, or refuse, neighbouring colours that colour-blind readers cannot tell apart',
    example: 'warn',
  }),
  theme: z.enum(['light', 'dark'], { error: 'light or dark' }).optional().meta({
    description: 'Of the map around: background and the colours of what has no value',
    example: 'dark',
  }),
  level: text(64).optional().meta({ description: 'Region set to roll up to', example: 'provinsi' }),
  parent: valueList
    .optional()
    .meta({ description: 'Only regions of these parents, by code', aside: '06,41' }),
  g: text(40).optional().meta({
    description: 'Version, as in the answers: makes the answer immutable',
    example: 'Zk3v9Qm1xw2',
  }),
});

type Query = z.output<typeof choroplethParams>;
type Extra = Readonly<Record<string, string | string[]>>;

/** A request with its defaults filled in: an answer can be made again from these alone. */
export interface ChoroplethRequest {
  choropleth: Choropleth;
  /** What is shown: the metric with the label, unit and kind that normalizing or a change gives it. */
  metric: Metric;
  /** The metric as `maps.yaml` declares it. */
  source: Metric;
  normalize: Normalize | undefined;
  change: Change | undefined;
  level: RegionSet;
  parents: readonly string[] | undefined;
  method: Method;
  /** Undefined where the method does not look at it. */
  classes: number | undefined;
  /** Given with method `manual` alone. */
  breaks: readonly number[] | undefined;
  /** Whose values place the breaks; undefined where they are given or there is no time. */
  breaksFrom: Exclude<BreaksChoice, { numbers: readonly number[] }> | undefined;
  isolate: readonly number[];
  /** `parent`: only the values of `parents` place the breaks. */
  scope: 'all' | 'parent';
  scheme: string;
  reverse: boolean;
  center: CenterChoice | undefined;
  cvd: 'warn' | 'strict' | undefined;
  theme: Theme;
  /** Wanted values by dimension; they are held against the cube before they are used. */
  dimensions: ReadonlyMap<string, readonly string[]>;
}

/** Both ends of its ramps stay apart to colour-blind eyes. */
const DIVERGING_DEFAULT = 'PuOr';

/** @throws AppError `invalid_parameter` (400) naming the parameter, its value and what is allowed. */
export function readChoroplethRequest(choropleth: Choropleth, query: Query, extra: Extra): ChoroplethRequest {
  const defaults = choropleth.classify;
  const level = oneOf('level', query.level, choropleth.levels, choropleth.levels[0].id);
  const source = oneOf(
    'metric',
    query.metric,
    choropleth.metrics,
    defaults.metric ?? choropleth.metrics[0].id,
  );
  const dimensions = readDimensions(choropleth, extra);
  const normalize = readNormalize(choropleth, source, query);
  const change = readChange(choropleth, query, dimensions);
  const { method, breaks, breaksFrom } = readBreaks(choropleth, source, query, dimensions);
  const center = query.center ?? (change ? (change.kind === 'ratio' ? 1 : 0) : undefined);
  // A default ramp that runs one way has no middle to put a centre at.
  const ramp =
    center !== undefined && schemeNamed(defaults.scheme).kind !== 'diverging'
      ? DIVERGING_DEFAULT
      : defaults.scheme;
  if (query.parent && !level.parent)
    throw invalidParameter('parent', query.parent.join(), `left out: ${level.id} has no parent level`);
  if (query.scope === 'parent' && !query.parent)
    throw invalidParameter('scope', 'parent', 'all unless parent is given');
  return {
    choropleth,
    metric: presentedMetric(source, normalize, change),
    source,
    normalize,
    change,
    level,
    parents: query.parent && [...query.parent].sort(),
    method,
    classes: readClasses(method, query.classes, defaults.classes),
    breaks,
    breaksFrom,
    isolate: query.isolate ?? configuredIsolate({ choropleth, normalize, change }),
    scope: query.scope ?? 'all',
    scheme: schemeNamed(query.scheme ?? ramp, center === undefined ? undefined : 'diverging').name,
    reverse: query.reverse ?? defaults.reverse,
    center,
    cvd: query.cvd,
    theme: query.theme ?? 'light',
    dimensions,
  };
}

/** The request as query parameters, every default spelled out. */
export function echoParameters(request: ChoroplethRequest): Record<string, string> {
  const { normalize, change, breaks, breaksFrom, isolate, classes, center } = request;
  const parameters: Record<string, string | undefined> = {
    metric: request.source.id,
    level: request.level.id,
    parent: request.parents && joinValues(request.parents),
    normalize: normalize && (normalize.by === 'per' ? `per:${normalize.column}` : normalize.by),
    multiplier: normalize && String(normalize.multiplier),
    change: change?.kind,
    from: change?.from,
    to: change?.to,
    method: request.method,
    classes: classes === undefined ? undefined : String(classes),
    breaks:
      breaks?.join() ?? (breaksFrom?.from === 'shared' ? `shared:${breaksFrom.period}` : breaksFrom?.from),
    isolate: isolate.join() || (configuredIsolate(request).length > 0 ? 'none' : undefined),
    scope: request.scope,
    scheme: request.scheme,
    reverse: String(request.reverse),
    center: center === undefined ? undefined : String(center),
    cvd: request.cvd,
    theme: request.theme,
    ...Object.fromEntries([...request.dimensions].map(([name, values]) => [name, joinValues(values)])),
  };
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function readBreaks(
  choropleth: Choropleth,
  source: Metric,
  query: Query,
  dimensions: ReadonlyMap<string, readonly string[]>,
): Pick<ChoroplethRequest, 'method' | 'breaks' | 'breaksFrom'> {
  const defaults = choropleth.classify;
  const { time } = choropleth.cube;
  const choice = query.breaks;
  const given = choice && 'numbers' in choice ? choice.numbers : undefined;
  const method = query.method ?? (given ? 'manual' : checkedMethod(defaults.method));
  const breaks = given ?? (method === 'manual' ? defaults.breaks : undefined);
  if (method === 'manual') {
    if (!breaks) throw invalidParameter('breaks', null, 'numbers with method=manual');
    if (choice && !given) throw invalidParameter('breaks', choice, 'numbers with method=manual');
    return { method, breaks, breaksFrom: undefined };
  }
  if (breaks) throw invalidParameter('breaks', breaks.join(), 'left out, or a word, unless method=manual');
  const from = choice && 'from' in choice ? choice : undefined;
  if (!time) {
    if (from) throw invalidParameter('breaks', from.from, `numbers: ${choropleth.id} has no time dimension`);
    return { method, breaks: undefined, breaksFrom: undefined };
  }
  if (query.change) {
    if (from) throw invalidParameter('breaks', from.from, 'numbers or left out with change');
    return { method, breaks: undefined, breaksFrom: undefined };
  }
  // Of a published figure one period is shown where none is given.
  const periods = dimensions.get(time)?.length ?? (source.kind === 'value' ? 1 : 0);
  if (from && from.from !== 'per-period' && periods !== 1)
    throw invalidParameter('breaks', from.from, `given with one value of ${time}`);
  return { method, breaks: undefined, breaksFrom: from ?? { from: 'per-period' } };
}

/** Methods that find their own number of classes have none unless they can take one as a maximum. */
function readClasses(method: Method, wanted: number | undefined, fallback: number): number | undefined {
  if (method === 'boxplot' || method === 'manual') return undefined;
  return method === 'headtail' ? wanted : (wanted ?? fallback);
}

/** None of a thing is none of it per area too; other configured values mean nothing once they are divided. */
function configuredIsolate({
  choropleth,
  normalize,
  change,
}: Pick<ChoroplethRequest, 'choropleth' | 'normalize' | 'change'>): readonly number[] {
  const configured = choropleth.classify.isolate ?? [];
  if (change) return [];
  return normalize ? configured.filter((value) => value === 0) : configured;
}

function readDimensions(choropleth: Choropleth, extra: Extra) {
  const { dimensions } = choropleth.cube;
  const entries = Object.entries(extra).map(([name, raw]): [string, string[]] => {
    if (!dimensions.includes(name)) {
      const allowed = [...Object.keys(choroplethParams.shape), ...dimensions];
      throw new AppError('unknown_parameter', {
        detail: `unknown parameter ${name.slice(0, 40)}; known are ${allowed.join(', ')}`,
        errors: [{ parameter: name.slice(0, 40), expected: `one of ${allowed.join(', ')}` }],
      });
    }
    const values = Array.isArray(raw) ? raw : splitValues(raw);
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
