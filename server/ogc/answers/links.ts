/** RFC 8288 in JSON, as OGC API has it. */
export interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type: string;
  readonly title: string;
  readonly templated?: true;
}

export const JSON_TYPE = 'application/json';
export const HTML_TYPE = 'text/html';
export const GEOJSON_TYPE = 'application/geo+json';
export const SCHEMA_TYPE = 'application/schema+json';
export const OPENAPI_TYPE = 'application/vnd.oai.openapi+json;version=3.0';

export const link = (rel: string, href: string, type: string, title: string): Link => ({
  href,
  rel,
  type,
  title,
});

/** `self` and `alternate` of a document that there is as JSON and as a page. @param type of the JSON */
export function ownLinks(url: string, format: Format, type: string): Link[] {
  const as = (other: Format): string => withParameter(url, 'f', other);
  return [
    link('self', url, format === 'json' ? type : HTML_TYPE, 'This document'),
    format === 'json'
      ? link('alternate', as('html'), HTML_TYPE, 'This document as a page')
      : link('alternate', as('json'), type, 'This document as JSON'),
  ];
}

export type Format = 'json' | 'html';

export function withParameter(url: string, name: string, value: string): string {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.href;
}
