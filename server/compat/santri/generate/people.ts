import type { Random } from '../../../tools/random.ts';
import { picker, pointIn, pointNear, type Place, type Position } from './places.ts';

/** A made-up row: column → value. */
export type Row = Readonly<Record<string, string | number | null>>;

/** What belongs to one school or student, by table. */
export type Made = Readonly<Record<'source' | 'score' | 'map', Row | undefined>>;

interface School {
  readonly id: string;
  readonly place: Place;
  readonly at: Position;
}

const FIRST_DAY = Date.UTC(2021, 0, 1);
const DAYS = 1826;
const DAY_MS = 86_400_000;

/** Made-up schools and students, nobody of whom exists; a seed gives the same ones every time. */
export class People {
  readonly #pick: (random: Random) => Place;
  readonly #random: Random;
  /** Mean score of each place, so that places differ on the map. */
  readonly #means = new Map<Place, number>();
  readonly #schools: School[] = [];

  constructor(places: readonly Place[], random: Random) {
    this.#pick = picker(places);
    this.#random = random;
    for (const place of places) this.#means.set(place, random.integer(40, 70));
  }

  /** Number `n`, counted from 1. */
  school(n: number): Made {
    const random = this.#random;
    const place = this.#pick(random);
    const school = { id: random.uuid(), place, at: pointIn(place, random) };
    this.#schools.push(school);
    const skor = random.chance(0.95) ? this.#score(place) : null;
    const kategori = category(skor, ['sangat_layak', 'layak', 'cukup_layak', 'tidak_layak']);
    const size = random.unit();
    const named = {
      nsp: `CONTOH-${n}`,
      ...namesOf(place),
      jumlah_santri: random.chance(0.97) ? 30 + Math.floor(1200 * size * size) : null,
      ...this.#dates(),
    };
    const nama = `Pesantren Contoh ${n}`;
    return {
      source: { id: school.id, nama_pesantren: nama, ...named },
      score:
        skor === null
          ? undefined
          : { pesantren_id: school.id, skor_total: skor, kategori_kelayakan: kategori },
      map: {
        id: random.uuid(),
        pesantren_id: school.id,
        nama,
        skor_terakhir: skor,
        kategori_kelayakan: kategori,
        lokasi: pointText(school.at),
        ...named,
        ...codesOf(place),
      },
    };
  }

  /** Number `n`, counted from 1; nine of ten live near a school. */
  student(n: number): Made {
    const random = this.#random;
    const school =
      this.#schools.length > 0 && random.chance(0.92)
        ? this.#schools[random.integer(0, this.#schools.length - 1)]
        : undefined;
    const place = school?.place ?? this.#pick(random);
    const at = school ? pointNear(place, school.at, random) : pointIn(place, random);
    const id = random.uuid();
    const skor = random.chance(0.96) ? this.#score(place) : null;
    const kategori = category(skor, ['Sangat Miskin', 'Miskin', 'Rentan', 'Tidak Miskin']);
    const shared = { nama: `Santri ${n}`, ...namesOf(place), ...this.#dates() };
    return {
      source: {
        id,
        ...shared,
        // No NIK begins with 99: there is no such province.
        nik: `99${String(n).padStart(14, '0')}`,
        jenis_kelamin: random.chance(0.5) ? 'L' : 'P',
        kecamatan: `Kec. Contoh ${random.integer(1, 20)}`,
      },
      score: skor === null ? undefined : { santri_id: id, skor_total: skor, kategori_kemiskinan: kategori },
      map: {
        id: random.uuid(),
        santri_id: id,
        skor_terakhir: skor,
        kategori_kemiskinan: kategori,
        lokasi: pointText(at),
        pesantren_id: school?.id ?? null,
        ...shared,
        ...codesOf(place),
      },
    };
  }

  #score(place: Place): number {
    return Math.min(100, Math.max(0, Math.round((this.#means.get(place) ?? 50) + 45 * this.#random.bell())));
  }

  #dates(): { created_at: string; updated_at: string } {
    const created = this.#random.integer(0, DAYS - 1);
    const day = (n: number): string => new Date(FIRST_DAY + n * DAY_MS).toISOString();
    return { created_at: day(created), updated_at: day(this.#random.integer(created, DAYS - 1)) };
  }
}

const namesOf = ({ provinsi, kabupaten }: Place) => ({ provinsi, kabupaten });

const codesOf = ({ kode, kodeProvinsi, kabupaten }: Place) => ({
  kode_kabupaten: kabupaten === '' ? null : kode,
  kode_provinsi: kodeProvinsi,
});

/** Extended well-known text, which PostGIS reads as a geometry. */
const pointText = ([lon, lat]: Position): string => `SRID=4326;POINT(${lon} ${lat})`;

function category(skor: number | null, names: readonly [string, string, string, string]): string | null {
  if (skor === null) return null;
  return skor >= 80 ? names[0] : skor >= 60 ? names[1] : skor >= 40 ? names[2] : names[3];
}
