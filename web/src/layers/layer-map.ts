import type { MapGeoJSONFeature, StyleSpecification } from 'maplibre-gl';
import { h } from '../dom.ts';
import type { Box } from '../map/map-style.ts';
import { RegionMap, type Place } from '../map/region-map.ts';
import type { Camera } from '../state.ts';
import { TEXTS } from '../texts.ts';
import type { LayerTiles } from './client.ts';
import { attributes, nameOf } from './parts.ts';
import { isOwn, SOURCE } from './style.ts';
import { TileGrid } from './tile-grid.ts';
import type { Placed } from './tiles.ts';
import { SAID } from './texts.ts';

/** Attributes of a feature under the pointer, and features that are told of at once. */
const MOST_ATTRIBUTES = 8;
const MOST_FEATURES = 12;
const OFFSET = 14;
/** Pixels around a place that a press means, as dots and lines are small. */
const REACH = 4;

export interface LayerMapEvents {
  onMove(camera: Camera | undefined): void;
  onTilesFailed(): void;
  onOpenTile(tile: Placed): void;
}

/** A layer on the map: tells of what is under the pointer, and with the grid of tiles of the tiles. */
export class LayerMap {
  readonly element = h('div', { class: 'map' });
  readonly tooltip = h('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });
  readonly card = h('section', {
    class: 'region-card',
    'aria-live': 'polite',
    'aria-label': SAID.here,
    hidden: true,
  });
  readonly #map: RegionMap | undefined;
  readonly grid: TileGrid | undefined;
  readonly #events: LayerMapEvents;

  constructor(events: LayerMapEvents) {
    this.#events = events;
    this.#map = this.#made();
    if (!this.#map) return;
    const { library } = this.#map;
    this.grid = new TileGrid(library, events.onOpenTile);
    library.on('mousemove', ({ point }) => this.#point(point));
    library.on('mouseout', () => (this.tooltip.hidden = true));
    library.on('movestart', () => (this.tooltip.hidden = true));
    library.on('click', ({ point }) => this.#press(point));
    library.getCanvas().addEventListener('keydown', ({ key }) => {
      const { clientWidth, clientHeight } = this.element;
      if (key === 'Enter') this.#press({ x: clientWidth / 2, y: clientHeight / 2 }, true);
    });
    this.element.append(h('span', { class: 'crosshair', 'aria-hidden': 'true' }));
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.card.hidden = true;
    });
  }

  /** @param isOther whether another layer than before is shown, which the map moves to */
  show(
    layer: LayerTiles,
    style: StyleSpecification,
    { camera, isOther }: { camera: Camera | undefined; isOther: boolean },
  ): void {
    this.#map?.show(style, layer.tiles.join(), camera);
    if (!isOther) return;
    this.card.hidden = true;
    if (!camera) this.#map?.view.home(false);
  }

  lookAt(box: Box): void {
    this.#map?.view.lookAt(box);
  }

  reload(): void {
    this.#map?.library.refreshTiles(SOURCE);
  }

  /** Attributes of the features in the tiles that are there, once they are. */
  async drawn(): Promise<Readonly<Record<string, unknown>>[]> {
    const library = this.#map?.library;
    if (!library) return [];
    while (this.element.getAttribute('aria-busy') !== 'false') await library.once('idle');
    const layers = library.getStyle().layers.filter(isOwn);
    const names = new Set(
      layers.flatMap((layer) => ('source-layer' in layer ? [layer['source-layer']] : [])),
    );
    return [...names].flatMap((sourceLayer) =>
      library
        .querySourceFeatures(SOURCE, sourceLayer === undefined ? {} : { sourceLayer })
        .map(({ properties }) => properties),
    );
  }

  #point(place: Place): void {
    const [feature] = this.#featuresAt(place);
    this.tooltip.hidden = !feature;
    if (!feature) return;
    this.tooltip.replaceChildren(
      h('span', { class: 'tooltip-name' }, nameOf(feature) || feature.sourceLayer || ''),
      attributes(feature.properties, MOST_ATTRIBUTES),
    );
    const { clientWidth, clientHeight } = this.element;
    const { offsetWidth, offsetHeight } = this.tooltip;
    const left =
      place.x + OFFSET + offsetWidth > clientWidth ? place.x - OFFSET - offsetWidth : place.x + OFFSET;
    const top =
      place.y + OFFSET + offsetHeight > clientHeight ? place.y - OFFSET - offsetHeight : place.y + OFFSET;
    this.tooltip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  }

  /** With the grid a press opens the tile, without it tells of what lies there. */
  #press(place: Place, isByKey = false): void {
    const tile = this.grid?.isShown ? this.grid.tileAt(place.x, place.y) : undefined;
    if (tile) {
      this.#events.onOpenTile(tile);
      return;
    }
    const features = this.#featuresAt(place);
    this.card.hidden = features.length === 0 && !isByKey;
    if (this.card.hidden) return;
    const close = h(
      'button',
      { type: 'button', class: 'close', 'aria-label': TEXTS.close, onclick: () => (this.card.hidden = true) },
      '×',
    );
    this.card.replaceChildren(
      h('header', {}, h('h2', {}, SAID.here), close),
      ...(features.length === 0 ? [h('p', { class: 'muted' }, SAID.nothingHere)] : []),
      ...features.map((feature) =>
        h(
          'article',
          {},
          h('h3', {}, nameOf(feature) || (feature.sourceLayer ?? '')),
          attributes({ ...(feature.id === undefined ? {} : { id: feature.id }), ...feature.properties }),
        ),
      ),
    );
  }

  /** Each once, the uppermost first. */
  #featuresAt({ x, y }: Place): MapGeoJSONFeature[] {
    const library = this.#map?.library;
    if (!library) return [];
    const layers = library
      .getStyle()
      .layers.filter(isOwn)
      .map(({ id }) => id);
    const exact = library.queryRenderedFeatures([x, y], { layers });
    const around: [[number, number], [number, number]] = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    const found = exact.length > 0 ? exact : library.queryRenderedFeatures(around, { layers });
    // An area is drawn as its inside and its border, and may lie in several tiles.
    const distinct = new Map(
      found.map((feature) => [
        JSON.stringify([feature.sourceLayer, feature.id, feature.properties]),
        feature,
      ]),
    );
    return [...distinct.values()].slice(0, MOST_FEATURES);
  }

  #made(): RegionMap | undefined {
    try {
      return new RegionMap(
        this.element,
        {
          onHover: () => undefined,
          onSelect: () => undefined,
          onMove: (camera) => this.#events.onMove(camera),
          onError: () => this.#events.onTilesFailed(),
        },
        SAID.mapLabel,
      );
    } catch {
      this.element.replaceChildren(
        h('p', { class: 'no-map' }, TEXTS.noWebGl, h('span', {}, TEXTS.noWebGlDetail)),
      );
      return undefined;
    }
  }
}
