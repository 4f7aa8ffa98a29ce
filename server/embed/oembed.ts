import { AppError } from '../errors.ts';
import { escapeMarkup } from '../tools/markup.ts';

/** What is asked to be shown: a choropleth, with the parameters of its map. */
export interface Wanted {
  readonly id: string;
  readonly query: URLSearchParams;
}

/** Size of the frame in pixels where nothing limits it, and the least that a map can be read at. */
const SIZE = { width: 800, height: 600 } as const;
const SECONDS = 3600;
/** Parameters of the explorer alone begin with a dot. */
const OWN = /^\./;

/**
 * What an address of this server shows: `/embed/{id}`, or the explorer's `/#/{id}`, both with their parameters.
 *
 * @param base of this server's addresses, without a slash at its end; an address without a host is one of its own
 * @throws AppError `route_not_found` for any other, which oEmbed answers 404
 */
export function wantedBy(address: string, base: string): Wanted {
  const home = new URL(`${base}/`);
  if (URL.canParse(address, home.href)) {
    const { origin, pathname, hash, search } = new URL(address, home);
    const path = pathname.startsWith(home.pathname) ? pathname.slice(home.pathname.length) : undefined;
    const found = origin === home.origin && path !== undefined && idIn(path, hash);
    if (found) return { id: found, query: parametersIn(path === '' ? hash : search) };
  }
  throw new AppError('route_not_found', { detail: 'url is no address of a map of this server' });
}

function idIn(path: string, hash: string): string | undefined {
  const [, id] = (path === '' ? /^#\/?([^?/]+)/ : /^embed\/([^/]+)$/).exec(path === '' ? hash : path) ?? [];
  try {
    return id && decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

function parametersIn(text: string): URLSearchParams {
  const at = text.indexOf('?');
  const all = new URLSearchParams(at < 0 ? '' : text.slice(at));
  return new URLSearchParams([...all].filter(([name]) => !OWN.test(name)));
}

export interface Limits {
  readonly maxwidth?: number | undefined;
  readonly maxheight?: number | undefined;
}

/** The answer of oEmbed 1.0 (https://oembed.com), of type rich. */
export function oembedDocument(
  { id, query }: Wanted,
  { title, base }: { title: string; base: string },
  { maxwidth = SIZE.width, maxheight = SIZE.height }: Limits,
): Record<string, unknown> {
  const width = Math.min(SIZE.width, maxwidth);
  const height = Math.min(SIZE.height, maxheight);
  const src = embedUrl({ id, query }, base);
  const frame = `<iframe src="${escapeMarkup(src)}" width="${width}" height="${height}" title="${escapeMarkup(title)}" style="border:0;max-width:100%" loading="lazy" allowfullscreen></iframe>`;
  return {
    version: '1.0',
    type: 'rich',
    title,
    provider_name: 'Chorograph',
    provider_url: `${base}/`,
    cache_age: SECONDS,
    width,
    height,
    html: frame,
  };
}

export const embedUrl = ({ id, query }: Wanted, base: string): string =>
  `${base}/embed/${encodeURIComponent(id)}${query.size > 0 ? `?${query.toString()}` : ''}`;
