/**
 * Words that say what kind of region a name is of. Two regions of one name and different kinds are two regions
 * (Kabupaten Bogor and Kota Bogor), so the kind is read off a name and never thrown away.
 */
export type PlaceKind =
  'provinsi' | 'kabupaten' | 'kota' | 'kecamatan' | 'county' | 'city' | 'parish' | 'borough';

interface KindWords {
  readonly kind: PlaceKind;
  /** Sequences of folded words, the longest first. */
  readonly words: readonly string[];
}

/** In front of a name, as Indonesian has it, or behind it in brackets or after a comma. */
const KIND_WORDS: readonly KindWords[] = [
  { kind: 'provinsi', words: ['provinsi', 'propinsi', 'prov', 'prop', 'province'] },
  {
    kind: 'kabupaten',
    words: [
      'kabupaten administrasi',
      'kab administrasi',
      'kabupaten adm',
      'kab adm',
      'kabupaten',
      'kab',
      'kbp',
      'regency',
    ],
  },
  {
    kind: 'kota',
    words: [
      'kota administrasi',
      'kota administratif',
      'kota adm',
      'kotamadya',
      'kotamadia',
      'kodya',
      'kodia',
      'kota madya',
      'kota',
    ],
  },
  { kind: 'kecamatan', words: ['kecamatan', 'kec', 'district', 'distrik'] },
  { kind: 'county', words: ['county'] },
  { kind: 'parish', words: ['parish'] },
  { kind: 'borough', words: ['borough'] },
  { kind: 'city', words: ['city of', 'city'] },
];

export interface Kinded {
  readonly kind: PlaceKind;
  /** The words that are left: at least one. */
  readonly rest: readonly string[];
}

/** What a list of folded words may mean when its first or last words name a kind; the longest words win. */
export function withoutKind(words: readonly string[]): Kinded | undefined {
  let found: (Kinded & { length: number }) | undefined;
  for (const { kind, words: phrases } of KIND_WORDS) {
    for (const phrase of phrases) {
      const parts = phrase.split(' ');
      const length = parts.length;
      if (length >= words.length || (found && found.length >= length)) continue;
      const rest = startsWith(words, parts)
        ? words.slice(length)
        : endsWith(words, parts)
          ? words.slice(0, -length)
          : undefined;
      if (rest) found = { kind, rest, length };
    }
  }
  return found && { kind: found.kind, rest: found.rest };
}

/** A kind by its word alone, as a column of kinds has it. */
export function kindNamed(text: string): PlaceKind | undefined {
  const word = text
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim();
  return KIND_WORDS.find(({ words }) => words.includes(word))?.kind;
}

/** A kind that is run together with a name: `kabacehbarat`. Kota is left alone: Kotabaru is a name. */
export function gluedKind(key: string): { kind: PlaceKind; rest: string } | undefined {
  const [, word, rest] = /^(kabupaten|kab|provinsi|prov)([a-z0-9]{3,})$/.exec(key) ?? [];
  return word && rest ? { kind: word.startsWith('kab') ? 'kabupaten' : 'provinsi', rest } : undefined;
}

const startsWith = (words: readonly string[], parts: readonly string[]): boolean =>
  parts.every((part, i) => words[i] === part);

const endsWith = (words: readonly string[], parts: readonly string[]): boolean =>
  parts.every((part, i) => words[words.length - parts.length + i] === part);
