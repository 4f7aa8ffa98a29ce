import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';

/** Buttons over the corner of a map. */
export function zoomButtons(onStep: (by: number) => void, onHome: () => void): HTMLElement {
  const button = (label: string, sign: string | Node, onclick: () => void): HTMLElement =>
    h('button', { type: 'button', 'aria-label': label, title: label, onclick }, sign);
  return h(
    'div',
    { class: 'zoom-buttons' },
    button(TEXTS.zoomIn, '+', () => onStep(1)),
    button(TEXTS.zoomOut, '−', () => onStep(-1)),
    button(TEXTS.home, h('span', { class: 'icon-home' }), onHome),
  );
}
