import { createRequire } from 'node:module';
import type PDFKit from 'pdfkit';
import { FONT_FILES, type Weight } from './fonts.ts';
import { readMarkup, type Markup } from './markup.ts';

type Document = typeof PDFKit.prototype;

/** Points per side of the square that a stripe of a hatching repeats in, and the width of the stripe; as in the SVG. */
const HATCH = { side: 4 * Math.SQRT2, line: 1.3 };
/** Bytes must not depend on when they were made. */
const NO_DATE = new Date(0);

/**
 * A picture as one page of vectors, a point for each pixel, with text that can be searched and copied: its fonts are
 * in the file.
 *
 * @param svg as `pictureSvg` writes it
 */
export function pdfOf(svg: string, language: string): Uint8Array {
  const picture = readMarkup(svg);
  const { width, height } = picture.attributes;
  const document = newDocument(
    [Number(width), Number(height)],
    childOf(picture, 'title')?.text ?? '',
    language,
  );
  new Painter(document, picture).paint();
  document.end();
  return Uint8Array.from(document.read() as Buffer);
}

/** The library is large: a thread that draws no PDF does without it. */
function newDocument(size: [number, number], title: string, lang: string): Document {
  const Kit = createRequire(import.meta.url)('pdfkit') as typeof PDFKit;
  const info = { Title: title, Producer: 'Chorograph', Creator: 'Chorograph', CreationDate: NO_DATE };
  const document = new Kit({ size, margin: 0, info, lang, displayTitle: true });
  // The library takes one for the id of the file; what is not listed is not written.
  Object.defineProperty(document.info, 'CreationDate', { enumerable: false });
  for (const [weight, file] of Object.entries(FONT_FILES)) document.registerFont(weight, file);
  return document;
}

type Style = Readonly<Record<string, string>>;
/** Attributes that elements within have too. */
const INHERITED = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-linejoin',
  'font-size',
  'font-weight',
  'text-anchor',
];

class Painter {
  readonly #document: Document;
  readonly #picture: Markup;
  readonly #definitions: ReadonlyMap<string, Markup>;

  constructor(document: Document, picture: Markup) {
    this.#document = document;
    this.#picture = picture;
    const all = childOf(picture, 'defs')?.children ?? [];
    this.#definitions = new Map(all.map((each) => [`url(#${each.attributes.id})`, each]));
  }

  paint(): void {
    for (const each of this.#picture.children) this.#element(each, {});
  }

  #element({ name, attributes, children, text }: Markup, outer: Style): void {
    const own = INHERITED.filter((key) => attributes[key] !== undefined);
    const style = { ...outer, ...Object.fromEntries(own.map((key) => [key, attributes[key]!])) };
    const number = (key: string): number => Number(attributes[key] ?? 0);
    if (name === 'g') return this.#group(attributes, children, style);
    if (name === 'rect') {
      const shape = (): Document =>
        this.#document.rect(number('x'), number('y'), number('width'), number('height'));
      return this.#shape(shape, style);
    }
    if (name === 'path') return this.#shape(() => this.#document.path(attributes.d ?? ''), style);
    if (name === 'line') {
      const shape = (): Document =>
        this.#document.moveTo(number('x1'), number('y1')).lineTo(number('x2'), number('y2'));
      return this.#shape(shape, { ...style, fill: 'none' });
    }
    if (name === 'text') this.#text(text, number('x'), number('y'), style);
  }

  #group(attributes: Style, children: readonly Markup[], style: Style): void {
    const document = this.#document.save();
    const [, kind, first = '0', second = '0'] =
      /^(\w+)\(([-.\d]+)(?: ([-.\d]+))?\)$/.exec(attributes.transform ?? '') ?? [];
    if (kind === 'translate') document.translate(Number(first), Number(second));
    if (kind === 'scale') document.scale(Number(first));
    const window = this.#definitions.get(attributes['clip-path'] ?? '')?.children[0]?.attributes;
    if (window) document.rect(0, 0, Number(window.width), Number(window.height)).clip();
    for (const each of children) this.#element(each, style);
    document.restore();
  }

  /** @param draw begins the path anew each time, as painting ends it */
  #shape(draw: () => Document, { fill = '#000000', stroke = 'none', ...style }: Style): void {
    const hatched = this.#definitions.get(fill);
    const plain = hatched ? hatched.children[0]!.attributes.fill! : fill;
    if (hatched) {
      draw().fill(plain);
      draw().fill(this.#hatching(hatched) as never);
    }
    if (stroke !== 'none') this.#document.lineWidth(Number(style['stroke-width'] ?? 1));
    if (style['stroke-linejoin'] === 'round') this.#document.lineJoin('round');
    if (plain === 'none' || hatched) return stroke === 'none' ? undefined : void draw().stroke(stroke);
    if (stroke === 'none') draw().fill(plain);
    else draw().fillAndStroke(plain, stroke);
  }

  /** Stripes that rise or fall to the right over a plain fill. */
  #hatching({ attributes, children }: Markup) {
    const scale = Number(/scale\((\d+)\)/.exec(attributes.patternTransform ?? '')?.[1] ?? 1);
    const side = HATCH.side * scale;
    // Stripes through the square and its corners, longer than it so that none ends within.
    const [from, to] = attributes.id?.endsWith('rising') ? [2 * side, -side] : [-side, 2 * side];
    const lines = [-side, 0, side].map((x) => `${x - side} ${from} m ${x + 2 * side} ${to} l S`);
    const stream = `${HATCH.line * scale} w ${lines.join(' ')}`;
    const pattern = this.#document.pattern([0, 0, side, side], side, side, stream);
    return [pattern, children[1]!.attributes.fill!];
  }

  #text(text: string, x: number, y: number, style: Style): void {
    const weight: Weight = style['font-weight'] === '600' ? 'semibold' : 'regular';
    const document = this.#document.font(weight).fontSize(Number(style['font-size'] ?? 12));
    const left = style['text-anchor'] === 'end' ? x - document.widthOfString(text) : x;
    document
      .fillColor(style.fill ?? '#000000')
      .text(text, left, y, { lineBreak: false, baseline: 'alphabetic' });
  }
}

const childOf = ({ children }: Markup, wanted: string): Markup | undefined =>
  children.find(({ name }) => name === wanted);
