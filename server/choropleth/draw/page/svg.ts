/** Text as XML: markup escaped, characters that XML 1.0 does not allow left out. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"']/g, (character) => `&${ENTITIES[character] ?? ''};`);
}

const ENTITIES: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };

/** Control characters, lone surrogates and the two non-characters (XML 1.0, production 2). */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; `children` are markup already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(String(value))}"`,
    );
  const start = `<${name}${list.join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`;
}

export function textElement(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(text));
}

export function moved(x: number, y: number, ...children: readonly string[]): string {
  return element('g', { transform: `translate(${round(x)} ${round(y)})` }, ...children);
}

/** Hundredths of a pixel are all that anybody sees. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export interface SvgDocument {
  width: number;
  height: number;
  /** Said by screen readers, and shown as the title of the document. */
  title: string;
  description?: string;
  fontFamily: string;
  body: readonly string[];
  definitions?: readonly string[];
}

/** A complete SVG file. */
export function svgDocument(document: SvgDocument): string {
  const { width, height, title, description, fontFamily, body, definitions = [] } = document;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${round(width)} ${round(height)}`,
      role: 'img',
      'font-family': fontFamily,
    },
    element('title', {}, escapeXml(title)),
    ...(description ? [element('desc', {}, escapeXml(description))] : []),
    ...(definitions.length > 0 ? [element('defs', {}, ...definitions)] : []),
    ...body,
  );
}
