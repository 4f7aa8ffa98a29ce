import { h } from '../dom.ts';
import { copyButton } from '../docs/copy.ts';
import type { Answer } from './sending.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

/** Letters of a text that are shown at most: a page of a million is no use to anybody. */
const MOST_LETTERS = 200_000;

let picture: string | undefined;

/** An answer: status, time, size, headers that say something, and its body as what it is. */
export function answerPart(answer: Answer, root: string): HTMLElement {
  const { status, statusText, ms, firstMs, bytes, sentBytes, headers, isCut } = answer;
  const level = status < 300 ? 'good' : status < 400 ? 'other' : 'bad';
  const facts: [string, string][] = [
    [TEXTS.time, TEXTS.ms(ms)],
    [TEXTS.firstByte, TEXTS.ms(firstMs)],
    [TEXTS.size, TEXTS.bytes(bytes)],
    ...(sentBytes !== undefined && sentBytes !== bytes
      ? [[TEXTS.sent, TEXTS.bytes(sentBytes)] as [string, string]]
      : []),
  ];
  return h(
    'div',
    { class: 'answer' },
    h(
      'p',
      { class: 'answer-status' },
      h('strong', { class: `status-code status-${level}` }, `${status} ${statusText}`.trim()),
      ...facts.map(([name, value]) => h('span', {}, `${name} `, h('b', {}, value))),
    ),
    h(
      'dl',
      { class: 'headers' },
      ...headers.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
    isCut && h('p', { class: 'muted' }, TEXTS.cut),
    bodyPart(answer, root),
  );
}

function bodyPart({ type, body, bytes }: Answer, root: string): HTMLElement {
  if (picture !== undefined) URL.revokeObjectURL(picture);
  picture = undefined;
  if (bytes === 0) return h('p', { class: 'muted' }, TEXTS.empty);
  if (type.startsWith('image/')) {
    picture = URL.createObjectURL(new Blob([body], { type }));
    return h('img', { class: 'answer-picture', src: picture, alt: TEXTS.picture });
  }
  if (!/json|text|xml|csv|yaml|javascript|geojson/.test(type))
    return h('p', { class: 'muted' }, TEXTS.binary(type, bytes));
  const text = new TextDecoder().decode(body);
  const shown = type.includes('json') && !type.includes('seq') ? pretty(text) : text;
  const explained = /"type":"(\/docs\/[\w#-]+)"/.exec(text)?.[1];
  const block = h(
    'pre',
    { tabindex: 0, 'aria-label': TEXTS.body },
    h('code', {}, shown.slice(0, MOST_LETTERS)),
  );
  return h(
    'div',
    {},
    type === 'application/problem+json' &&
      explained !== undefined &&
      h('p', {}, h('a', { href: root + explained.slice(1) }, TEXTS.whatItMeans)),
    shown.length > MOST_LETTERS && h('p', { class: 'muted' }, TEXTS.shortened),
    h(
      'div',
      { class: 'code-frame' },
      block,
      copyButton(() => shown),
    ),
  );
}

/** Numbers that stand in an array by themselves, such as a coordinate. */
const NUMBERS = /\[\s+(-?\d[\d.e+-]*(?:,\s+-?\d[\d.e+-]*)*)\s+\]/g;

function pretty(text: string): string {
  try {
    const lines = JSON.stringify(JSON.parse(text), null, 2);
    return lines.replaceAll(NUMBERS, (_, numbers: string) => `[${numbers.replaceAll(/\s+/g, ' ')}]`);
  } catch {
    return text; // of more than one document, or cut
  }
}
