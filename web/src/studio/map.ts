import 'maplibre-gl/dist/maplibre-gl.css';
import {
  Map as MapLibre,
  NavigationControl,
  setWorkerUrl,
  type LngLatBoundsLike,
  type StyleSpecification,
} from 'maplibre-gl';
// As a file of this origin: the content security policy runs no other worker.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { TileJson } from '../api.ts';
import { BaseMap } from '../map/base.ts';
import { layerStyle } from '../layers/style.ts';
import { onBase, SURFACE } from '../map/map-style.ts';
import { TEXTS } from '../texts.ts';
import type { Draft } from './client.ts';
import { STUDIO } from './texts.ts';

setWorkerUrl(workerUrl);

const SOURCE = 'layer';
const FILL = 'regions';

/** What is drawn: tiles of a layer or a preview, with colours by code where there is a draft. */
interface Shown {
  readonly tiles: TileJson;
  readonly code: string | undefined;
}

/** The map of the draft. Colours are states of features, so that another draft of the same regions asks for no tile. */
export class DraftMap {
  readonly #map: MapLibre;
  readonly #container: HTMLElement;
  readonly #base: BaseMap;
  #headers: Record<string, string> = {};
  #shown: Shown | undefined;
  #draft: Draft | undefined;

  /** @throws where the browser has no WebGL */
  constructor(container: HTMLElement, onRegion: (code: string | undefined) => void) {
    this.#container = container;
    this.#base = new BaseMap(() => this.#draw());
    this.#map = new MapLibre({
      container,
      style: { version: 8, sources: {}, layers: [] },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 14,
      // Tiles of layers that only the key opens.
      transformRequest: (url) =>
        url.startsWith(location.origin) ? { url, headers: this.#headers } : { url },
      locale: {
        'Map.Title': STUDIO.mapLabel,
        'NavigationControl.ZoomIn': TEXTS.zoomIn,
        'NavigationControl.ZoomOut': TEXTS.zoomOut,
      },
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'top-left');
    this.#map.on('idle', () => this.#container.setAttribute('aria-busy', 'false'));
    const tell = ({ point }: { point: { x: number; y: number } }): void => {
      if (!this.#map.getLayer(FILL)) return;
      const [feature] = this.#map.queryRenderedFeatures([point.x, point.y], { layers: [FILL] });
      onRegion(feature?.id === undefined ? undefined : String(feature.id));
    };
    this.#map.on('mousemove', tell);
    this.#map.on('click', tell);
  }

  /** Sends the key with requests of this origin from now on. */
  use(headers: Record<string, string>): void {
    this.#headers = headers;
  }

  /** Draws regions as they are. @param code the property that the colours of drafts go by */
  async showTiles(tiles: TileJson, code?: string): Promise<void> {
    const isOther = tiles.tiles[0] !== this.#shown?.tiles.tiles[0];
    this.#shown = { tiles, code };
    this.#draft = undefined;
    await this.#base.beside(Promise.resolve());
    this.#draw();
    if (isOther) this.#fit(tiles.bounds);
  }

  /** Colours them. */
  color(draft: Draft): void {
    this.#draft = draft;
    if (this.#shown && this.#shown.code === draft.layer?.code) this.#paint();
    this.#container.setAttribute('aria-busy', 'true');
    this.#map.triggerRepaint();
  }

  #fit([west, south, east, north]: TileJson['bounds']): void {
    const bounds: LngLatBoundsLike = [west, south, east, north];
    this.#map.fitBounds(bounds, { padding: 24, animate: false });
  }

  #draw(): void {
    const shown = this.#shown;
    if (!shown) return;
    this.#container.setAttribute('aria-busy', 'true');
    const style =
      shown.code === undefined ? this.#plain(shown.tiles) : this.#colored(shown.tiles, shown.code);
    this.#map.setStyle(style, { diff: false });
    this.#map.once('style.load', () => this.#paint());
  }

  #plain(tiles: TileJson): StyleSpecification {
    return layerStyle(tiles, this.#base.theme, { base: this.#base.style });
  }

  #colored(tiles: TileJson, code: string): StyleSpecification {
    const layer = tiles.vector_layers?.[0]?.id ?? '';
    const { background, outline } = SURFACE[this.#base.theme];
    const isDark = this.#base.theme === 'dark';
    const { bounds, minzoom, maxzoom, attribution } = tiles;
    const source = { bounds, minzoom, maxzoom, ...(attribution ? { attribution } : {}) };
    const of = { source: SOURCE, 'source-layer': layer };
    const style: StyleSpecification = {
      version: 8,
      sources: { [SOURCE]: { type: 'vector', tiles: tiles.tiles, ...source, promoteId: { [layer]: code } } },
      layers: [
        { id: 'background', type: 'background', paint: { 'background-color': background } },
        {
          ...{ id: FILL, type: 'fill', ...of },
          paint: {
            'fill-color': ['to-color', ['feature-state', 'color'], isDark ? '#3a434d' : '#d5d9dd'],
            'fill-antialias': false,
          },
        },
        {
          ...{ id: 'outlines', type: 'line', ...of },
          paint: {
            'line-color': outline,
            'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.1, 6, 0.6, 10, 1.2],
          },
        },
      ],
    };
    return onBase(style, this.#base.style);
  }

  #paint(): void {
    const { classes, values } = this.#draft ?? {};
    const layer = this.#shown?.tiles.vector_layers?.[0]?.id;
    if (this.#shown?.code === undefined || layer === undefined || !this.#map.getSource(SOURCE)) return;
    const of = { source: SOURCE, sourceLayer: layer };
    this.#map.removeFeatureState(of);
    if (!classes || !values) return;
    const { thresholds, thresholdClasses, noData } = classes;
    const colors = new Map(classes.classes.map(({ id, color }) => [id, color]));
    for (const [code, , value] of values) {
      const step = value === null ? -1 : thresholds.filter((threshold) => threshold <= value).length;
      const color = step < 0 ? noData.color : (colors.get(thresholdClasses[step] ?? 0) ?? noData.color);
      this.#map.setFeatureState({ ...of, id: code }, { color });
    }
  }
}
