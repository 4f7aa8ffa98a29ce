import { SCHEMES } from '../../server/choropleth/color/index.ts';
import type { Choropleth } from './choropleth.ts';
import { isManual, type Options, type State } from './state.ts';

/**
 * What the API takes together. A control offers what these allow; a change of one setting takes away
 * what does not go with it any more.
 */

/** The ramp around a centre where none was chosen, as the server has it. */
export const DIVERGING_DEFAULT = 'PuOr';

/** Whether a metric is a published figure, which neither adds up over a dimension nor to another level. */
export function isPublished(choropleth: Choropleth, metric: string): boolean {
  return kindOf(choropleth, metric) === 'value';
}

/** What the API shows of a published figure where no value of a dimension is chosen: the latest period, else the first. */
export function shownValue({ time }: Choropleth, { id, values }: Dimension): string | undefined {
  return id === time ? values.at(-1) : values[0];
}

type Dimension = Choropleth['dimensions'][number];
type About = Pick<State, 'metric' | 'level' | 'filters' | 'options'>;

function kindOf({ metrics }: Choropleth, metric: string): 'sum' | 'ratio' | 'value' | undefined {
  return metrics.find(({ id }) => id === metric)?.kind;
}

/** The values of the dimension that is time, ascending. */
export function periodsOf({ time, dimensions }: Choropleth): readonly string[] {
  return dimensions.find(({ id }) => id === time)?.values ?? [];
}

export function canNormalize(choropleth: Choropleth, { metric }: About): boolean {
  return kindOf(choropleth, metric) === 'sum';
}

export function canChange(choropleth: Choropleth): boolean {
  return periodsOf(choropleth).length > 1;
}

/** Rates of few persons jump; a rate is a ratio that nobody took the change of. */
export function canSmooth(choropleth: Choropleth, { metric, options }: About): boolean {
  const isRatio = kindOf(choropleth, metric) === 'ratio' || options.normalize !== undefined;
  return isRatio && options.change === undefined;
}

export function canPair(choropleth: Choropleth, about: About): boolean {
  return about.options.change === undefined && pairable(choropleth, about).length > 0;
}

/** Whether regions of the level are parts of others. */
export function hasParents({ levels }: Choropleth, { level }: About): boolean {
  return levels.indexOf(level) < levels.length - 1;
}

/** Breaks of all periods mean something where one of them is shown. */
export function canShareBreaks(choropleth: Choropleth, { metric, filters, options }: About): boolean {
  const chosen = filters[choropleth.time ?? '']?.length ?? (isPublished(choropleth, metric) ? 1 : 0);
  return periodsOf(choropleth).length > 1 && chosen === 1 && options.change === undefined;
}

/** A state as the API will take it. */
export function allowed(state: State, choropleth: Choropleth): State {
  const published = isPublished(choropleth, state.metric);
  const level = published ? (choropleth.levels[0] ?? '') : state.level;
  const options = allowedOptions({ ...state, level }, choropleth);
  const filters = Object.entries(state.filters).filter(
    ([id, values]) =>
      (!published || values.length === 1) && !(id === choropleth.time && options.change !== undefined),
  );
  const own = choropleth.classify.method;
  const next = { ...state, level, options, filters: Object.fromEntries(filters) };
  return {
    ...next,
    method: isManual(next) ? 'manual' : state.method === 'manual' && own !== 'manual' ? own : state.method,
    scheme: hasCenter(next) && !isDiverging(state.scheme) ? DIVERGING_DEFAULT : state.scheme,
    ...allowedView(next, choropleth),
  };
}

function allowedOptions(state: State, choropleth: Choropleth): Options {
  const { options } = state;
  const drop = new Set<string>();
  if (!canNormalize(choropleth, state)) drop.add('normalize');
  if (options.normalize === undefined || drop.has('normalize')) drop.add('multiplier');
  if (options.change === undefined || !canChange(choropleth))
    for (const name of ['change', 'from', 'to']) drop.add(name);
  if (!isManual(state) && !canShareBreaks(choropleth, state)) drop.add('breaks');
  if (!hasParents(choropleth, state)) drop.add('parent');
  if (options.parent === undefined || drop.has('parent')) drop.add('scope');
  return Object.fromEntries(Object.entries(options).filter(([name]) => !drop.has(name)));
}

function allowedView(state: State, choropleth: Choropleth): Pick<State, 'view' | 'viewOptions'> {
  const { view, viewOptions } = state;
  const isPossible =
    view === 'smooth' ? canSmooth(choropleth, state) : view !== 'pairs' || canPair(choropleth, state);
  if (!isPossible) return { view: 'classes', viewOptions: {} };
  if (view !== 'pairs') return { view, viewOptions };
  const others = pairable(choropleth, state).map(({ id }) => id);
  const other = others.find((id) => id === viewOptions.with) ?? others[0] ?? '';
  return { view, viewOptions: { ...viewOptions, with: other } };
}

/** Metrics that may be shown with that of the state; what counts are divided by, ratios are not. */
export function pairable({ metrics }: Choropleth, { metric, options }: About): Choropleth['metrics'] {
  return metrics.filter(
    ({ id, kind }) => id !== metric && (options.normalize === undefined || kind === 'sum'),
  );
}

/** Whether the ramp turns around a value. */
export function hasCenter({ options }: Pick<State, 'options'>): boolean {
  return options.change !== undefined || options.center !== undefined;
}

export function isDiverging(scheme: string): boolean {
  return SCHEMES.find(({ name }) => name === scheme)?.kind === 'diverging';
}
