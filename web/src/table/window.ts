import { h } from '../dom.ts';

/** Rows beyond the ones in view that are drawn too, so that scrolling shows none that are missing. */
const OVERSCAN = 24;

/** A list of any length of which only the rows in view are in the document. Rows are all as high as `rowHeight` says. */
export class Window {
  readonly element: HTMLElement;
  readonly rows = h('div', { class: 'table-rows', role: 'rowgroup' });
  readonly #rowHeight: number;
  readonly #draw: (index: number) => HTMLElement;
  #count = 0;
  #drawn = new Map<number, HTMLElement>();

  constructor(rowHeight: number, draw: (index: number) => HTMLElement) {
    this.#rowHeight = rowHeight;
    this.#draw = draw;
    this.element = h('div', { class: 'table-scroll', role: 'presentation' }, this.rows);
    this.element.addEventListener('scroll', () => this.update(), { passive: true });
    new ResizeObserver(() => this.update()).observe(this.element);
  }

  /** Shows so many rows, all drawn anew. */
  reset(count: number): void {
    this.#count = count;
    this.#drawn = new Map();
    this.rows.replaceChildren();
    this.rows.style.height = `${count * this.#rowHeight}px`;
    this.update();
  }

  /** The row where it is in the document. */
  row(index: number): HTMLElement | undefined {
    return this.#drawn.get(index);
  }

  /** Scrolls no further than it has to for the row to be in view, and draws it. */
  reveal(index: number): HTMLElement | undefined {
    const { element } = this;
    const top = index * this.#rowHeight;
    const bottom = top + this.#rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight)
      element.scrollTop = bottom - element.clientHeight;
    this.update();
    return this.row(index);
  }

  update(): void {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.#rowHeight) - OVERSCAN);
    const last = Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / this.#rowHeight) + OVERSCAN);
    for (const [index, row] of this.#drawn) {
      // The row that has the focus stays, or the keyboard would be lost.
      if ((index >= first && index < last) || row.contains(document.activeElement)) continue;
      row.remove();
      this.#drawn.delete(index);
    }
    for (let index = first; index < last; index++) {
      if (this.#drawn.has(index)) continue;
      const row = this.#draw(index);
      row.style.transform = `translateY(${index * this.#rowHeight}px)`;
      this.#drawn.set(index, row);
      this.rows.append(row);
    }
  }
}
