import { invalidParameter } from '../../errors.ts';
import type { Answer } from '../answer.ts';
import { breakingRegions } from '../request/scope.ts';
import { placePairs } from '../classes/placing.ts';
import type { BivariateClassification } from '../classify/bivariate.ts';
import type { Classification, Method } from '../classify/index.ts';
import { bivariateColors, noDataColor } from '../color/index.ts';
import type { Metric } from '../definitions.ts';
import { describeAnswer, shown } from '../forms/document.ts';
import type { FormInput } from '../forms/form.ts';
import { rowsText } from '../forms/writing.ts';
import { mapped } from '../../tools/slices.ts';
import { inTurns } from '../../tools/turns.ts';
import { rangeLabels, type Locale } from '../labels/index.ts';
import type { RegionValue, ValueStatus } from '../figures/values.ts';

export interface BivariateQuery {
  readonly vars: readonly string[];
  readonly dim: number;
  readonly method: Method;
  readonly schemes: readonly string[];
}

/** Two metrics of the same regions, classed together. */
export interface Bivariate {
  readonly answer: Answer;
  /** The first and the second metric over the regions that place the breaks. */
  readonly variables: readonly [Answer, Answer];
  readonly classification: BivariateClassification;
  /** Class a of the first and b of the second metric are at `a * dim + b`. */
  readonly colors: readonly string[];
  readonly noDataColor: string;
  readonly regions: readonly RegionPair[];
  readonly query: BivariateQuery;
}

export interface RegionPair {
  readonly region: Pick<RegionValue, 'code' | 'name' | 'parent' | 'row'>;
  readonly values: readonly [number | null, number | null];
  /** Position in `colors`; null where a value is missing. */
  readonly pair: number | null;
  /** Of the first metric unless that is `ok`. */
  readonly status: ValueStatus;
}

/**
 * Classes two metrics at once. As for one metric, breaks are those of the whole region set, or of the scope asked for.
 * @throws AppError `invalid_parameter` for metrics that are not there, or a method with too many classes
 */
export async function bivariateOf(
  answer: Answer,
  other: FormInput<unknown>['other'],
  query: BivariateQuery,
  client: string,
): Promise<Bivariate> {
  const metrics = metricsOf(answer.request.choropleth.metrics, query.vars);
  const whole = breakingRegions(answer);
  const [first, second] = await alike(metrics, (metric, dimensions) =>
    other({ metric: metric.id, ...whole }, dimensions),
  );
  const [a, b] = [first.values.map(({ value }) => value), second.values.map(({ value }) => value)];
  const how = { method: query.method };
  const options = { dim: query.dim, first: how, second: how };
  const classification = await placePairs(a, b, options, client);
  const { colors } = bivariateColors(query.dim, ...query.schemes);
  const shownRows = new Set(answer.values.map(({ row }) => row));
  const pairs = mapped(first.values, (region, i): RegionPair => {
    const other = second.values[i]!;
    const values = [region.value, other.value] as const;
    const status = region.status === 'ok' ? other.status : region.status;
    return { region, values, pair: classification.assign(...values), status };
  });
  const regions = (await inTurns(pairs)).filter(({ region }) => shownRows.has(region.row));
  const grey = noDataColor(answer.request.theme, colors);
  return { answer, variables: [first, second], classification, colors, noDataColor: grey, regions, query };
}

type Ask = (metric: Metric, dimensions?: Record<string, string[]>) => Promise<Answer>;

/** A published figure is shown for one value of each dimension: what is held against it is of the same. */
async function alike([a, b]: readonly [Metric, Metric], ask: Ask): Promise<[Answer, Answer]> {
  const of = ({ request }: Answer): Record<string, string[]> =>
    Object.fromEntries([...request.dimensions].map(([name, values]) => [name, [...values]]));
  if (a.kind === 'value' && b.kind !== 'value') {
    const first = await ask(a);
    return [first, await ask(b, of(first))];
  }
  if (b.kind === 'value' && a.kind !== 'value') {
    const second = await ask(b);
    return [await ask(a, of(second)), second];
  }
  return Promise.all([ask(a), ask(b)]);
}

function metricsOf(metrics: readonly Metric[], vars: readonly string[]): [Metric, Metric] {
  const found = vars.map((id) => metrics.find((metric) => metric.id === id));
  const [first, second] = found;
  if (first && second && found.length === 2) return [first, second];
  throw invalidParameter('vars', vars.join(), `two of ${metrics.map(({ id }) => id).join(', ')}`);
}

/** Parameters of the answer that two metrics have in common, and those of this form. */
function describe({ answer, variables, query }: Bivariate): Record<string, unknown> {
  const { metric: _m, classification: _c, warnings: _w, parameters, ...about } = describeAnswer(answer);
  const own = ['metric', 'method', 'classes', 'breaks', 'isolate', 'scheme', 'reverse', 'center', 'cvd'];
  const { request, parameters: shown } = variables[0];
  const dimensions = request.choropleth.cube.dimensions;
  const kept = Object.entries(parameters as Record<string, string>).filter(
    ([name]) => !own.includes(name) && !dimensions.includes(name),
  );
  // The metric that is named nowhere here may be one of a single period.
  const filtered = Object.entries(shown).filter(([name]) => dimensions.includes(name));
  return {
    ...about,
    parameters: {
      ...Object.fromEntries([...kept, ...filtered]),
      vars: query.vars.join(),
      dim: String(query.dim),
      method: query.method,
      schemes: query.schemes.join(),
    },
  };
}

/** bivariate.json: the pair of classes of each region, and the colour of each pair. */
export function bivariateDocument(bivariate: Bivariate, locale: Locale): Generator<string> {
  const { variables, classification, colors, regions } = bivariate;
  const { dim, first, second } = classification;
  const counts = colors.map(() => 0);
  for (const { pair } of regions) if (pair !== null) counts[pair]! += 1;
  const head = {
    ...describe(bivariate),
    dim,
    variables: [
      describeVariable(variables[0], first, locale),
      describeVariable(variables[1], second, locale),
    ],
    classes: colors.map((color, pair) => ({
      id: pair,
      first: Math.floor(pair / dim),
      second: pair % dim,
      color,
      count: counts[pair],
    })),
    noData: { color: bivariate.noDataColor, count: regions.filter(({ pair }) => pair === null).length },
    columns: ['code', 'name', 'parent', 'first', 'second', 'class', 'status'],
  };
  return rowsText(head, regions, ({ region, values, pair, status }) => [
    region.code,
    region.name,
    region.parent,
    ...(pair === null ? [null, null] : variables.map((own, i) => shown(own, values[i] ?? null))),
    pair,
    status,
  ]);
}

function describeVariable({ request }: Answer, own: Classification, locale: Locale) {
  const { id, label, unit } = request.metric;
  return {
    metric: id,
    label,
    ...(unit ? { unit } : {}),
    method: own.method,
    breaks: own.breaks,
    labels: rangeLabels(own.classes, { locale }).labels,
    warnings: own.warnings,
  };
}
