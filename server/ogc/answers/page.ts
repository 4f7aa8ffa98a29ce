import { escapeMarkup as escapeHtml } from '../../tools/markup.ts';
import type { Link } from './links.ts';

/** A page above: its name and where it is below `/ogc`. */
export interface Crumb {
  readonly title: string;
  readonly path: string;
}

export interface Page {
  readonly title: string;
  /** Where `/ogc` is. */
  readonly root: string;
  readonly crumbs: readonly Crumb[];
  readonly document: Readonly<Record<string, unknown>>;
  /** Links that the document itself has no place for. */
  readonly links?: readonly Link[] | undefined;
}

/** A document as a page without scripts: everything that its JSON says, with its links as links. */
export function htmlPage({ title, root, crumbs, document, links }: Page): string {
  const trail = [{ title: 'OGC API', path: '' }, ...crumbs]
    .map((crumb) => `<li>${anchor(root + crumb.path, crumb.title)}</li>`)
    .join('');
  const { links: own, ...members } = document;
  const all = [...(Array.isArray(own) ? (own as Link[]) : []), ...(links ?? [])];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<nav aria-label="Path"><ol>${trail}<li aria-current="page">${escapeHtml(title)}</li></ol></nav>
<main>
<h1>${escapeHtml(title)}</h1>
${body(members)}
${all.length > 0 ? `<h2>Links</h2>\n${linkList(all)}` : ''}
</main>
</body>
</html>
`;
}

function body(members: Readonly<Record<string, unknown>>): string {
  const { features, ...others } = members;
  return (Array.isArray(features) ? featureTable(features as FeatureLike[]) : '') + definitions(others);
}

interface FeatureLike {
  readonly id?: string | number;
  readonly geometry: { readonly type: string } | null;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Features as rows; of a geometry its type, as its coordinates are for machines. */
function featureTable(features: readonly FeatureLike[]): string {
  const names = Object.keys(features[0]?.properties ?? {});
  if (features.length === 0) return '<p>There are no features here.</p>';
  const head = ['id', ...names, 'geometry']
    .map((name) => `<th scope="col">${escapeHtml(name)}</th>`)
    .join('');
  const rows = features.map(({ id, geometry, properties }) => {
    const cells = names.map((name) => `<td>${cell(properties[name])}</td>`).join('');
    return `<tr><th scope="row">${escapeHtml(String(id ?? ''))}</th>${cells}<td>${geometry?.type ?? ''}</td></tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="Features"><table><thead><tr>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : escapeHtml(typeof value === 'object' ? JSON.stringify(value) : String(value));

function definitions(members: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined && value !== null);
  if (entries.length === 0) return '';
  return `<dl>${entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${shown(name, value)}</dd>`).join('\n')}</dl>`;
}

/** What a member says. Long lists of numbers, as coordinates are, stay on one line. */
function shown(name: string, value: unknown): string {
  if (name === 'links' && Array.isArray(value)) return linkList(value as Link[]);
  if (name === 'coordinates' || name === 'geometries')
    return `<code>${escapeHtml(JSON.stringify(value))}</code>`;
  if (Array.isArray(value)) return list(value);
  if (typeof value === 'object' && value !== null) return definitions(value as Record<string, unknown>);
  return text(String(value));
}

function list(values: readonly unknown[]): string {
  if (values.every((value) => typeof value !== 'object' || Array.isArray(value)) && !values.some(isUrl))
    return `<code>${escapeHtml(JSON.stringify(values))}</code>`;
  return `<ul>${values.map((value) => `<li>${shown('', value)}</li>`).join('\n')}</ul>`;
}

const isUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^https?:\/\/\S+$/.test(value);
const text = (value: string): string => (isUrl(value) ? anchor(value, value) : escapeHtml(value));

function linkList(links: readonly Link[]): string {
  const items = links.map(({ href, rel, type, title, templated }) => {
    // What has places to fill in leads nowhere as it stands.
    const named = templated ? `${escapeHtml(title)}: <code>${escapeHtml(href)}</code>` : anchor(href, title);
    return `<li>${named} <small>${escapeHtml(rel)}, ${escapeHtml(type)}</small></li>`;
  });
  return `<ul>${items.join('\n')}</ul>`;
}

const anchor = (href: string, title: string): string =>
  /^https?:/.test(href) ? `<a href="${escapeHtml(href)}">${escapeHtml(title)}</a>` : escapeHtml(title);

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}
nav ol{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}nav li+li::before{content:"/ ";color:#595959}
a{color:#0b57a4}dl{margin:0 0 1rem}dt{font-weight:600}dd{margin:0 0 .5rem 1rem;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{border-bottom:1px solid #ccc;padding:.25rem .5rem;text-align:left}
code{overflow-wrap:anywhere}small{color:#595959}ul{padding-left:1.25rem}`;
