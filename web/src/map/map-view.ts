import { LngLatBounds, type Map as MapLibre, type StyleSpecification } from 'maplibre-gl';
import type { Camera } from '../state.ts';
import { boundsOf } from './bounds.ts';
import { markedFilter, REGIONS_LAYER, type Box } from './map-style.ts';

export interface ViewEvents {
  /** Undefined after the whole was shown. */
  onMove(camera: Camera | undefined): void;
  /** The map is moving by itself or by hand, which another one may follow; a map that follows does not tell. */
  onCamera?(camera: Camera): void;
}

/** Pixels that stay free around what the map is fitted to; on the left there are the buttons. */
const PADDING = { top: 24, right: 28, bottom: 24, left: 28 };
const BUTTONS_WIDTH = 36;
/** A narrower map has too little width to give some away. */
const WIDE_MAP = 640;
/** A smaller map has no room within the padding. */
const MIN_MAP = 100;
const REGION_PADDING = 90;
/** The map is not zoomed closer than this to a small region. */
const REGION_ZOOM = 8;

/** Where a map looks, and how it gets elsewhere. */
export class MapView {
  readonly #map: MapLibre;
  readonly #container: HTMLElement;
  #box: Box | undefined;
  /** True while the map shows the whole, so that it still does in a window of another size. */
  #isHome = true;
  /** Where it last went after another map; true while it goes there. */
  #followed: string | true | undefined;

  constructor(map: MapLibre, container: HTMLElement, { onMove, onCamera }: ViewEvents) {
    this.#map = map;
    this.#container = container;
    map.on('movestart', ({ originalEvent }) => {
      if (originalEvent) this.#isHome = false;
    });
    map.on('move', () => {
      if (!this.#isFollowing()) onCamera?.(this.camera);
    });
    map.on('moveend', () => {
      if (!this.#isFollowing()) onMove(this.seen);
    });
    map.on('resize', () => {
      if (this.#isHome) this.home(false);
    });
  }

  /** The box that the map opens with; none before there are regions. */
  get opening(): Box | undefined {
    return this.#box;
  }

  /** Where the map is. */
  get camera(): Camera {
    const { lat, lng } = this.#map.getCenter();
    return [this.#map.getZoom(), lat, lng];
  }

  /** The same as an address has it; undefined while the map shows the whole. */
  get seen(): Camera | undefined {
    const [zoom, lat, lng] = this.camera;
    return this.#isHome ? undefined : [round(zoom, 2), round(lat, 4), round(lng, 4)];
  }

  /** Takes what a style opens with, and draws it: the first one moves the map to where it is, which nobody did. */
  opens(box: Box | undefined, draw: () => void): void {
    this.#box = box;
    const followed = this.#followed;
    this.#followed = true;
    draw();
    this.#followed = followed;
  }

  /** At `camera`, or else where the map is, unless the regions lie elsewhere. */
  settle(camera: Camera | undefined): void {
    if (camera) this.follow(camera);
    else if (this.#isHome || !this.#isInside()) this.home(false);
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

  step(by: number): void {
    this.#isHome = false;
    this.#map.easeTo({ zoom: this.#map.getZoom() + by });
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

  /** Moves to a box in degrees; its west exceeds its east where it crosses the antimeridian. */
  lookAt([west, south, east, north]: Box): void {
    this.#isHome = false;
    const right = east < west ? east + 360 : east;
    this.#map.fitBounds([west, south, right, north], { padding: REGION_PADDING, maxZoom: REGION_ZOOM });
  }

  #goTo(codes: readonly string[]): void {
    if (this.#fitRegions(codes)) return;
    this.#showAll();
    void this.#map.once('idle').then(() => this.#fitRegions(codes));
  }

  /** All that there are tiles of: regions far from the others too. */
  #showAll(): void {
    const id = this.#map.getLayer(REGIONS_LAYER)?.source;
    const source: StyleSpecification['sources'][string] | undefined =
      id === undefined ? undefined : this.#map.getStyle().sources[id];
    const box = source?.type === 'vector' ? source.bounds : undefined;
    if (!box) return this.home(false);
    this.#isHome = false;
    this.#map.fitBounds(box, { animate: false });
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

  /** A map in a window of another size tells of moving too, and has not moved. */
  #isFollowing(): boolean {
    return this.#followed === true || this.#followed === String(this.camera);
  }

  /** Whether the middle of the map is somewhere among the regions. */
  #isInside(): boolean {
    if (!this.#box) return true;
    const [west, south, east, north] = this.#box;
    const { lng, lat } = this.#map.getCenter();
    return lng >= west && lng <= east && lat >= south && lat <= north;
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
