import { field, h } from '../dom.ts';
import { copyButton } from '../docs/copy.ts';
import { hashOf, type Operation } from './operations.ts';
import { methodTag } from './routes-list.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

/** What this server has to try things on: the first choropleth and the first layer of it. */
export interface Present {
  readonly choropleth: string | undefined;
  readonly layer: string | undefined;
}

interface Listed {
  choropleths?: { id: string; available: boolean }[];
  layers?: { id: string; servable: boolean }[];
}

/** Asks for the lists that anybody may read; what cannot be told is not there. */
export async function lookAround(): Promise<Present> {
  const list = async (address: string): Promise<Listed> => {
    const response = await fetch(address).catch(() => undefined);
    return response?.ok ? ((await response.json()) as Listed) : {};
  };
  const [{ choropleths = [] }, { layers = [] }] = await Promise.all([list('gis/choropleth'), list('tiles')]);
  return {
    choropleth: choropleths.find(({ available }) => available)?.id,
    layer: layers.find(({ servable }) => servable)?.id,
  };
}

/** Values to begin with that this server has, in place of examples of the demo. Pure. */
export function presentValues(
  { path }: Operation,
  values: Readonly<Record<string, string>>,
  { choropleth, layer }: Present,
): Record<string, string> {
  const own: [RegExp, string, string | undefined][] = [
    [/^\/gis\/choropleth\/\{id\}/, 'id', choropleth],
    [/\{choropleth\}/, 'choropleth', choropleth],
    [/\{layer\}/, 'layer', layer],
    [/\{layers\}/, 'layers', layer],
  ];
  const found = own.flatMap(([pattern, name, value]) =>
    value !== undefined && pattern.test(path) ? [[name, value] as const] : [],
  );
  return { ...values, ...Object.fromEntries(found) };
}

const EXAMPLES = {
  values: ['/gis/choropleth/{id}/values.json', 'id', 'choropleth'],
  picture: ['/gis/choropleth/{id}/map.png', 'id', 'choropleth'],
  features: ['/features/{layer}', 'layer', 'layer'],
} as const;

/** Where nothing has been chosen yet: the address of the server, a key, and where to begin. */
export function startPart(
  operations: readonly Operation[],
  present: Present,
  key: HTMLElement,
): HTMLElement[] {
  const base = new URL('./', document.baseURI).href;
  const links = Object.entries(EXAMPLES).flatMap(([what, [path, name, kind]]) => {
    const operation = operations.find((one) => one.method === 'get' && one.path === path);
    const value = present[kind];
    if (!operation || value === undefined) return [];
    const words = TEXTS.begin[what as keyof typeof EXAMPLES];
    const limit: Record<string, string> = what === 'features' ? { limit: '5' } : {};
    return h(
      'li',
      {},
      h('a', { href: hashOf(operation, { [name]: value, ...limit }) }, h('strong', {}, words)),
      h('span', { class: 'muted' }, methodTag('get'), path.replace(`{${name}}`, value)),
    );
  });
  return [
    h('h1', {}, TEXTS.title),
    h('p', { class: 'muted' }, TEXTS.choose),
    h('h2', {}, TEXTS.base),
    h(
      'div',
      { class: 'code-frame' },
      h('pre', { tabindex: 0, 'aria-label': TEXTS.base }, h('code', {}, base)),
      copyButton(() => base),
    ),
    ...(links.length > 0 ? [h('h2', {}, TEXTS.beginWith), h('ul', { class: 'begin' }, ...links)] : []),
    h('div', { class: 'key' }, field(TEXTS.key, key), h('p', { class: 'muted' }, TEXTS.keyHint)),
    h(
      'p',
      { class: 'also' },
      h('a', { href: 'openapi.json' }, 'openapi.json'),
      ' · ',
      h('a', { href: 'docs' }, TEXTS.docs),
    ),
  ];
}
