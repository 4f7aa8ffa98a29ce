import type { Map as MapLibre } from 'maplibre-gl';

/** Where the regions are in a style. */
export interface RegionPlace {
  source: string;
  sourceLayer: string;
}

interface RegionState {
  color: string;
  faded: boolean;
}

/**
 * Colours of regions and which of them fade, kept beside their tiles as feature state: what changes is drawn with
 * the next picture, and no tile is laid out anew.
 */
export class RegionStates {
  readonly #map: MapLibre;
  #place: RegionPlace | undefined;
  #colors: ReadonlyMap<string, string> = new Map();
  #kept: ReadonlySet<string> | undefined;
  /** What the source has been told, which is lost with it. */
  #told = new Map<string, RegionState>();
  #source: unknown;

  constructor(map: MapLibre) {
    this.#map = map;
    // A style that cannot be changed into the next one is loaded anew, and its sources come later.
    map.on('styledata', () => {
      if (this.#place && this.#map.getSource(this.#place.source) !== this.#source) this.#tell();
    });
  }

  /** Colours by code, of the regions at a place; without one there are none. */
  paint(place: RegionPlace | undefined, colors: ReadonlyMap<string, string>): void {
    this.#place = place;
    this.#colors = colors;
    this.#tell();
  }

  /** Lets all but these regions fade; none fades without any. */
  fadeAllBut(codes: readonly string[] | undefined): void {
    this.#kept = codes && new Set(codes);
    this.#tell();
  }

  #tell(): void {
    const place = this.#place;
    const source = place && this.#map.getSource(place.source);
    if (!place || !source) return;
    if (source !== this.#source) this.#told.clear();
    this.#source = source;
    for (const [code, color] of this.#colors) {
      const faded = this.#kept !== undefined && !this.#kept.has(code);
      const told = this.#told.get(code);
      if (told?.color === color && told.faded === faded) continue;
      this.#told.set(code, { color, faded });
      this.#map.setFeatureState({ ...place, id: code }, { color, faded });
    }
    for (const code of this.#told.keys()) {
      if (this.#colors.has(code)) continue;
      this.#told.delete(code);
      this.#map.setFeatureState({ ...place, id: code }, { color: null, faded: this.#kept !== undefined });
    }
  }
}
