import type { State, View } from '../state.ts';

/** The form of the API that a view is drawn from, and what it is asked with; undefined for the plain one. */
export interface ViewRequest {
  kind: Exclude<View, 'classes'>;
  form: string;
  query: URLSearchParams;
}

/** Of one metric's classes alone, which the forms of two have no use for. */
const OF_ONE = ['metric', 'method', 'classes', 'breaks', 'isolate', 'scheme', 'reverse', 'center'] as const;

/** @param query of the plain view */
export function viewRequest(
  { view, viewOptions, metric }: State,
  query: URLSearchParams,
): ViewRequest | undefined {
  const own = new URLSearchParams(query);
  const set = (name: string, option: string): void => {
    const value = viewOptions[option];
    if (value !== undefined) own.set(name, value);
  };
  if (view === 'classes') return undefined;
  if (view === 'smooth') return { kind: view, form: 'smooth.json', query: own };
  if (view === 'clusters') {
    set('alpha', 'alpha');
    set('permutations', 'tests');
    if (viewOptions.eb === 'true') own.set('smooth', 'eb');
    return { kind: view, form: 'lisa.json', query: own };
  }
  for (const name of OF_ONE) own.delete(name);
  own.set('vars', `${metric},${viewOptions.with ?? ''}`);
  set('dim', 'dim');
  set('schemes', 'ramps');
  return { kind: view, form: 'bivariate.json', query: own };
}
