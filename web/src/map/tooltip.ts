import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { h, swatch } from '../dom.ts';
import type { Place } from './region-map.ts';

const OFFSET = 14;

/** Name and value of the region under the pointer. The card and the list say the same to other means. */
export class Tooltip {
  readonly element = h('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });

  draw(answer: Answer | undefined, code: string | undefined, place: Place): void {
    const region = code === undefined ? undefined : answer?.byCode.get(code);
    if (!answer || !region) return this.hide();
    const value = h(
      'span',
      { class: 'tooltip-value' },
      swatch(answer.colorOf(region), region.status),
      answer.valueText(region),
    );
    this.show(region, place, [value]);
  }

  /** The region with these lines below its name. */
  show({ code, name, parent }: Region, place: Place, lines: readonly HTMLElement[]): void {
    this.element.hidden = false;
    this.element.dataset.code = code;
    this.element.replaceChildren(
      h('span', { class: 'tooltip-name' }, name || code),
      h('span', { class: 'tooltip-parent', hidden: parent === null }, parent ?? ''),
      ...lines,
    );
    this.#place(place);
  }

  hide(): void {
    this.element.hidden = true;
  }

  /** Beside the pointer, on the side where there is room. */
  #place({ x, y }: Place): void {
    const { clientWidth: width = 0, clientHeight: height = 0 } = this.element.offsetParent ?? {};
    const { offsetWidth, offsetHeight } = this.element;
    const left = x + OFFSET + offsetWidth > width ? x - OFFSET - offsetWidth : x + OFFSET;
    const top = y + OFFSET + offsetHeight > height ? y - OFFSET - offsetHeight : y + OFFSET;
    this.element.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  }
}
