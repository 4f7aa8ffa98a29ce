import { booleanPointInPolygon } from '@turf/boolean-point-in-polygon';
import type { Polygon, Position } from 'geojson';
import type { Region } from './files.ts';
import { seededRandom, type Random } from '../tools/random.ts';

/** A point in degrees. */
interface Point {
  lon: number;
  lat: number;
}

/** A made-up district: what of its province is nearer to its centre than to any other. */
export interface District {
  kode: string;
  nama: string;
  provinsi: string;
  kode_provinsi: string;
  /** Reaches beyond the province. */
  cell: Polygon;
}

/** A made-up boarding school: one row of pondok_pesantren, pesantren_skor and pesantren_map. */
export interface Pesantren extends Point {
  id: string;
  map_id: string;
  nama: string;
  nsp: string;
  provinsi: string;
  kabupaten: string;
  kode_provinsi: string;
  kode_kabupaten: string;
  jumlah_santri: number | null;
  skor: number | null;
  kategori: string | null;
  created_at: string;
  updated_at: string;
}

/** A made-up student: one row of santri_pribadi, santri_skor and santri_map. */
export interface Santri extends Point {
  id: string;
  map_id: string;
  nama: string;
  pesantren_id: string | null;
  provinsi: string;
  kabupaten: string;
  kode_provinsi: string;
  kode_kabupaten: string;
  kecamatan: string;
  skor: number | null;
  kategori: string | null;
  created_at: string;
  updated_at: string;
}

export interface SyntheticOptions {
  pesantren: number;
  santri: number;
  seed: number;
}

export const DEMO_SIZE: SyntheticOptions = { pesantren: 2_000, santri: 20_000, seed: 2021 };

/** Rough population in millions (census of 2020): only its proportions matter, for where points fall. */
// prettier-ignore
const POPULATION: Readonly<Record<string, number>> = {
  'ID-AC': 5.3, 'ID-SU': 14.8, 'ID-SB': 5.5, 'ID-RI': 6.4, 'ID-JA': 3.5, 'ID-SS': 8.5, 'ID-BE': 2.0, 'ID-LA': 9.0,
  'ID-BB': 1.5, 'ID-KR': 2.1, 'ID-JK': 10.6, 'ID-JB': 48.3, 'ID-JT': 36.5, 'ID-YO': 3.7, 'ID-JI': 40.7,
  'ID-BT': 11.9, 'ID-BA': 4.3, 'ID-NB': 5.3, 'ID-NT': 5.3, 'ID-KB': 5.4, 'ID-KT': 2.7, 'ID-KS': 4.1, 'ID-KI': 4.5,
  'ID-SA': 2.6, 'ID-ST': 3.0, 'ID-SN': 9.1, 'ID-SG': 2.6, 'ID-GO': 1.2, 'ID-SR': 1.4, 'ID-MA': 1.8, 'ID-MU': 1.3,
  'ID-PB': 1.1, 'ID-PA': 4.3,
};

const FIRST_DAY = Date.UTC(2021, 0, 1);
const END = Date.UTC(2026, 0, 1);
/** Degrees by which a district's cell leaves the box of its province, whose border is then the district's. */
const BEYOND = 0.5;

/** A province with what the generator needs of it. */
interface Place {
  region: Region;
  nama: string;
  population: number;
  box: readonly [west: number, south: number, east: number, north: number];
  districts: Point[];
  /** Mean score here, so that provinces differ on the map. */
  meanScore: number;
}

/**
 * Made-up schools and students inside the provinces, the same on every run.
 * Students live near their school; categories part at 80, 60 and 40 points.
 * @throws Error when a province has no population to weigh it by.
 */
export function syntheticSantri(
  provinces: readonly Region[],
  options: SyntheticOptions = DEMO_SIZE,
): { districts: District[]; pesantren: Pesantren[]; santri: Santri[] } {
  const random = seededRandom(options.seed);
  const places = provinces.map((region) => describePlace(region, random));
  const schools = Array.from({ length: options.pesantren }, (_, i) => {
    const place = pickPlace(places, random);
    return { place, row: makePesantren(place, i + 1, random) };
  });
  const santri = Array.from({ length: options.santri }, (_, i) => {
    const school = random.chance(0.92) ? schools[random.integer(0, schools.length - 1)] : undefined;
    return makeSantri(school?.place ?? pickPlace(places, random), school?.row, i + 1, random);
  });
  return { districts: places.flatMap(districtsOf), pesantren: schools.map(({ row }) => row), santri };
}

function describePlace(region: Region, random: Random): Place {
  const population = POPULATION[region.id];
  if (population === undefined) throw new Error(`no population for province ${region.id}`);
  const bare = { region, nama: region.properties.name, population, box: boundingBox(region) };
  const count = Math.min(12, Math.max(2, Math.round(population / 1.5)));
  const districts = Array.from({ length: count }, () => pointInside(bare, random));
  return { ...bare, districts, meanScore: random.integer(40, 70) };
}

function makePesantren(place: Place, number: number, random: Random): Pesantren {
  const point = pointInside(place, random);
  const skor = random.chance(0.95) ? score(place, random) : null;
  const size = random.unit();
  return {
    id: random.uuid(),
    map_id: random.uuid(),
    nama: `Pesantren Contoh ${String(number).padStart(4, '0')}`,
    nsp: `CONTOH-${String(number).padStart(4, '0')}`,
    provinsi: place.nama,
    ...districtOf(place, point),
    jumlah_santri: random.chance(0.97) ? 30 + Math.floor(1200 * size * size) : null,
    skor,
    kategori: category(skor, ['sangat_layak', 'layak', 'cukup_layak', 'tidak_layak']),
    ...dates(random),
    ...point,
  };
}

