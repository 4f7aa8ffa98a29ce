import { invalidParameter } from '../../errors.ts';
import { filterFault, type Place } from '../fault.ts';
import { boxShape, mapPositions, positionsOf, type Box, type Shape } from '../tree/shape.ts';

/** What the geometries of a filter are written in. */
export interface FilterCrs {
  readonly srid: number;
  /** Latitude, or northing, comes first. */
  readonly swapped: boolean;
  /** Largest x and y that mean anything; undefined where the system has no bounds of its own. */
  readonly most: readonly [x: number, y: number] | undefined;
  /** A whole turn along x, where x is a longitude. */
  readonly turn: number | undefined;
}

/** A geometry with x (east) first. */
export interface PlacedShape {
  readonly srid: number;
  readonly shape: Shape;
}

const DEGREES = { most: [180, 90], turn: 360 } as const;
/** Half of the world in web mercator, in metres; rounding may go beyond by a hair. */
const HALF_WORLD = 20_037_508.4;

export const CRS84: FilterCrs = { srid: 4326, swapped: false, ...DEGREES };
const LATITUDE_FIRST: FilterCrs = { srid: 4326, swapped: true, ...DEGREES };
const WEB_MERCATOR: FilterCrs = {
  srid: 3857,
  swapped: false,
  most: [HALF_WORLD, HALF_WORLD * 10],
  turn: undefined,
};
const CODE =
  /^(?:https?:\/\/www\.opengis\.net\/def\/crs\/EPSG\/[\d.]+\/|urn:ogc:def:crs:EPSG:[\d.]*:|\[?EPSG:)(\d{4,6})\]?$/i;
const IS_CRS84 =
  /^(?:https?:\/\/www\.opengis\.net\/def\/crs\/OGC\/(?:1\.3|0)\/CRS84|urn:ogc:def:crs:OGC:(?:1\.3)?:CRS84|\[?OGC:CRS84\]?)$/i;

/**
 * The system that `filter-crs` names: those whose order of axes is known, which are CRS84, EPSG:4326 (latitude first),
 * EPSG:3857, and the UTM zones of WGS 84.
 * @throws AppError `invalid_parameter`
 */
export function readCrs(name: string | undefined): FilterCrs {
  const found = findCrs(name);
  if (found) return found;
  throw invalidParameter(
    'filter-crs',
    name,
    'http://www.opengis.net/def/crs/OGC/1.3/CRS84, or http://www.opengis.net/def/crs/EPSG/0/ with 4326 (latitude first), 3857, or a UTM zone (32601–32660, 32701–32760)',
  );
}

/** The same; undefined for a system whose axes are not known without looking it up. */
export function findCrs(name: string | undefined): FilterCrs | undefined {
  if (name === undefined || IS_CRS84.test(name)) return CRS84;
  const code = Number(CODE.exec(name)?.[1]);
  if (code === 4326) return LATITUDE_FIRST;
  if (code === 3857) return WEB_MERCATOR;
  const zone = code % 100;
  if (/^32[67]/.test(String(code)) && String(code).length === 5 && zone >= 1 && zone <= 60)
    return { srid: code, swapped: false, most: [20_000_000, 20_000_000], turn: undefined };
  return undefined;
}

/** A geometry as written, with x first. @throws AppError `filter_invalid` for what lies outside of the system */
export function placed(shape: Shape, crs: FilterCrs, at: Place): PlacedShape {
  const turned = crs.swapped ? mapPositions(shape, ([first, second]) => [second, first]) : shape;
  const { most } = crs;
  if (most) {
    const outside = positionsOf(turned).find(([x, y]) => Math.abs(x) > most[0] || Math.abs(y) > most[1]);
    if (outside)
      throw filterFault(
        at,
        crs.turn === undefined
          ? `coordinates that EPSG:${crs.srid} has`
          : `longitudes within ±180 and latitudes within ±90, ${crs.swapped ? 'latitude' : 'longitude'} first`,
        (crs.swapped ? [outside[1], outside[0]] : outside).join(' '),
      );
  }
  return { srid: crs.srid, shape: turned };
}

/** A box of four numbers, or of six where it has heights, which are passed over. */
export function placedBox(numbers: readonly number[], crs: FilterCrs, at: Place): PlacedShape {
  const [a = NaN, b = NaN, c = NaN, d = NaN] =
    numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers;
  if ((numbers.length !== 4 && numbers.length !== 6) || !numbers.every(Number.isFinite))
    throw filterFault(at, 'a box of four numbers, or of six with heights', numbers.join());
  const box: Box = crs.swapped ? [b, a, d, c] : [a, b, c, d];
  const [west, south, east, north] = box;
  if (south > north || (west > east && crs.turn === undefined))
    throw filterFault(at, 'a box whose lower corner comes first', numbers.join());
  return placed(boxShape(box, crs.turn), { ...crs, swapped: false }, at);
}
