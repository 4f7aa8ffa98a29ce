import { geoConicEqualAreaRaw, geoEqualEarthRaw, geoMercatorRaw } from 'd3-geo';
import type { Bounds } from '../../../engine/types.ts';
import { MAX_LATITUDE } from '../../../engine/grid.ts';

export const PROJECTIONS = ['equal-area', 'mercator'] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

/** Degrees → a plane with y upwards, where the unit is one radian at the lines that are true to scale. */
export type Plane = (longitude: number, latitude: number) => PlanePoint;
export type PlanePoint = readonly [x: number, y: number];

type Raw = (lambda: number, phi: number) => [number, number];

/** The types of d3-geo have it without its parameters. */
const EQUAL_EARTH = geoEqualEarthRaw as unknown as Raw;

const RADIANS = Math.PI / 180;

/** Beyond this width a cone can no longer be unrolled without the ends standing on their heads. */
const WIDEST_CONE = 180;

/**
 * The projection for a view. `equal-area` keeps areas comparable, as a choropleth should: Albers' conic with its
 * standard parallels a sixth of the height from the edges (Deetz & Adams 1934), Equal Earth (Šavrič,
 * Patterson & Jenny 2018) for more than half the globe.
 *
 * @param bounds of the view; longitudes may exceed 180
 * @param meridian longitude that stands upright
 */
export function planeOf(name: ProjectionName, bounds: Bounds, meridian: number): Plane {
  const [west, south, east, north] = bounds;
  const raw: Raw =
    name === 'mercator'
      ? mercator
      : east - west > WIDEST_CONE
        ? EQUAL_EARTH
        : geoConicEqualAreaRaw(
            (south + (north - south) / 6) * RADIANS,
            (north - (north - south) / 6) * RADIANS,
          );
  return (longitude, latitude) => raw((longitude - meridian) * RADIANS, latitude * RADIANS);
}

function mercator(lambda: number, phi: number): [number, number] {
  const edge = MAX_LATITUDE * RADIANS;
  return geoMercatorRaw(lambda, Math.max(-edge, Math.min(edge, phi)));
}

/** How a plane is put on paper: `x' = k x + dx`, `y' = dy − k y`, in pixels. */
export interface Fit {
  readonly k: number;
  readonly dx: number;
  readonly dy: number;
  /** Pixels of the paper. */
  readonly width: number;
  readonly height: number;
}

/** Extent on the plane, grown point by point. */
export class Extent {
  #minX = Infinity;
  #minY = Infinity;
  #maxX = -Infinity;
  #maxY = -Infinity;

  add([x, y]: PlanePoint): void {
    this.#minX = Math.min(this.#minX, x);
    this.#minY = Math.min(this.#minY, y);
    this.#maxX = Math.max(this.#maxX, x);
    this.#maxY = Math.max(this.#maxY, y);
  }

  /** The largest fit into a frame of this size, centred. */
  fit(width: number, height: number): Fit {
    const [w, h] = [this.#maxX - this.#minX, this.#maxY - this.#minY];
    if (!(w >= 0)) return { k: 1, dx: 0, dy: 0, width, height };
    const k = Math.min(width / Math.max(w, 1e-9), height / Math.max(h, 1e-9));
    return {
      k,
      dx: (width - k * w) / 2 - k * this.#minX,
      dy: (height - k * h) / 2 + k * this.#maxY,
      width,
      height,
    };
  }
}

/**
 * The map zoom whose detail such a picture needs. Outlines are simplified on the Mercator plane, whose pixels are
 * largest on the ground at the latitude nearest to the equator.
 */
export function zoomOf(name: ProjectionName, k: number, [, south, , north]: Bounds): number {
  const nearest = south <= 0 && north >= 0 ? 0 : Math.min(Math.abs(south), Math.abs(north));
  const stretch = name === 'mercator' ? 1 : Math.cos(nearest * RADIANS);
  const zoom = Math.log2((2 * Math.PI * k * stretch) / 512);
  // Steps of a half, so that pictures of about the same size share their outlines.
  return Math.max(0, Math.min(20, Math.ceil(zoom * 2) / 2));
}
