import { allowed } from '../rules.ts';
import { chooseChoropleth, defaultState, type State } from '../state.ts';
import type { Choropleth, ListedChoropleth } from '../choropleth.ts';
import type { Source } from './client.ts';

/** A source as it can be shown on the map. */
export interface Shown {
  choropleth: Choropleth;
  state: State;
  /** What to call it: its region, or all of them, and the figure. */
  place: string;
  figure: string;
}

/** Undefined where the page does not list the choropleth. */
export function shownSource(source: Source, listed: readonly ListedChoropleth[]): Shown | undefined {
  const choropleth = chooseChoropleth(listed, source.choropleth);
  if (choropleth?.id !== source.choropleth) return undefined;
  const { metric, level, filters = {}, region, name } = source;
  const state = allowed({ ...defaultState(choropleth), metric, level, filters, region }, choropleth);
  const label = choropleth.metrics.find(({ id }) => id === metric)?.label ?? metric;
  const chosen = Object.values(filters).flat();
  const figure = [name === undefined ? undefined : choropleth.title, label, ...chosen];
  return {
    choropleth,
    state,
    place: name ?? choropleth.title,
    figure: figure.filter((part) => part !== undefined).join(' · '),
  };
}

/** Codes of the regions that an answer is about, by what they are regions of. */
export class Marks {
  #codes = new Map<string, Set<string>>();

  set(sources: readonly Source[]): void {
    this.#codes = new Map();
    for (const { choropleth, level, region } of sources) {
      const key = keyOf(choropleth, level);
      if (region !== undefined) this.#codes.set(key, (this.#codes.get(key) ?? new Set()).add(region));
    }
  }

  /** Those of the map that is shown. */
  of({ choropleth, level }: Pick<State, 'choropleth' | 'level'>): readonly string[] {
    return [...(this.#codes.get(keyOf(choropleth, level)) ?? [])];
  }
}

const keyOf = (choropleth: string, level: string): string => `${level} ${choropleth}`;
