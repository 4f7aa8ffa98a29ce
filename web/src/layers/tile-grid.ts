import type { Map as MapLibre } from 'maplibre-gl';
import { h } from '../dom.ts';
import { fetchTile, tileAddress, type LayerTiles, type TileContents } from './client.ts';
import { cornerOf, tilesIn, type Grid, type Placed } from './tiles.ts';
import { bytesText, featuresText, SAID } from './texts.ts';

/** Answers that are kept while somebody moves to and fro. */
const MOST_KEPT = 500;
const PICTURE_SIZE = 256;
const VECTOR_SIZE = 512;
/** Pixels from the left that the buttons take that zoom, and what a button of a tile needs. */
const ZOOM_BUTTONS = 52;
const [LEAST_WIDTH, LEAST_HEIGHT] = [72, 44];

export const nameOfTile = ({ z, x, y }: Pick<Placed, 'z' | 'x' | 'y'>): string => `${z}/${x}/${y}`;

interface Cell {
  tile: Placed;
  element: HTMLElement;
  button: HTMLElement;
}

/** Borders of the tiles over the map, and on each a button with its name, bytes and features. */
export class TileGrid {
  readonly element = h('div', { class: 'tile-grid', role: 'group', 'aria-label': SAID.tiles, hidden: true });
  readonly #map: MapLibre;
  readonly #onOpen: (tile: Placed) => void;
  readonly #known = new Map<string, TileContents>();
  #layer: LayerTiles | undefined;
  #cells: readonly Cell[] = [];
  #request = new AbortController();

  constructor(map: MapLibre, onOpen: (tile: Placed) => void) {
    this.#map = map;
    this.#onOpen = onOpen;
    map.on('move', () => this.#place());
    map.on('moveend', () => this.#draw());
    map.on('resize', () => this.#draw());
  }

  get isShown(): boolean {
    return !this.element.hidden;
  }

  /** Shows or hides it; of another layer, anew. */
  show(isShown: boolean, layer: LayerTiles | undefined): void {
    if (layer?.tiles[0] !== this.#layer?.tiles[0]) this.#known.clear();
    this.#layer = layer;
    this.element.hidden = !isShown || !layer;
    this.#draw();
  }

  /** The tile at a place of the map in pixels. */
  tileAt(x: number, y: number): Placed | undefined {
    return this.#cells.find(({ tile }) => {
      const { left, top, width, height } = this.#boxOf(tile);
      return x >= left && x < left + width && y >= top && y < top + height;
    })?.tile;
  }

  #draw(): void {
    this.#request.abort();
    if (!this.isShown || !this.#layer) {
      this.#cells = [];
      this.element.replaceChildren();
      return;
    }
    const { signal } = (this.#request = new AbortController());
    const grid = gridOf(this.#layer);
    const tiles = tilesIn(this.#view(), grid);
    const before = new Map(this.#cells.map((cell) => [keyOf(cell.tile), cell]));
    // A button that has the focus keeps it.
    this.#cells = tiles.map((tile) => before.get(keyOf(tile)) ?? this.#cell(tile));
    const kept = new Set(this.#cells);
    for (const cell of before.values()) if (!kept.has(cell)) cell.element.remove();
    for (const [i, { element }] of this.#cells.entries())
      if (this.element.children[i] !== element)
        this.element.insertBefore(element, this.element.children[i] ?? null);
    const isEmpty = tiles.length === 0 && this.#map.getZoom() < grid.minzoom;
    this.element.dataset.note = isEmpty ? SAID.noTiles(grid.minzoom) : '';
    this.#place();
    for (const cell of this.#cells) void this.#tell(cell, signal);
  }

  #view(): Parameters<typeof tilesIn>[0] {
    const bounds = this.#map.getBounds();
    return {
      zoom: this.#map.getZoom(),
      bounds: {
        west: bounds.getWest(),
        south: bounds.getSouth(),
        east: bounds.getEast(),
        north: bounds.getNorth(),
      },
    };
  }

  #cell(tile: Placed): Cell {
    const name = nameOfTile(tile);
    const button = h(
      'button',
      { type: 'button', class: 'tile-button', 'data-tile': name, onclick: () => this.#onOpen(tile) },
      h('span', { class: 'visually-hidden' }, SAID.tile('')),
      h('strong', {}, name),
      h('span', { class: 'tile-facts' }),
    );
    return { tile, button, element: h('div', { class: 'tile-cell' }, button) };
  }

  async #tell({ tile, button }: Cell, signal: AbortSignal): Promise<void> {
    if (!this.#layer) return;
    const name = nameOfTile(tile);
    const facts = button.querySelector('.tile-facts')!;
    const known = this.#known.get(name);
    try {
      const contents = known ?? (await fetchTile(tileAddress(this.#layer, tile, 0), signal));
      if (this.#known.size > MOST_KEPT) this.#known.clear();
      this.#known.set(name, contents);
      const { identity, br } = contents.bytes;
      const words =
        identity === 0 ? [SAID.empty] : [bytesText(br || identity), featuresText(contents.features)];
      facts.textContent = words.join(' · ');
      button.dataset.features = String(contents.features);
      button.dataset.bytes = String(br || identity);
    } catch {
      if (!signal.aborted) facts.textContent = SAID.failed;
    }
  }

  #place(): void {
    const { clientWidth, clientHeight } = this.element;
    for (const { tile, element, button } of this.#cells) {
      const { left, top, width, height } = this.#boxOf(tile);
      element.style.transform = `translate(${left}px, ${top}px)`;
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      // The button stays in view while enough of its tile is, and beside those that zoom.
      const [inset, drop] = [Math.max(0, ZOOM_BUTTONS - left), Math.max(0, -top)];
      element.style.setProperty('--left', `${inset}px`);
      element.style.setProperty('--top', `${drop}px`);
      const right = Math.min(left + width, clientWidth);
      const bottom = Math.min(top + height, clientHeight);
      button.hidden = right - left - inset < LEAST_WIDTH || bottom - top - drop < LEAST_HEIGHT;
    }
  }

  #boxOf({ z, column, y }: Placed): { left: number; top: number; width: number; height: number } {
    const from = this.#map.project(cornerOf(z, column, y));
    const to = this.#map.project(cornerOf(z, column + 1, y + 1));
    return { left: from.x, top: from.y, width: to.x - from.x, height: to.y - from.y };
  }
}

const keyOf = ({ z, column, y }: Placed): string => `${z}/${column}/${y}`;

const gridOf = ({ minzoom, maxzoom, bounds, vector_layers }: LayerTiles): Grid => {
  return { minzoom, maxzoom, bounds, size: vector_layers ? VECTOR_SIZE : PICTURE_SIZE };
};
