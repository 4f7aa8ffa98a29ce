import { sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import type { Random } from '../../../tools/random.ts';
import { foldKey } from '../../../places/fold.ts';

export type Ring = readonly (readonly [number, number])[];

/** A region that people are put in. */
export interface Place {
  readonly kode: string;
  readonly kodeProvinsi: string | null;
  readonly kabupaten: string;
  readonly provinsi: string;
  readonly rings: readonly Ring[];
  /** West, south, east, north in degrees. */
  readonly box: readonly [number, number, number, number];
  readonly weight: number;
}

/** Rough population in millions (census of 2020, provinces of today): only its proportions matter. */
// prettier-ignore
const POPULATION: Readonly<Record<string, number>> = {
  aceh: 5.3, sumaterautara: 14.8, sumaterabarat: 5.5, riau: 6.4, jambi: 3.5, sumateraselatan: 8.5, bengkulu: 2.0,
  lampung: 9.0, kepulauanbangkabelitung: 1.5, kepulauanriau: 2.1, dkijakarta: 10.6, jawabarat: 48.3, jawatengah: 36.5,
  diyogyakarta: 3.7, jawatimur: 40.7, banten: 11.9, bali: 4.3, nusatenggarabarat: 5.3, nusatenggaratimur: 5.3,
  kalimantanbarat: 5.4, kalimantantengah: 2.7, kalimantanselatan: 4.1, kalimantantimur: 3.8, kalimantanutara: 0.7,
  sulawesiutara: 2.6, sulawesitengah: 3.0, sulawesiselatan: 9.1, sulawesitenggara: 2.6, gorontalo: 1.2, sulawesibarat: 1.4,
  maluku: 1.8, malukuutara: 1.3, papuabarat: 0.6, papuabaratdaya: 0.6, papua: 1.0, papuaselatan: 0.5, papuatengah: 1.4,
  papuapegunungan: 1.4,
};
const OTHER = 1;
/** A point is looked for in a box this often; a region that is nearly all hole gets one of its corners. */
const TRIES = 1_000;

interface PlaceRow {
  kode: string;
  kode_provinsi: string | null;
  kabupaten: string;
  provinsi: string;
  geometry: string;
}

/**
 * The regencies and cities of the database, or its provinces where it has none. A province's population is shared out
 * evenly among its regencies.
 * @throws Error where there are no boundaries
 */
export async function readPlaces(db: Queryable): Promise<Place[]> {
  const regencies = await db.run<PlaceRow>(sql`
    select kode, kode_provinsi, name_2 as kabupaten, name_1 as provinsi, ST_AsGeoJSON(geom, 6) as geometry
    from public.kabupaten where kode is not null and not ST_IsEmpty(geom) order by kode`);
  const rows =
    regencies.length > 0
      ? regencies
      : await db.run<PlaceRow>(sql`
          select kode, kode as kode_provinsi, '' as kabupaten, name_1 as provinsi, ST_AsGeoJSON(geom, 6) as geometry
          from public.provinsi where kode is not null and not ST_IsEmpty(geom) order by kode`);
  if (rows.length === 0)
    throw new Error('public.kabupaten and public.provinsi hold no boundaries; import them first');
  const shares = new Map<string, number>();
  for (const { provinsi } of rows) shares.set(foldKey(provinsi), (shares.get(foldKey(provinsi)) ?? 0) + 1);
  return rows.map((row) => {
    const rings = ringsOf(JSON.parse(row.geometry) as { type: string; coordinates: unknown });
    const province = foldKey(row.provinsi);
    return {
      kode: row.kode,
      kodeProvinsi: row.kode_provinsi,
      kabupaten: row.kabupaten,
      provinsi: row.provinsi,
      rings,
      box: boxOf(rings),
      weight: (POPULATION[province] ?? OTHER) / (shares.get(province) ?? 1),
    };
  });
}

function ringsOf({ type, coordinates }: { type: string; coordinates: unknown }): Ring[] {
  return type === 'MultiPolygon' ? (coordinates as Ring[][]).flat() : (coordinates as Ring[]);
}

function boxOf(rings: readonly Ring[]): Place['box'] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings)
    for (const [x, y] of ring) {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  return box;
}

/** Picks places in proportion to their weight. */
export function picker(places: readonly Place[]): (random: Random) => Place {
  const sums: number[] = [];
  for (const { weight } of places) sums.push((sums.at(-1) ?? 0) + weight);
  const total = sums.at(-1) ?? 0;
  return (random) => {
    const wanted = random.unit() * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return places[low]!;
  };
}

export type Position = readonly [lon: number, lat: number];

/** A point of the region, five decimals (about a metre). */
export function pointIn(place: Place, random: Random): Position {
  const [west, south, east, north] = place.box;
  for (let tries = 0; tries < TRIES; tries++) {
    const point = rounded(west + random.unit() * (east - west), south + random.unit() * (north - south));
    if (isInside(place, point)) return point;
  }
  const [x = west, y = south] = place.rings[0]?.[0] ?? [];
  return [x, y];
}

/** Within about 30 km of a point, of the same region; the point itself where none is found soon. */
export function pointNear(place: Place, [lon, lat]: Position, random: Random): Position {
  for (let tries = 0; tries < 8; tries++) {
    const point = rounded(lon + 0.3 * random.bell(), lat + 0.3 * random.bell());
    if (isInside(place, point)) return point;
  }
  return [lon, lat];
}

const rounded = (lon: number, lat: number): Position => [
  Math.round(lon * 1e5) / 1e5,
  Math.round(lat * 1e5) / 1e5,
];

/** Even-odd rule over all rings, holes and islands alike. */
function isInside({ rings, box }: Place, [x, y]: Position): boolean {
  if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i]!;
      const [xj, yj] = ring[j]!;
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}
