import { h } from '../dom.ts';
import type { Field } from './fields.ts';
import type { Listed } from './client.ts';
import type { Painted } from './paint.ts';
import { SAID, shareText } from './texts.ts';

/** What the colours of the map mean, under it. */
export class LayerLegend {
  readonly element = h('section', { class: 'legend' });
  readonly #actions: HTMLElement;

  /** @param actions beside the title */
  constructor(actions: readonly HTMLElement[]) {
    this.#actions = h('div', { class: 'legend-actions' }, ...actions);
  }

  draw(layer: Listed, field: Field | undefined, painted: Painted | undefined): void {
    const { title, description, warning, rowsLeftOut, pyramid, tilejson, features } = layer;
    const notes = [
      description,
      warning,
      rowsLeftOut && SAID.leftOut(rowsLeftOut.count),
      pyramid?.below !== undefined && SAID.cells(pyramid.below),
    ].filter((note) => typeof note === 'string' && note !== '');
    const words = field && (field.description ?? field.type);
    this.element.setAttribute('aria-label', title);
    this.element.replaceChildren(
      h(
        'header',
        { class: 'legend-head' },
        h(
          'div',
          { class: 'legend-title' },
          h('h1', {}, title),
          field && h('p', { class: 'legend-metric' }, h('strong', {}, field.name), ` ${words}`),
        ),
        this.#actions,
      ),
      painted
        ? h('ul', { class: 'legend-rows' }, ...painted.legend.map(entry))
        : h('p', { class: 'muted' }, field ? SAID.noColours(field.name) : ''),
      h(
        'footer',
        { class: 'legend-foot' },
        ...notes.map((note) => h('p', {}, note || '')),
        h(
          'p',
          {},
          h('a', { href: tilejson }, SAID.copyLink),
          ' ',
          features && h('a', { href: features }, SAID.geojson),
        ),
      ),
    );
  }
}

function entry({ label, color, share, kind }: Painted['legend'][number]): HTMLElement {
  const block = h('span', { class: 'legend-color', 'aria-hidden': 'true' });
  block.style.backgroundColor = color;
  return h(
    'li',
    { class: kind === 'class' ? undefined : 'is-apart', 'data-color': color },
    block,
    h('span', { class: 'legend-label', title: label }, label),
    h('span', { class: 'legend-count' }, shareText(share)),
  );
}
