import 'maplibre-gl/dist/maplibre-gl.css';
import { Map as MapLibre, setWorkerUrl } from 'maplibre-gl';
// As a file of this origin: the content security policy runs no other worker.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { dotsImage } from './hatch.ts';
import {
  MARKED_LAYERS,
  markedFilter,
  onBase,
  openingBox,
  REGIONS_LAYER,
  SELECTED_LAYERS,
  selectedFilter,
} from './map-style.ts';
import { MapView, type ViewEvents } from './map-view.ts';
import { painted } from './painted.ts';
import { RegionStates, type RegionPlace } from './region-states.ts';
import { zoomButtons } from './zoom-buttons.ts';
import type { StyleSpecification } from 'maplibre-gl';
import type { Camera } from '../state.ts';
import { TEXTS } from '../texts.ts';

setWorkerUrl(workerUrl);

/** A place on the map in pixels from its left top corner. */
export interface Place {
  x: number;
  y: number;
}

export interface RegionMapEvents extends ViewEvents {
  /** The pointer is over a region, or over none. */
  onHover(code: string | undefined, place: Place): void;
  onSelect(code: string | undefined): void;
  /** A region was pressed twice; true where something came of it, so that the map does not zoom. */
  onDrill?(code: string): boolean;
  onError(): void;
}

/** A change of colours is there with the next picture; fading, the map would be drawn for 300 ms and more. */
const AT_ONCE = { duration: 0, delay: 0 };
/** What the page made itself needs no looking through: with many regions that takes as long as drawing them. */
const OURS = { validate: false };
/** Names that come and go while the map is zoomed. */
const FADE_MS = 100;
/** The map: draws a style, tells what is pointed at and chosen. */
export class RegionMap {
  readonly #map: MapLibre;
  readonly #states: RegionStates;
  readonly view: MapView;
  readonly #container: HTMLElement;
  readonly #events: RegionMapEvents;
  #geometry: string | undefined;
  #sources: StyleSpecification['sources'] = {};
  #hovered: string | undefined;

