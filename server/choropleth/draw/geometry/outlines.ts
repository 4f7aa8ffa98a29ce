import type { Geometry, Position } from 'geojson';
import { LRUCache } from 'lru-cache';
import { simplifyShared } from '../../../engine/topology/simplify.ts';
import { piecesOf, unwrapPolygon } from './cutting.ts';
import type { DrawnLayer } from '../drawing.ts';
import type { Extent, Fit, Plane, PlanePoint } from './projection.ts';

/** Simplified regions are kept for a few sizes of pictures: so many vertices before they were simplified. */
const KEPT_VERTICES = 3_000_000;
const simplified = new LRUCache<string, readonly (Geometry | null)[]>({ maxSize: KEPT_VERTICES });
const names = new WeakMap<DrawnLayer, number>();
let named = 0;

function geometriesAt(layer: DrawnLayer, zoom: number): readonly (Geometry | null)[] {
  const name = names.get(layer) ?? ++named;
  names.set(layer, name);
  const key = `${name}/${zoom}`;
  let geometries = simplified.get(key);
  if (!geometries) {
    const { topology } = layer.index;
    geometries = simplifyShared(topology, { zoom });
    simplified.set(key, geometries, { size: Math.max(1, topology.vertexCount) });
  }
  return geometries;
}

/** Rings of one region on the plane: x, y, x, y, … */
export interface PlaneRegion {
  readonly row: number;
  readonly rings: readonly (readonly number[])[];
}

export interface OutlineOptions {
  readonly plane: Plane;
  readonly cut: number;
  readonly zoom: number;
  /** Longest stretch in degrees that is drawn as a straight line. */
  readonly step: number;
  /** Whether a polygon that starts at this place (unwrapped) is drawn. */
  has(longitude: number, latitude: number): boolean;
}

/** The given rows of a layer on the plane, as detailed as the zoom asks for. */
export function planeRegions(
  layer: DrawnLayer,
  rows: Iterable<number>,
  { plane, cut, zoom, step, has }: OutlineOptions,
): PlaneRegion[] {
  const geometries = geometriesAt(layer, zoom);
  return Array.from(rows, (row) => ({
    row,
    rings: polygonsOf(geometries[row] ?? null)
      .map((polygon) => unwrapPolygon(polygon, cut))
      .filter(([exterior]) => exterior && has(exterior[0]![0]!, exterior[0]![1]!))
      .flatMap((polygon) => piecesOf(polygon, cut).flat())
      .map((ring) => planeRing(ring, plane, step)),
  }));
}

function polygonsOf(geometry: Geometry | null): readonly Position[][][] {
  if (geometry?.type === 'Polygon') return [geometry.coordinates];
  return geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
}

/**
 * A ring on the plane. Long stretches get vertices in between, as a parallel is a curve there: the same
 * ones whichever way the border is walked, so neighbours still share it.
 */
function planeRing(ring: readonly Position[], plane: Plane, step: number): number[] {
  const flat: number[] = [];
  let [lastX, lastY] = [NaN, NaN];
  for (const [x = 0, y = 0] of ring) {
    const distance = Math.max(Math.abs(x - lastX), Math.abs(y - lastY));
    const pieces = distance > step ? Math.ceil(distance / step) : 1;
    for (let i = 1; i < pieces; i++) {
      flat.push(...plane(lastX + ((x - lastX) * i) / pieces, lastY + ((y - lastY) * i) / pieces));
    }
    flat.push(...plane(x, y));
    [lastX, lastY] = [x, y];
  }
  return flat;
}

export function extendBy(extent: Extent, { rings }: PlaneRegion): void {
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) extent.add([ring[i]!, ring[i + 1]!]);
  }
}

/** Units of path data per pixel: whole numbers are short, and a tenth of a pixel is fine enough. */
export const UNITS_PER_PIXEL = 10;

/** Pixels beyond the paper that are drawn too, so that no stroke ends at its edge. */
const BEYOND = 10;

/** SVG path data in tenths of a pixel; empty where nothing that has an area there is to be seen. */
export function pathData({ rings }: PlaneRegion, fit: Fit): string {
  return rings.map((ring) => (isSeen(ring, fit) ? ringData(ring, fit) : '')).join('');
}

/**
 * A square for a region that would be too small to have an area; empty where it is not on the paper.
 *
 * @param side in pixels; a tenth at least
 */
export function markData([x, y]: PlanePoint, { k, dx, dy, width, height }: Fit, side: number): string {
  const [left, top] = [k * x + dx, dy - k * y];
  if (left < 0 || left > width || top < 0 || top > height) return '';
  const units = Math.max(1, Math.round(side * UNITS_PER_PIXEL));
  const corner = [left, top].map((middle) => Math.round((middle - side / 2) * UNITS_PER_PIXEL));
  return `M${corner.join(' ')}l${units} 0 0 ${units}-${units} 0z`;
}

function isSeen(ring: readonly number[], { k, dx, dy, width, height }: Fit): boolean {
  let [left, right, above, below] = [true, true, true, true];
  for (let i = 0; i < ring.length; i += 2) {
    const x = k * ring[i]! + dx;
    const y = dy - k * ring[i + 1]!;
    left &&= x < -BEYOND;
    right &&= x > width + BEYOND;
    above &&= y < -BEYOND;
    below &&= y > height + BEYOND;
  }
  return !(left || right || above || below);
}

function ringData(ring: readonly number[], { k, dx, dy }: Fit): string {
  let steps = '';
  let area = 0;
  let [startX, startY, lastX, lastY] = [0, 0, 0, 0];
  for (let i = 0; i < ring.length; i += 2) {
    const x = Math.round((k * ring[i]! + dx) * UNITS_PER_PIXEL);
    const y = Math.round((dy - k * ring[i + 1]!) * UNITS_PER_PIXEL);
    if (i === 0) [startX, startY] = [x, y];
    else if (x !== lastX || y !== lastY) {
      steps += pair(x - lastX, y - lastY, steps !== '');
      area += (lastX - startX) * (y - startY) - (x - startX) * (lastY - startY);
    }
    [lastX, lastY] = [x, y];
  }
  return area === 0 ? '' : `M${startX} ${startY}l${steps}z`;
}

function pair(x: number, y: number, separated: boolean): string {
  return `${separated && x >= 0 ? ' ' : ''}${x}${y >= 0 ? ' ' : ''}${y}`;
}
