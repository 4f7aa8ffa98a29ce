import type { Answer } from '../answer.ts';
import { h, swatch } from '../dom.ts';
import type { Place } from '../map/region-map.ts';
import { Tooltip } from '../map/tooltip.ts';
import { TEXTS } from '../texts.ts';
import { differenceText, pairOf, textIn } from './pairing.ts';
import { COMPARE_TEXTS } from './texts.ts';

const WHERE = ['left', 'right'] as const;

/** What both maps say about a region. */
export type Answers = Readonly<Record<(typeof WHERE)[number], Answer | undefined>>;

/** Name and both values of the region under the pointer. */
export class PairTooltip extends Tooltip {
  drawPair(answers: Answers, code: string | undefined, place: Place): void {
    const pair = code === undefined ? undefined : pairOf(answers.left, answers.right, code);
    const region = pair?.left ?? pair?.right;
    if (!region) return this.hide();
    this.show(
      region,
      place,
      valuesOf(answers, region.code).map(({ side, color, text }) =>
        h('span', { class: 'tooltip-value' }, swatch(color), h('span', { class: 'pair-side' }, side), text),
      ),
    );
  }
}

/** The selected region with both values and their difference. */
export class PairCard {
  readonly element = h('section', {
    class: 'pair-card',
    'aria-label': TEXTS.region,
    'aria-live': 'polite',
    hidden: true,
  });
  readonly #onClose: () => void;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  draw(answers: Answers, code: string | undefined): void {
    const pair = code === undefined ? undefined : pairOf(answers.left, answers.right, code);
    const region = pair?.left ?? pair?.right;
    this.element.hidden = !region;
    if (!pair || !region) return this.element.replaceChildren();
    this.element.dataset.code = region.code;
    const { left } = answers;
    const difference = left ? differenceText(left, pair.difference) : '';
    this.element.replaceChildren(
      h(
        'header',
        {},
        h('h2', {}, region.name || region.code, region.parent !== null && h('small', {}, region.parent)),
        h(
          'button',
          { type: 'button', class: 'close', 'aria-label': TEXTS.close, onclick: this.#onClose },
          '×',
        ),
      ),
      h(
        'dl',
        {},
        ...valuesOf(answers, region.code).map(({ side, color, text }) =>
          h('div', {}, h('dt', {}, side), h('dd', {}, swatch(color), text)),
        ),
        difference !== '' &&
          h(
            'div',
            { class: 'pair-difference' },
            h('dt', {}, COMPARE_TEXTS.difference),
            h('dd', {}, difference),
          ),
      ),
    );
  }
}

/** What each map says, in its colour. */
function valuesOf(answers: Answers, code: string): { side: string; color: string; text: string }[] {
  return WHERE.map((where) => {
    const answer = answers[where];
    const region = answer?.byCode.get(code);
    const color = answer && region ? answer.colorOf(region) : 'transparent';
    return { side: COMPARE_TEXTS.sides[where], color, text: textIn(answer, code) };
  });
}