  /** @throws where the browser has no WebGL */
  constructor(container: HTMLElement, events: RegionMapEvents, label: string = TEXTS.mapLabel) {
    this.#container = container;
    this.#events = events;
    this.#map = new MapLibre({
      container,
      style: { version: 8, sources: {}, layers: [], transition: AT_ONCE },
      fadeDuration: FADE_MS,
      attributionControl: false, // the legend names the source
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 14,
      refreshExpiredTiles: false, // the server tells when there is something new
      locale: { 'Map.Title': label },
    });
    this.#states = new RegionStates(this.#map);
    this.view = new MapView(this.#map, container, events);
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    container.append(
      zoomButtons(
        (by) => this.view.step(by),
        () => this.view.home(),
      ),
    );
    this.#listen();
  }

  /** The map of the library, for who draws more than regions. */
  get library(): MapLibre {
    return this.#map;
  }

  /**
   * Draws a style: at `camera`, or else where the map is, unless the regions lie elsewhere. Tiles of the same
   * `geometry` are kept, whatever address the style has for them: colours do not come from them, but by code.
   */
  show(
    style: StyleSpecification,
    geometry: string,
    camera: Camera | undefined,
    colors: ReadonlyMap<string, string> = new Map(),
  ): void {
    this.#container.setAttribute('aria-busy', 'true');
    this.#hover(undefined);
    if (geometry !== this.#geometry) this.#sources = style.sources;
    this.#geometry = geometry;
    // The world came later, or is that of another theme.
    const sources = { ...style.sources, ...this.#sources };
    this.view.opens(openingBox(style), () =>
      this.#map.setStyle({ ...style, transition: AT_ONCE, sources }, OURS),
    );
    this.#states.paint(placeOf(style), colors);
    this.#map.triggerRepaint(); // a style without a difference draws nothing, and nothing would end `aria-busy`
    this.view.settle(camera);
  }

  /** Draws a world under the regions, which stay as they are. */
  under(world: StyleSpecification): void {
    if (this.view.opening) this.#map.setStyle(onBase(this.#map.getStyle(), world), OURS);
  }

  select(code: string | undefined): void {
    for (const layer of SELECTED_LAYERS) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, selectedFilter(code));
    }
  }

  /** Lets all but these regions fade; none fades without any. */
  highlight(codes: readonly string[] | undefined): void {
    this.#states.fadeAllBut(codes);
  }

  /** Outlines the region that is pointed at elsewhere on the page. */
  point(code: string | undefined): void {
    if (code === this.#hovered) return;
    this.#setHoverState(false);
    this.#hovered = code;
    this.#setHoverState(true);
  }

  /** Draws a line around the regions that an answer is about. */
  mark(codes: readonly string[]): void {
    for (const layer of MARKED_LAYERS) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, markedFilter(codes));
    }
  }

  /** Asks again for tiles that failed. */
  reload(): void {
    this.#map.refreshTiles(this.#source());
  }

  #listen(): void {
    const map = this.#map;
    map.on('mousemove', ({ point }) => this.#hover(this.#codeAt(point), point));
    map.on('mouseout', () => this.#hover(undefined));
    map.on('movestart', () => this.#hover(undefined));
    map.on('click', ({ point }) => this.#events.onSelect(this.#codeAt(point)));
    map.on('dblclick', (event) => {
      const code = this.#codeAt(event.point);
      if (code !== undefined && this.#events.onDrill?.(code)) event.preventDefault();
    });
    map.on('styleimagemissing', ({ id }) => {
      const dots = dotsImage(id);
      if (dots && !map.hasImage(id)) map.addImage(id, dots.image, { pixelRatio: dots.pixelRatio });
    });
    map.on('dataloading', () => this.#container.setAttribute('aria-busy', 'true'));
    map.on('render', () => {
      if (map.isStyleLoaded() && map.areTilesLoaded()) this.#drawn();
    });
    map.on('idle', () => this.#drawn());
    map.on('error', (event) => {
      // Without the world around them the regions are still there.
      if ((event as { sourceId?: string }).sourceId !== 'base') this.#events.onError();
    });
  }

  /** Every tile is there and drawn; names may still be fading in. The empty style that the map begins with is drawn too. */
  #drawn(): void {
    if (!this.view.opening || this.#container.getAttribute('aria-busy') === 'false') return;
    this.#container.setAttribute('aria-busy', 'false');
    painted();
  }

  #codeAt({ x, y }: Place): string | undefined {
    if (!this.#map.getLayer(REGIONS_LAYER)) return undefined;
    const [feature] = this.#map.queryRenderedFeatures([x, y], { layers: [REGIONS_LAYER] });
    return feature === undefined ? undefined : String(feature.properties.code);
  }

  #hover(code: string | undefined, place: Place = { x: 0, y: 0 }): void {
    if (code !== this.#hovered) {
      this.#setHoverState(false);
      this.#hovered = code;
      this.#setHoverState(true);
      this.#map.getCanvas().style.cursor = code === undefined ? '' : 'pointer';
    }
    this.#events.onHover(code, place);
  }

  /** The server's style draws the line around a region whose state says so. */
  #setHoverState(hover: boolean): void {
    const layer = this.#map.getLayer(REGIONS_LAYER);
    if (this.#hovered === undefined || !layer?.source) return;
    const target = { source: layer.source, sourceLayer: layer.sourceLayer ?? '', id: this.#hovered };
    this.#map.setFeatureState(target, { hover });
  }

  #source(): string {
    return this.#map.getLayer(REGIONS_LAYER)?.source ?? Object.keys(this.#sources)[0] ?? '';
  }
}

function placeOf({ layers }: StyleSpecification): RegionPlace | undefined {
  const layer = layers.find(({ id }) => id === REGIONS_LAYER);
  return layer?.type === 'fill'
    ? { source: layer.source, sourceLayer: layer['source-layer'] ?? '' }
    : undefined;
}
