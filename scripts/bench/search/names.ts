import { seededRandom } from '../../../server/tools/random.ts';

const SYLLABLES =
  'ba be bi bo bu da de di do du ga gi gu ha ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po pu ra re ri ro ru sa se si so su ta te ti to tu wa we ya yo ja ji jo ju ban dang sar kan tan rang pur san mal tor lam pung'.split(
    ' ',
  );
const SIDES = [
  'Barat',
  'Timur',
  'Utara',
  'Selatan',
  'Tengah',
  'Baru',
  'Lama',
  'Jaya',
  'Indah',
  'Makmur',
  'Hilir',
  'Hulu',
];
const LETTERS = 'aeiounrktslgmd';

export interface Village {
  readonly code: string;
  readonly name: string;
  readonly district: string;
}
export const QUERY_KINDS = ['code', 'exact', 'prefix', 'fuzzy', 'suggest'] as const;
export type QueryKind = (typeof QUERY_KINDS)[number];

/** Names of villages that no country has: about 20,000 different words, a name of one to three of them. */
export class Names {
  readonly #random = seededRandom(4711);
  readonly #words = Array.from({ length: 20_000 }, () => this.#word());

  villages(count: number): Village[] {
    const districts = Array.from({ length: 514 }, () => this.#pick(this.#words));
    return Array.from({ length: count }, (_, i) => ({
      code: String(1_000_000_000 + i),
      name: [
        this.#pick(this.#words),
        ...(this.#random.chance(0.6) ? [this.#pick(this.#words)] : []),
        ...(this.#random.chance(0.3) ? [this.#pick(SIDES)] : []),
      ].join(' '),
      district: this.#pick(districts),
    }));
  }

  /** What somebody may type who means one of them. */
  query(kind: QueryKind, villages: readonly Village[]): string {
    const { code, name } = this.#pick(villages);
    if (kind === 'code') return code;
    if (kind === 'exact') return name;
    if (kind === 'fuzzy') return this.#mistyped(name);
    const length =
      kind === 'suggest' ? this.#random.integer(2, 6) : Math.max(3, Math.ceil(name.length * 0.6));
    return name.slice(0, length).trim();
  }

  #mistyped(name: string): string {
    const at = this.#random.integer(1, name.length - 2);
    const [before, letter, next, after] = [name.slice(0, at), name[at]!, name[at + 1]!, name.slice(at + 2)];
    const ways = [
      `${before}${next}${after}`,
      `${before}${next}${letter}${after}`,
      `${before}${letter}${letter}${next}${after}`,
      `${before}${LETTERS[this.#random.integer(0, LETTERS.length - 1)]}${next}${after}`,
    ];
    return this.#pick(ways);
  }

  #word(): string {
    const word = Array.from({ length: this.#random.integer(2, 4) }, () => this.#pick(SYLLABLES)).join('');
    return word[0]!.toUpperCase() + word.slice(1);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.integer(0, from.length - 1)]!;
  }
}
