import { h } from '../dom.ts';
import { COMPARE_TEXTS } from './texts.ts';

/** Percent of the width that a key moves. */
const STEP = 2;
const LEAP = 10;

/** The line between two maps that lie over each other; dragged, or moved with the keyboard. */
export class Divider {
  readonly element = h(
    'div',
    {
      class: 'divider',
      role: 'slider',
      tabindex: 0,
      'aria-label': COMPARE_TEXTS.divider,
      'aria-orientation': 'horizontal',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    h('span', { class: 'divider-grip', 'aria-hidden': 'true' }, '‹ ›'),
  );
  readonly #onMove: (at: number) => void;
  #at = 0;

  /** @param onMove told of each place, in percent of the width from the left */
  constructor(onMove: (at: number) => void) {
    this.#onMove = onMove;
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.element.focus();
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) this.#drag(event);
    });
  }

  sync(at: number): void {
    this.#at = at;
    this.element.setAttribute('aria-valuenow', String(at));
    this.element.setAttribute('aria-valuetext', COMPARE_TEXTS.share(at));
    this.element.parentElement?.style.setProperty('--at', `${at}%`);
  }

  #drag({ clientX }: PointerEvent): void {
    const box = this.element.parentElement?.getBoundingClientRect();
    if (box && box.width > 0) this.#move(((clientX - box.left) / box.width) * 100);
  }

  #key(event: KeyboardEvent): void {
    const places: Record<string, number> = {
      ArrowLeft: this.#at - STEP,
      ArrowDown: this.#at - STEP,
      ArrowRight: this.#at + STEP,
      ArrowUp: this.#at + STEP,
      PageDown: this.#at - LEAP,
      PageUp: this.#at + LEAP,
      Home: 0,
      End: 100,
    };
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    this.#move(place);
  }

  #move(at: number): void {
    const next = Math.round(Math.min(100, Math.max(0, at)));
    if (next !== this.#at) this.#onMove(next);
  }
}
