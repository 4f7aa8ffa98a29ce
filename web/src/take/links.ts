import { formAddress } from '../api.ts';
import { apiQuery, type State } from '../state.ts';
import type { Choropleth } from '../choropleth.ts';
import { TEXTS } from '../texts.ts';
import type { Links } from './snippets.ts';

export function linksOf(choropleth: Choropleth, state: State): Links {
  const base = new URL('.', location.href).href.replace(/\/$/, '');
  const form = (name: string, more: Readonly<Record<string, string>> = {}): string => {
    const query = apiQuery(state, choropleth);
    for (const [key, value] of Object.entries(more)) query.set(key, value);
    return `${base}/${formAddress(choropleth.id, name, query)}`;
  };
  const query = apiQuery(state, choropleth).toString();
  const embed = `${base}/embed/${encodeURIComponent(choropleth.id)}${query === '' ? '' : `?${query}`}`;
  return { id: choropleth.id, title: choropleth.title, base, form, embed };
}

export interface Download {
  kind: keyof typeof TEXTS.downloads;
  href: string;
  file: string;
}

/** Files of the map as it is shown. */
export function downloadsOf({ id, form }: Links): Download[] {
  const locale = { locale: TEXTS.locale };
  const named = (ending: string): string => `${id}.${ending}`;
  return [
    { kind: 'csv', href: form('values.csv'), file: named('csv') },
    { kind: 'geojson', href: form(''), file: named('geojson') },
    { kind: 'png', href: form('map.png', { ...locale, scale: '2' }), file: named('png') },
    { kind: 'svg', href: form('map.svg', locale), file: named('svg') },
    { kind: 'pdf', href: form('map.pdf', locale), file: named('pdf') },
    { kind: 'legend', href: form('legend.svg', locale), file: `${id}-legend.svg` },
    { kind: 'style', href: form('style.json'), file: `${id}-style.json` },
  ];
}