function makeSantri(place: Place, school: Pesantren | undefined, number: number, random: Random): Santri {
  const point = school ? pointNear(place, school, random) : pointInside(place, random);
  const skor = random.chance(0.96) ? score(place, random) : null;
  const district = districtOf(place, point);
  return {
    id: random.uuid(),
    map_id: random.uuid(),
    nama: `Santri ${String(number).padStart(5, '0')}`,
    pesantren_id: school?.id ?? null,
    provinsi: place.nama,
    ...district,
    kecamatan: `${district.kabupaten.replace('Kab.', 'Kec.')}.${random.integer(1, 9)}`,
    skor,
    kategori: category(skor, ['Sangat Miskin', 'Miskin', 'Rentan', 'Tidak Miskin']),
    ...dates(random),
    ...point,
  };
}

function pickPlace(places: readonly Place[], random: Random): Place {
  let left = random.unit() * places.reduce((sum, { population }) => sum + population, 0);
  const hit = places.find(({ population }) => (left -= population) < 0) ?? places.at(-1);
  if (!hit) throw new Error('no province to put points in');
  return hit;
}

function pointInside({ region, box }: Pick<Place, 'region' | 'box'>, random: Random): Point {
  const [west, south, east, north] = box;
  for (;;) {
    const point = rounded(west + random.unit() * (east - west), south + random.unit() * (north - south));
    if (isInside(region, point)) return point;
  }
}

/** Up to about 30 km away, but in the same province: at the school itself where no such point is found soon. */
function pointNear({ region }: Place, { lon, lat }: Point, random: Random): Point {
  for (let attempt = 0; attempt < 8; attempt++) {
    const point = rounded(lon + 0.3 * random.bell(), lat + 0.3 * random.bell());
    if (isInside(region, point)) return point;
  }
  return { lon, lat };
}

function isInside(region: Region, { lon, lat }: Point): boolean {
  return booleanPointInPolygon([lon, lat], region);
}

/** Five decimals: about one metre. */
function rounded(lon: number, lat: number): Point {
  return { lon: Math.round(lon * 1e5) / 1e5, lat: Math.round(lat * 1e5) / 1e5 };
}

/** The district with the nearest centre. */
function districtOf({ nama, region, districts }: Place, { lon, lat }: Point) {
  const distances = districts.map((centre) => (centre.lon - lon) ** 2 + (centre.lat - lat) ** 2);
  const number = distances.indexOf(Math.min(...distances)) + 1;
  return {
    kabupaten: districtLabel(nama, number),
    kode_kabupaten: `${region.id}.${number}`,
    kode_provinsi: region.id,
  };
}

/** Cannot be mistaken for a real district: the province and a number. */
const districtLabel = (province: string, number: number): string => `Kab. ${province} ${number}`;

function districtsOf({ nama, region, districts, box }: Place): District[] {
  return districts.map((centre, i) => ({
    kode: `${region.id}.${i + 1}`,
    nama: districtLabel(nama, i + 1),
    provinsi: nama,
    kode_provinsi: region.id,
    cell: cellAround(centre, districts, box),
  }));
}

/** Of the box, what is nearer to a centre than to the others: the box, cut along the line in the middle to each. */
function cellAround(centre: Point, all: readonly Point[], [west, south, east, north]: Place['box']): Polygon {
  const [w, s, e, n] = [west - BEYOND, south - BEYOND, east + BEYOND, north + BEYOND];
  let ring: Position[] = [
    [w, s],
    [e, s],
    [e, n],
    [w, n],
  ];
  for (const other of all) if (other !== centre) ring = nearerHalf(ring, centre, other);
  return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
}

/** Sutherland and Hodgman's clipping by one line. */
function nearerHalf(ring: readonly Position[], centre: Point, other: Point): Position[] {
  const squared = ([x = 0, y = 0]: Position, to: Point): number => (x - to.lon) ** 2 + (y - to.lat) ** 2;
  const beyond = (point: Position): number => squared(point, centre) - squared(point, other);
  return ring.flatMap((point, i) => {
    const next = ring[(i + 1) % ring.length]!;
    const [here, there] = [beyond(point), beyond(next)];
    const kept = here <= 0 ? [point] : [];
    if (here <= 0 === there <= 0) return kept;
    const share = here / (here - there);
    const cut = point.map((value, axis) => value + share * (next[axis]! - value));
    return [...kept, cut];
  });
}

function score({ meanScore }: Place, random: Random): number {
  return Math.min(100, Math.max(0, Math.round(meanScore + 45 * random.bell())));
}

function category(skor: number | null, names: readonly [string, string, string, string]): string | null {
  if (skor === null) return null;
  return skor >= 80 ? names[0] : skor >= 60 ? names[1] : skor >= 40 ? names[2] : names[3];
}

/** Registered between 2021 and 2025, more of them later on; changed some time after that. */
function dates(random: Random): { created_at: string; updated_at: string } {
  const created = FIRST_DAY + Math.floor(Math.max(random.unit(), random.unit()) * (END - FIRST_DAY));
  const updated = created + Math.floor(random.unit() * (END - created));
  return { created_at: new Date(created).toISOString(), updated_at: new Date(updated).toISOString() };
}

function boundingBox({ geometry }: Region): Place['box'] {
  const points = geometry.coordinates.flat(2);
  const xs = points.map(([x = 0]) => x);
  const ys = points.map(([, y = 0]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
