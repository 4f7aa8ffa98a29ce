import type { Feature } from 'geojson';
import { h } from '../dom.ts';
import type { Box } from '../map/map-style.ts';
import { boxOf } from './box.ts';
import { nameOf, table } from './parts.ts';
import { SAID, valueText } from './texts.ts';

/** Longer values are cut in the table; the whole is in its title. */
const LONGEST = 60;

/** Rows of a layer as they stand in the database; pressing one shows where it is. */
export class Examples {
  readonly element = h('details', { class: 'examples', open: true });
  readonly #onShow: (box: Box) => void;

  constructor(onShow: (box: Box) => void) {
    this.#onShow = onShow;
  }

  /** @param features undefined where the layer has none, as of a function */
  draw(features: readonly Feature[] | undefined): void {
    this.element.hidden = features === undefined;
    const names = [...new Set((features ?? []).flatMap(({ properties }) => Object.keys(properties ?? {})))];
    const rows = (features ?? []).map((feature, i) => [
      this.#button(feature, i),
      ...names.map((name) => cell(feature.properties?.[name])),
    ]);
    this.element.replaceChildren(
      h('summary', {}, SAID.examples),
      rows.length === 0
        ? h('p', { class: 'muted' }, SAID.noExamples)
        : table(SAID.examples, [SAID.row, ...names], rows),
    );
  }

  #button(feature: Feature, index: number): HTMLElement {
    const label = valueText(feature.id ?? index + 1);
    const box = boxOf(feature);
    // The name that is read out holds what is written.
    const name = nameOf({ properties: feature.properties });
    return h(
      'button',
      {
        type: 'button',
        class: 'link',
        'aria-label': SAID.showRow(name && name !== label ? `${label}, ${name},` : label),
        disabled: box === undefined,
        onclick: () => box && this.#onShow(box),
      },
      label,
    );
  }
}

function cell(value: unknown): HTMLElement | string {
  const text = valueText(value);
  return text.length <= LONGEST ? text : h('span', { title: text }, `${text.slice(0, LONGEST)}…`);
}
