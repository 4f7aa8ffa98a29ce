import 'maplibre-gl/dist/maplibre-gl.css';
import { Map as MapLibre, LngLatBounds, setWorkerUrl } from 'maplibre-gl';
// As a file of this origin: the content security policy runs no other worker.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { boundsOf } from './bounds.ts';
import { dotsImage } from './hatch.ts';
import {
  MARKED_LAYERS,
  markedFilter,
  onBase,
  openingBox,
  REGIONS_LAYER,
  SELECTED_LAYERS,
  selectedFilter,
  type Box,
} from './map-style.ts';
import { painted } from './painted.ts';
import { zoomButtons } from './zoom-buttons.ts';
import type { ExpressionSpecification, StyleSpecification } from 'maplibre-gl';
import type { Camera } from '../state.ts';
import { TEXTS } from '../texts.ts';

setWorkerUrl(workerUrl);

/** A place on the map in pixels from its left top corner. */
export interface Place {
  x: number;
  y: number;
}

export interface RegionMapEvents {
  /** The pointer is over a region, or over none. */
  onHover(code: string | undefined, place: Place): void;
  onSelect(code: string | undefined): void;
  /** A region was pressed twice; true where something came of it, so that the map does not zoom. */
  onDrill?(code: string): boolean;
  /** Undefined after the whole was shown. */
  onMove(camera: Camera | undefined): void;
  /** The map is moving by itself or by hand, which another one may follow; a map that follows does not tell. */
  onCamera?(camera: Camera): void;
  onError(): void;
}

/** Pixels that stay free around what the map is fitted to; on the left there are the buttons. */
const PADDING = { top: 24, right: 28, bottom: 24, left: 28 };
const BUTTONS_WIDTH = 36;
/** A narrower map has too little width to give some away. */
const WIDE_MAP = 640;
/** A smaller map has no room within the padding. */
const MIN_MAP = 100;
/** Opacity of regions that are not highlighted. */
const FADED = 0.12;
/** A change of colours is there with the next picture; fading, the map would be drawn for 300 ms and more. */
const AT_ONCE = { duration: 0, delay: 0 };
/** What the page made itself needs no looking through: with many regions that takes as long as drawing them. */
const OURS = { validate: false };
/** Names that come and go while the map is zoomed. */
const FADE_MS = 100;
const REGION_PADDING = 90;
/** The map is not zoomed closer than this to a small region. */
const REGION_ZOOM = 8;

