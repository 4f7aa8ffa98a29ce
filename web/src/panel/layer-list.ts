import type { Layer } from '../api.ts';
import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';

/** The layers of a server that has no choropleth to show, in the place of the regions. */
export class LayerList {
  readonly element: HTMLElement;

  /** @param why there is no choropleth */
  constructor(layers: readonly Layer[], why: string, onChoose: (layer: Layer) => void) {
    const [first] = layers;
    const entry = (layer: Layer): HTMLElement =>
      h(
        'li',
        { class: 'layer-row' },
        h(
          'label',
          { class: 'check' },
          h('input', {
            type: 'radio',
            name: 'layer',
            value: layer.id,
            checked: layer === first,
            onchange: () => onChoose(layer),
          }),
          h('span', {}, layer.title ?? layer.id),
        ),
        link('TileJSON', layer.tilejson),
        layer.features !== undefined && link('GeoJSON', layer.features),
      );
    this.element = h(
      'section',
      { class: 'regions', id: 'regions', tabindex: -1, 'aria-label': TEXTS.layers },
      h('h2', {}, TEXTS.layers),
      h('p', { class: 'layer-note' }, h('strong', {}, TEXTS.noneAvailable), ' ', why),
      h('ul', { class: 'layer-rows' }, ...layers.map(entry)),
    );
  }
}

const link = (text: string, href: string): HTMLElement => h('a', { href }, text);
