import type { StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../../server/choropleth/color/index.ts';
import type { Answer } from './answer.ts';
import { h } from './dom.ts';
import { Histogram } from './histogram/histogram.ts';
import { FarPlaces } from './map/far-places.ts';
import { Legend, regionsIn, type LegendRow } from './map/legend.ts';
import { colorsOf, pageStyle } from './map/map-style.ts';
import { RegionMap } from './map/region-map.ts';
import { Tooltip } from './map/tooltip.ts';
import { RegionCard } from './panel/region-card.ts';
import type { Camera } from './state.ts';
import { RegionTable } from './table/region-table.ts';
import { TEXTS } from './texts.ts';

export interface PictureEvents {
  onSelect(code: string | undefined): void;
  /** See the map's. */
  onDrill(code: string): boolean;
  onMove(camera: Camera | undefined): void;
  onTilesFailed(): void;
  onBreaks(breaks: readonly number[]): void;
}

/** What an answer is drawn with, and where. */
export interface DrawOptions {
  theme: Theme;
  /** What lies under the regions. */
  base: StyleSpecification | undefined;
  geometry: string;
  selected: string | undefined;
  marked: readonly string[];
  camera: Camera | undefined;
  /** Whether the lines between classes can be moved. */
  isMovable: boolean;
}

/** The parts of the page that show an answer, joined: what is pointed at in one shows in the others. */
export class Picture {
  readonly mapElement = h('div', { class: 'map' });
  readonly far = new FarPlaces(() => this.map, this.mapElement);
  readonly tooltip = new Tooltip();
  readonly legend: Legend;
  readonly table: RegionTable;
  readonly card: RegionCard;
  readonly histogram: Histogram;
  readonly map: RegionMap | undefined;
  readonly #events: PictureEvents;
  #answer: Answer | undefined;
  #pinned: LegendRow | undefined;

  constructor(events: PictureEvents, actions: readonly HTMLElement[]) {
    this.#events = events;
    this.legend = new Legend(
      { onPoint: (row) => this.#highlight(row), onPin: (row) => this.#pin(row) },
      actions,
    );
    this.table = new RegionTable({
      onSelect: (code) => {
        events.onSelect(code);
        this.map?.view.reveal(code);
      },
      onHover: (code) => this.map?.point(code),
      onWiden: (isWide) => {
        document.body.dataset.table = isWide ? 'wide' : 'beside';
      },
      onShowAll: () => this.#pin(undefined),
    });
    this.card = new RegionCard({
      onClose: () => events.onSelect(undefined),
      onZoom: (code) => this.map?.view.zoomTo(code),
    });
    this.histogram = new Histogram((breaks) => events.onBreaks(breaks));
    this.map = this.#makeMap();
  }

  draw(answer: Answer, options: DrawOptions): void {
    const { theme, base, geometry, selected, marked, camera, isMovable } = options;
    const isOther = answer.choropleth !== this.#answer?.choropleth;
    this.#answer = answer;
    this.legend.draw(answer);
    this.table.draw(answer);
    this.histogram.draw(answer, isMovable);
    this.map?.show(pageStyle(answer, theme, { selected, marked }, base), geometry, camera, colorsOf(answer));
    // Another map has other classes.
    this.#pin(isOther ? undefined : this.#pinned);
  }

  select(code: string | undefined): void {
    this.map?.select(code);
    this.table.select(code);
    this.card.draw(this.#answer, code);
  }

  /** The regions that are shown fill the map; where that is all of them, as it opened. */
  fit(isAll: boolean): void {
    if (isAll) this.map?.view.home();
    else this.map?.view.fit(this.#answer?.regions.map(({ code }) => code) ?? []);
  }

  #pin(row: LegendRow | undefined): void {
    const isSame = row === undefined && this.#pinned === undefined;
    this.#pinned = row;
    this.legend.pin(row);
    if (!isSame) this.table.limit({ classId: row?.classId, status: row?.status, label: row?.label ?? '' });
    this.#highlight(undefined);
  }

  /** What is pointed at goes before what is pinned. */
  #highlight(pointed: LegendRow | undefined): void {
    const row = pointed ?? this.#pinned;
    this.map?.highlight(row && regionsIn(this.#answer, row));
  }

  #makeMap(): RegionMap | undefined {
    try {
      return new RegionMap(this.mapElement, {
        onHover: (code, place) => {
          this.tooltip.draw(this.#answer, code, place);
          this.table.hover(code);
        },
        onSelect: (code) => this.#events.onSelect(code),
        onDrill: (code) => this.#events.onDrill(code),
        onMove: (camera) => {
          this.far.moved(camera);
          this.#events.onMove(camera);
        },
        onError: () => this.#events.onTilesFailed(),
      });
    } catch {
      this.mapElement.replaceChildren(
        h('p', { class: 'no-map' }, TEXTS.noWebGl, h('span', {}, TEXTS.noWebGlDetail)),
      );
      return undefined;
    }
  }
}
