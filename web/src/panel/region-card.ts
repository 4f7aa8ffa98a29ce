import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { h, swatch } from '../dom.ts';
import { TEXTS } from '../texts.ts';

export interface RegionCardEvents {
  onClose(): void;
  onZoom(code: string): void;
}

/** What is known of the selected region. */
export class RegionCard {
  readonly element = h('section', {
    class: 'region-card',
    'aria-label': TEXTS.region,
    'aria-live': 'polite',
    hidden: true,
  });
  readonly #events: RegionCardEvents;

  constructor(events: RegionCardEvents) {
    this.#events = events;
  }

  draw(answer: Answer | undefined, code: string | undefined): void {
    const region = code === undefined ? undefined : answer?.byCode.get(code);
    this.element.hidden = !region;
    if (!answer || !region) return this.element.replaceChildren();
    this.element.dataset.code = region.code;
    const { onClose, onZoom } = this.#events;
    this.element.replaceChildren(
      h(
        'header',
        {},
        h('h2', {}, region.name || region.code),
        h('button', { type: 'button', class: 'close', 'aria-label': TEXTS.close, onclick: onClose }, '×'),
      ),
      h('p', { class: 'region-parent', hidden: region.parent === null }, region.parent ?? ''),
      h(
        'p',
        { class: 'region-value' },
        swatch(answer.colorOf(region), region.status),
        h('strong', {}, answer.valueText(region)),
        h('span', { class: 'region-metric' }, answer.metric.label),
      ),
      h('p', { class: 'region-note', hidden: region.status === 'ok' }, TEXTS.statusNotes[region.status]),
      facts(answer, region),
      h('button', { type: 'button', class: 'button', onclick: () => onZoom(region.code) }, TEXTS.zoomTo),
    );
  }
}

function facts(answer: Answer, region: Region): HTMLElement {
  const { numerator, denominator, rank, code } = region;
  const number = (value: number): string => value.toLocaleString(TEXTS.locale, { maximumFractionDigits: 2 });
  const rows: [label: string, value: string | undefined][] = [
    [TEXTS.class, answer.classOf(region)?.label],
    [answer.second?.label ?? '', answer.second && answer.secondText(region)],
    [TEXTS.rank, rank === null ? undefined : TEXTS.rankOf(rank, answer.total)],
    // The numerator of a sum is its value.
    [TEXTS.numerator, denominator === null || numerator === null ? undefined : number(numerator)],
    [TEXTS.denominator, denominator === null ? undefined : number(denominator)],
    [TEXTS.status, region.status === 'ok' ? undefined : TEXTS.statuses[region.status]],
    [TEXTS.code, code],
  ];
  return h(
    'dl',
    {},
    ...rows.flatMap(([label, value]) =>
      value === undefined ? [] : [h('dt', {}, label), h('dd', {}, value)],
    ),
  );
}