/** The map: draws a style, tells what is pointed at and chosen. */
export class RegionMap {
  readonly #map: MapLibre;
  readonly #container: HTMLElement;
  readonly #events: RegionMapEvents;
  #box: Box | undefined;
  #geometry: string | undefined;
  #sources: StyleSpecification['sources'] = {};
  #hovered: string | undefined;
  /** True while the map shows the whole, so that it still does in a window of another size. */
  #isHome = true;
  /** Where it last went after another map; true while it goes there. */
  #followed: string | true | undefined;

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
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    container.append(
      zoomButtons(
        (by) => this.#step(by),
        () => this.home(),
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
   * `geometry` are kept, whatever address the style has for them: colours do not come from them.
   */
  show(style: StyleSpecification, geometry: string, camera: Camera | undefined): void {
    this.#container.setAttribute('aria-busy', 'true');
    this.#box = openingBox(style);
    this.#hover(undefined);
    if (geometry !== this.#geometry) this.#sources = style.sources;
    this.#geometry = geometry;
    // The first style moves the map of the library to where it is already, which nobody did.
    const followed = this.#followed;
    this.#followed = true;
    this.#map.setStyle({ ...style, transition: AT_ONCE, sources: this.#sources }, OURS);
    this.#followed = followed;
    this.#map.triggerRepaint(); // a style without a difference draws nothing, and nothing would end `aria-busy`
    if (camera) {
      this.follow(camera);
    } else if (this.#isHome || !this.#isInside()) {
      this.home(false);
    }
  }

  /** Draws a world under the regions, which stay as they are. */
  under(world: StyleSpecification): void {
    if (this.#box) this.#map.setStyle(onBase(this.#map.getStyle(), world), OURS);
  }

  /** Where the map is. */
  get camera(): Camera {
    const { lat, lng } = this.#map.getCenter();
    return [this.#map.getZoom(), lat, lng];
  }

  /** The box that the map opens with. */
  get opening(): Box | undefined {
    return this.#box;
  }

  /** The same as an address has it; undefined while the map shows the whole. */
  get seen(): Camera | undefined {
    const [zoom, lat, lng] = this.camera;
    return this.#isHome ? undefined : [round(zoom, 2), round(lat, 4), round(lng, 4)];
  }

  /** Goes where another map is. */
  follow([zoom, lat, lng]: Camera): void {
    this.#isHome = false;
    this.#followed = true;
    this.#map.jumpTo({ zoom, center: [lng, lat] });
    this.#followed = String(this.camera);
  }

  /** Shows all regions. */
  home(animate = true): void {
    if (!this.#box) return;
    const [west, south, east, north] = this.#box;
    this.#isHome = true;
    const { clientWidth, clientHeight } = this.#container;
    // Not laid out yet; the map is fitted when it gets its size.
    if (Math.min(clientWidth, clientHeight) < MIN_MAP) return;
    const isWide = clientWidth >= WIDE_MAP;
    const padding = { ...PADDING, left: PADDING.left + (isWide ? BUTTONS_WIDTH : 0) };
    this.#map.fitBounds([west, south, east, north], { padding, animate });
  }

  select(code: string | undefined): void {
    for (const layer of SELECTED_LAYERS) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, selectedFilter(code));
    }
  }

  /** Lets all but these regions fade; none fades without any. */
  highlight(codes: readonly string[] | undefined): void {
    if (!this.#map.getLayer(REGIONS_LAYER)) return;
    const opacity = codes && (['case', markedFilter(codes), 1, FADED] as unknown as ExpressionSpecification);
    this.#map.setPaintProperty(REGIONS_LAYER, 'fill-opacity', opacity ?? 1);
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

  /** Moves to a region; first to all, where it lies outside what has been loaded. */
  zoomTo(code: string): void {
    this.#goTo([code]);
  }

  /** Moves to a region unless it is in view; first to all, where it lies outside what has been loaded. */
  reveal(code: string): void {
    const bounds = this.#boundsOf([code]);
    const view = this.#map.getBounds();
    if (bounds.isEmpty()) this.zoomTo(code);
    else if (!view.contains(bounds.getCenter())) this.#fitRegions([code]);
  }

  /** Moves to regions as soon as they are there. */
  fit(codes: readonly string[]): void {
    this.#isHome = false;
    void this.#map.once('idle').then(() => this.#goTo(codes));
  }

  #goTo(codes: readonly string[]): void {
    if (this.#fitRegions(codes)) return;
    this.#showAll();
    void this.#map.once('idle').then(() => this.#fitRegions(codes));
  }

  /** All that there are tiles of: regions far from the others too. */
  #showAll(): void {
    const source = this.#sources[this.#source()];
    const box = source?.type === 'vector' ? source.bounds : undefined;
    if (!box) return this.home(false);
    this.#isHome = false;
    this.#map.fitBounds(box, { animate: false });
  }

  /** Moves to a box in degrees; its west exceeds its east where it crosses the antimeridian. */
  lookAt([west, south, east, north]: readonly [
    west: number,
    south: number,
    east: number,
    north: number,
  ]): void {
    this.#isHome = false;
    const right = east < west ? east + 360 : east;
    this.#map.fitBounds([west, south, right, north], { padding: REGION_PADDING, maxZoom: REGION_ZOOM });
  }

  /** Asks again for tiles that failed. */
  reload(): void {
    this.#map.refreshTiles(this.#source());
  }

  #listen(): void {
    const map = this.#map;
    map.on('mousemove', ({ point }) => this.#hover(this.#codeAt(point), point));
    map.on('mouseout', () => this.#hover(undefined));
    map.on('movestart', ({ originalEvent }) => {
      if (originalEvent) this.#isHome = false;
      this.#hover(undefined);
    });
    map.on('click', ({ point }) => this.#events.onSelect(this.#codeAt(point)));
    map.on('dblclick', (event) => {
      const code = this.#codeAt(event.point);
      if (code !== undefined && this.#events.onDrill?.(code)) event.preventDefault();
    });
    map.on('move', () => {
      if (!this.#isFollowing()) this.#events.onCamera?.(this.camera);
    });
    map.on('moveend', () => {
      if (this.#isFollowing()) return;
      this.#events.onMove(this.seen);
    });
    map.on('resize', () => {
      if (this.#isHome) this.home(false);
    });
    map.on('styleimagemissing', ({ id }) => {
      const dots = dotsImage(id);
      if (dots && !map.hasImage(id)) map.addImage(id, dots.image, { pixelRatio: dots.pixelRatio });
    });
    map.on('dataloading', () => this.#container.setAttribute('aria-busy', 'true'));
    map.on('idle', () => {
      // The empty style that the map begins with is idle too.
      if (!this.#box) return;
      this.#container.setAttribute('aria-busy', 'false');
      painted();
    });
    map.on('error', (event) => {
      // Without the world around them the regions are still there.
      if ((event as { sourceId?: string }).sourceId !== 'base') this.#events.onError();
    });
  }

  /** A map in a window of another size tells of moving too, and has not moved. */
  #isFollowing(): boolean {
    return this.#followed === true || this.#followed === String(this.camera);
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

  /** Whether the middle of the map is somewhere among the regions. */
  #isInside(): boolean {
    if (!this.#box) return true;
    const [west, south, east, north] = this.#box;
    const { lng, lat } = this.#map.getCenter();
    return lng >= west && lng <= east && lat >= south && lat <= north;
  }

  #source(): string {
    return this.#map.getLayer(REGIONS_LAYER)?.source ?? Object.keys(this.#sources)[0] ?? '';
  }

  #fitRegions(codes: readonly string[]): boolean {
    const bounds = this.#boundsOf(codes);
    if (bounds.isEmpty()) return false;
    this.#isHome = false;
    this.#map.fitBounds(bounds, { padding: REGION_PADDING, maxZoom: REGION_ZOOM });
    return true;
  }

  /** Of what has been loaded of regions; empty where none is. */
  #boundsOf(codes: readonly string[]): LngLatBounds {
    const layer = this.#map.getLayer(REGIONS_LAYER);
    if (!layer?.source) return new LngLatBounds();
    const features = this.#map.querySourceFeatures(layer.source, {
      sourceLayer: layer.sourceLayer ?? '',
      filter: markedFilter(codes),
    });
    return boundsOf(features);
  }

  #step(by: number): void {
    this.#isHome = false;
    this.#map.easeTo({ zoom: this.#map.getZoom() + by });
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
