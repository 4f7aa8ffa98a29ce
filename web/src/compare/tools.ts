import { h } from '../dom.ts';
import { MODES, type Mode } from './address.ts';
import { COMPARE_TEXTS } from './texts.ts';

export interface ToolEvents {
  onMode(mode: Mode): void;
  onSame(isSame: boolean): void;
  onSwap(): void;
}

/** What is set about both maps together. */
export class Tools {
  readonly element: HTMLElement;
  readonly #modes: ReadonlyMap<Mode, HTMLElement>;
  readonly #same = h('input', { type: 'checkbox', name: 'same' });
  readonly #label: HTMLElement;

  constructor({ onMode, onSame, onSwap }: ToolEvents) {
    this.#modes = new Map(
      MODES.map((mode) => [
        mode,
        h(
          'button',
          { type: 'button', class: 'chip', 'data-mode': mode, onclick: () => onMode(mode) },
          COMPARE_TEXTS.modes[mode],
        ),
      ]),
    );
    this.#same.addEventListener('change', () => onSame(this.#same.checked));
    this.#label = h('label', { class: 'check' }, this.#same, h('span', {}, COMPARE_TEXTS.same));
    this.element = h(
      'div',
      { class: 'compare-tools' },
      h(
        'div',
        { class: 'chips', role: 'group', 'aria-label': COMPARE_TEXTS.modes.title },
        ...this.#modes.values(),
      ),
      this.#label,
      h(
        'button',
        {
          type: 'button',
          class: 'button small',
          'aria-label': COMPARE_TEXTS.swapNote,
          title: COMPARE_TEXTS.swapNote,
          onclick: onSwap,
        },
        `⇄ ${COMPARE_TEXTS.swap}`,
      ),
    );
  }

  /** @param isPossible whether one classification can hold for both */
  sync(mode: Mode, isSame: boolean, isPossible: boolean): void {
    for (const [each, button] of this.#modes) button.setAttribute('aria-pressed', String(each === mode));
    this.#same.checked = isSame && isPossible;
    this.#same.disabled = !isPossible;
    this.#label.title = isPossible ? COMPARE_TEXTS.sameNote : COMPARE_TEXTS.notSameKind;
  }
}
