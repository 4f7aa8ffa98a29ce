import { mendedBytes, type MendedShapes } from '../mending/flat.ts';
import { mendedShapes } from '../mending/mend.ts';
import type { Topology } from '../topology/topology.ts';
import { atOnce, inTurns } from '../../tools/turns.ts';
import { bandBytes, buildBand, type Band } from './band.ts';
import { ExpectedZooms } from './expected.ts';

/**
 * Tile units that simplification may move a line by. Rounding moves it by up to half a unit anyway; a
 * quarter more keeps outlines within one unit of the unsimplified ones.
 */
const TOLERANCE = 0.25;

/** A zoom that would keep this share of the deepest zoom's vertices uses that zoom's band: memory before speed. */
const NEARLY_ALL = 0.8;

/** What was made of zooms: their bands, each of them by the zoom whose band it has, and what is drawn in another way. */
export interface MadeZooms {
  readonly bands: ReadonlyMap<number, Band>;
  readonly bandOf: ReadonlyMap<number, number>;
  readonly mended: ReadonlyMap<number, MendedShapes>;
}

/** The bands of a topology, one for each zoom up to `maxZoom`, built when first asked for. */
export class Bands {
  readonly #topology: Topology;
  readonly #extent: number;
  readonly #maxZoom: number;
  readonly #byZoom: Map<number, Band>;
  readonly #mended: Map<number, MendedShapes>;
  readonly #zoomOfBand: Map<number, number>;
  readonly #expected = new ExpectedZooms();
  readonly #preparing = new Map<number, Promise<void>>();

  constructor(topology: Topology, options: { extent: number; maxZoom: number }, made?: MadeZooms) {
    this.#byZoom = new Map(made?.bands);
    this.#mended = new Map(made?.mended);
    this.#zoomOfBand = new Map(made?.bandOf);
    this.#topology = topology;
    this.#extent = options.extent;
    this.#maxZoom = options.maxZoom;
  }

  /** Bytes that the bands built so far take. */
  get bytes(): number {
    const bands = [...new Set(this.#byZoom.values())].reduce((sum, band) => sum + bandBytes(band), 0);
    return [...this.#mended.values()].reduce((sum, mended) => sum + mendedBytes(mended), bands);
  }

  /** What was made so far. */
  get made(): MadeZooms {
    const used = new Set(this.#zoomOfBand.values());
    const bands = [...this.#byZoom].filter(([zoom]) => used.has(zoom));
    return { bands: new Map(bands), bandOf: this.#zoomOfBand, mended: this.#mended };
  }

  /** Vertices of a zoom's band where that is there. */
  verticesAt(zoom: number): number | undefined {
    const band = this.#byZoom.get(Math.min(zoom, this.#maxZoom));
    return band && band.coords.length / 2;
  }

  at(zoom: number): Band {
    const z = Math.min(zoom, this.#maxZoom);
    let band = this.#byZoom.get(z);
    if (!band) {
      const other = this.#zoomOf(z);
      band = other === z ? atOnce(buildBand(this.#topology, this.#tolerance(z))) : this.at(other);
      this.#byZoom.set(z, band);
    }
    return band;
  }

  /** Polygons of a zoom that are drawn in another way than its band has them. */
  mended(zoom: number): MendedShapes {
    let mended = this.#mended.get(zoom);
    if (!mended) {
      mended = atOnce(this.#mend(zoom));
      this.#mended.set(zoom, mended);
    }
    return mended;
  }

  /** Says that `adopt` will come for zooms, so that their polygons are not looked at here: until `giveUp`. */
  expect(zooms: readonly number[]): void {
    for (const zoom of zooms) if (!this.#mended.has(zoom)) this.#expected.add(zoom);
  }

  /** Of the zooms that are expected the one that is needed first. */
  get nextExpected(): number | undefined {
    return this.#expected.next;
  }

  /** Whether somebody waits for one of them. */
  get isAsked(): boolean {
    return this.#expected.isAsked;
  }

  /** Takes what was found of the same topology elsewhere, and the zoom's band where that comes with it. */
  adopt(zoom: number, mended: MendedShapes, band?: Band): void {
    if (band) {
      const z = this.#zoomOf(Math.min(zoom, this.#maxZoom));
      const { shapeStart } = this.#topology; // once for all bands
      if (!this.#byZoom.has(z)) this.#byZoom.set(z, { ...band, shapeStart });
    }
    this.#mended.set(zoom, mended);
    this.#expected.end(zoom);
  }

  giveUp(): void {
    this.#expected.endAll();
  }

  /** Builds what a zoom has in turns of the event loop, or waits for what is expected; undefined where it is there. */
  prepare(zoom: number): Promise<void> | undefined {
    const z = this.#zoomOf(Math.min(zoom, this.#maxZoom));
    if (this.#byZoom.has(z) && this.#mended.has(zoom)) return undefined;
    this.#expected.ask(zoom);
    let running = this.#preparing.get(zoom);
    if (!running) {
      running = this.#prepare(zoom, z).finally(() => this.#preparing.delete(zoom));
      this.#preparing.set(zoom, running);
    }
    return running;
  }

  async #prepare(zoom: number, z: number): Promise<void> {
    await this.#expected.wait(zoom);
    if (!this.#byZoom.has(z)) {
      const band = await inTurns(buildBand(this.#topology, this.#tolerance(z)));
      if (!this.#byZoom.has(z)) this.#byZoom.set(z, band);
    }
    if (!this.#mended.has(zoom)) this.#mended.set(zoom, await inTurns(this.#mend(zoom)));
  }

  #mend(zoom: number): Generator<void, MendedShapes> {
    const z = this.#zoomOf(Math.min(zoom, this.#maxZoom));
    return mendedShapes(this.#topology, this.at(zoom), this.#tolerance(z), this.#extent * 2 ** zoom);
  }

  /** The zoom whose band serves another: the deepest where that has hardly more vertices. */
  #zoomOf(z: number): number {
    const known = this.#zoomOfBand.get(z);
    if (known !== undefined) return known;
    const isNearlyAll = z < this.#maxZoom && this.#count(z) >= NEARLY_ALL * this.#count(this.#maxZoom);
    const zoom = isNearlyAll ? this.#maxZoom : z;
    this.#zoomOfBand.set(z, zoom);
    return zoom;
  }

  #tolerance(zoom: number): number {
    return TOLERANCE / (this.#extent * 2 ** zoom);
  }

  #count(zoom: number): number {
    const tolerance = this.#tolerance(zoom);
    let count = 0;
    for (const weight of this.#topology.weights) if (weight >= tolerance) count++;
    return count;
  }
}
