import { formAddress, send } from '../api.ts';
import { h } from '../dom.ts';
import type { Camera, State } from '../state.ts';
import type { Choropleth } from '../choropleth.ts';
import { TEXTS } from '../texts.ts';
import type { RegionMap } from './region-map.ts';
import type { Box } from './map-style.ts';

/** A part of the map that is looked at by itself. */
interface Place {
  name: string;
  box: Box;
}

/** Goes to the next place while the map has the focus; a letter that the map itself does not use. */
const KEY = 'j';

/** What lies far from the mainland, each with a button; nothing where all is near. */
export class FarPlaces {
  readonly element = h('nav', { class: 'far-places', 'aria-label': TEXTS.far.title, hidden: true });
  readonly #map: () => RegionMap | undefined;
  #places: readonly Place[] = [];
  #asked = new AbortController();
  #address = '';
  /** Position of the place that is looked at; −1 for none of them. */
  #at = 0;

  /** @param frame within which the key is heard */
  constructor(map: () => RegionMap | undefined, frame: HTMLElement) {
    this.#map = map;
    frame.addEventListener('keydown', (event) => {
      const isOther = event.ctrlKey || event.metaKey || event.altKey;
      if (event.key.toLowerCase() !== KEY || isOther || this.#places.length === 0) return;
      const step = event.shiftKey ? this.#places.length - 1 : 1;
      this.#go((Math.max(0, this.#at) + step) % this.#places.length);
    });
  }

  /** Without an answer the page lacks nothing, so failing is quiet. */
  async update(choropleth: Choropleth, { metric, level, options }: State): Promise<void> {
    const query = new URLSearchParams({ metric, level });
    if (options.parent !== undefined) query.set('parent', options.parent);
    const address = formAddress(choropleth.id, 'places.json', query);
    if (address === this.#address || !this.#map()) return;
    this.#address = address;
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    const found = await send(address, { signal, headers: { Accept: 'application/json' } })
      .then((response) => response.json() as Promise<{ mainland: Box | null; far: Place[] }>)
      .catch(() => undefined);
    if (signal.aborted) return;
    const { mainland, far } = found ?? { mainland: null, far: [] };
    this.#places = mainland ? [{ name: TEXTS.far.mainland, box: mainland }, ...far] : [];
    this.#draw();
  }

  /** The map has moved; undefined where it shows what it opened with. */
  moved(camera: Camera | undefined): void {
    this.#at = camera
      ? this.#places.findIndex(({ box }) => isIn(box, camera[2], camera[1]))
      : this.#opensOnMainland()
        ? 0
        : -1;
    for (const [i, button] of [...this.element.children].entries())
      button.setAttribute('aria-current', String(i === this.#at));
  }

  #draw(): void {
    this.element.hidden = this.#places.length === 0;
    this.element.replaceChildren(
      ...this.#places.map(({ name }, i) =>
        h(
          'button',
          { type: 'button', class: 'chip', title: `${name}. ${TEXTS.far.hint}`, onclick: () => this.#go(i) },
          name,
        ),
      ),
    );
    this.moved(this.#map()?.view.seen);
  }

  #go(index: number): void {
    const place = this.#places[index];
    const map = this.#map();
    if (!place || !map) return;
    this.#at = index;
    if (index === 0 && this.#opensOnMainland()) map.view.home();
    else map.view.lookAt(place.box);
  }

  /** Whether the map opens with the mainland alone. */
  #opensOnMainland(): boolean {
    const opening = this.#map()?.view.opening;
    const [, ...far] = this.#places;
    return opening !== undefined && !far.some(({ box }) => isIn(opening, ...middleOf(box)));
  }
}

function middleOf([west, south, east, north]: Box): [longitude: number, latitude: number] {
  return [(west + east) / 2, (south + north) / 2];
}

function isIn([west, south, east, north]: Box, longitude: number, latitude: number): boolean {
  const isBetween = [longitude, longitude + 360, longitude - 360].some((x) => x >= west && x <= east);
  return isBetween && latitude >= south && latitude <= north;
}
