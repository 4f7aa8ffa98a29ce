import type { Choropleth, ListedChoropleth } from '../choropleth.ts';
import { allowed, isPublished, periodsOf } from '../rules.ts';
import { chooseChoropleth, defaultState, fromHash, toHash, wantedChoropleth, type State } from '../state.ts';

export const MODES = ['side', 'swipe'] as const;
export type Mode = (typeof MODES)[number];

/** A choropleth and how it is seen. */
export interface Shown {
  choropleth: Choropleth;
  state: State;
}

/** Everything that a shared address brings back; the region and the camera of both are those of the left one. */
export interface Comparison {
  left: Shown;
  right: Shown;
  mode: Mode;
  /** Where the divider is, in percent of the width from the left. */
  at: number;
  /** Whether the classes of the left hold for both where both show the same kind of figure. */
  isSame: boolean;
}

const MIDDLE = 50;

/** The comparison as the part of an address behind `#`: `#left=/id?…&right=/id?…&mode=swipe&at=30&same=false`. */
export function toAddress({ left, right, mode, at, isSame }: Comparison): string {
  const query = new URLSearchParams({ left: within(left), right: within(right) });
  if (mode !== 'side') query.set('mode', mode);
  if (at !== MIDDLE) query.set('at', String(at));
  if (!isSame) query.set('same', 'false');
  return `#${query.toString().replaceAll('%2F', '/')}`;
}

/** The address of a page that compares this with what one would look at beside it. */
export function addressBeside(shown: Shown): string {
  return `compare#${new URLSearchParams({ left: within(shown) }).toString().replaceAll('%2F', '/')}`;
}

const within = ({ choropleth, state }: Shown): string => toHash(state, choropleth).slice(1);

/** What an address asks for; undefined where nothing can be shown. */
export function fromAddress(hash: string, listed: readonly ListedChoropleth[]): Comparison | undefined {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const left = shownIn(query.get('left'), listed);
  if (!left) return undefined;
  const right = query.has('right') ? shownIn(query.get('right'), listed) : undefined;
  const at = Number(query.get('at') ?? MIDDLE);
  return {
    left,
    right: right ?? beside(left, listed),
    mode: MODES.find((mode) => mode === query.get('mode')) ?? 'side',
    at: at >= 0 && at <= 100 ? at : MIDDLE,
    isSame: query.get('same') !== 'false',
  };
}

function shownIn(part: string | null, listed: readonly ListedChoropleth[]): Shown | undefined {
  const hash = `#${part ?? ''}`;
  const wanted = wantedChoropleth(hash);
  const choropleth = chooseChoropleth(listed, wanted);
  if (!choropleth) return undefined;
  const isOther = wanted !== choropleth.id;
  return { choropleth, state: isOther ? defaultState(choropleth) : fromHash(hash, choropleth) };
}

/**
 * What one would look at beside a map: the period before, or else the next one; where there is no time the next
 * figure of the same regions.
 */
export function beside({ choropleth, state }: Shown, listed: readonly ListedChoropleth[]): Shown {
  const own: State = { ...state, region: undefined, camera: undefined };
  const period = otherPeriod(choropleth, own);
  if (period !== undefined) {
    const filters = { ...own.filters, [choropleth.time ?? '']: [period] };
    return { choropleth, state: { ...own, filters } };
  }
  const { metrics, levels } = choropleth;
  const at = metrics.findIndex(({ id }) => id === own.metric);
  const metric = metrics[(at + 1) % metrics.length]?.id ?? own.metric;
  if (metric !== own.metric) return { choropleth, state: allowed({ ...own, metric }, choropleth) };
  const others = listed.filter((entry): entry is Choropleth => entry.available && entry !== choropleth);
  const other = others.find((each) => each.levels[0] === levels[0]);
  return other ? { choropleth: other, state: defaultState(other) } : { choropleth, state: own };
}

function otherPeriod(choropleth: Choropleth, { metric, filters, options }: State): string | undefined {
  const periods = periodsOf(choropleth);
  if (periods.length < 2 || options.change !== undefined) return undefined;
  const chosen = filters[choropleth.time ?? ''] ?? [];
  const latest = isPublished(choropleth, metric) ? periods.at(-1) : undefined;
  const shown = chosen.length === 1 ? chosen[0] : latest;
  // Beside all periods together stands the latest.
  const index = shown === undefined ? periods.length : periods.indexOf(shown);
  return periods[index - 1] ?? periods[index + 1];
}
