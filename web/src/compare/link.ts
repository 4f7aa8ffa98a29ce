import { h } from '../dom.ts';
import { addressBeside, type Shown } from './address.ts';
import { COMPARE_TEXTS } from './texts.ts';

/** Leads to the page that compares the map at hand; its address is made when somebody is about to press it. */
export function compareLink(shown: () => Shown | undefined): HTMLElement {
  const link = h('a', { class: 'button small', href: 'compare' }, COMPARE_TEXTS.open);
  const point = (): void => {
    const now = shown();
    if (now) link.href = addressBeside(now);
  };
  for (const event of ['pointerenter', 'pointerdown', 'focus', 'click']) link.addEventListener(event, point);
  return link;
}
