/** Columns that make up the code, name and parent of a region; several stand for their texts run together. */
export interface RegionColumns {
  readonly code: readonly string[];
  readonly name: readonly string[];
  readonly parent: readonly string[];
}

/** A layout that many files have. */
export interface Layout extends RegionColumns {
  readonly title: string;
  /** Texts that stand for nothing. */
  readonly missing?: readonly string[];
  /** Names are run together: `AcehBaratDaya`. */
  readonly runTogether?: boolean;
  /** Rows that are no regions: a column, and what it has there. */
  readonly leaveOut?: { readonly column: string; readonly values: readonly string[] };
}

type Recognizer = (columns: Columns) => Layout | undefined;

/** Names of columns as a file has them, by what they are in lower case. */
class Columns {
  readonly #names: ReadonlyMap<string, string>;
  constructor(names: readonly string[]) {
    this.#names = new Map(names.map((name) => [name.toLowerCase(), name]));
  }
  /** The first of these that is there. */
  of(...names: readonly string[]): string | undefined {
    return names.map((name) => this.#names.get(name)).find((name) => name !== undefined);
  }
  /** The largest number for which a pattern's column is there. */
  deepest(pattern: (level: number) => string): number | undefined {
    return [5, 4, 3, 2, 1, 0].find((level) => this.of(pattern(level)) !== undefined);
  }
  matching(pattern: RegExp): string | undefined {
    return [...this.#names].find(([name]) => pattern.test(name))?.[1];
  }
}

const list = (...names: (string | undefined)[]): string[] => names.filter((name) => name !== undefined);

const gadm: Recognizer = (columns) => {
  const level = columns.deepest((n) => `gid_${n}`);
  if (level === undefined) return undefined;
  const type = columns.of(`engtype_${level}`, `type_${level}`);
  return {
    title: `GADM, level ${level}`,
    // Not the official code, CC_n: it is missing in some rows and stands twice in others.
    code: list(columns.of(`gid_${level}`)),
    name: list(columns.of(`name_${level}`, 'country')),
    parent: level > 0 ? list(columns.of(`gid_${level - 1}`)) : [],
    missing: ['NA'],
    runTogether: true,
    ...(type !== undefined && {
      leaveOut: { column: type, values: ['Waterbody', 'Water body', 'Water Body', 'Lake', 'Danau'] },
    }),
  };
};

const cod: Recognizer = (columns) => {
  const level = columns.deepest((n) => `adm${n}_pcode`);
  if (level === undefined) return undefined;
  const named = columns.of(`adm${level}_en`, `adm${level}_name`, `adm${level}_name_en`);
  return {
    title: `HDX COD, level ${level}`,
    code: list(columns.of(`adm${level}_pcode`)),
    name: list(named ?? columns.matching(new RegExp(`^adm${level}_[a-z]{2}$`))),
    parent: level > 0 ? list(columns.of(`adm${level - 1}_pcode`)) : [],
  };
};

const geoBoundaries: Recognizer = (columns) => {
  const [name, code] = [columns.of('shapename'), columns.of('shapeid')];
  return name === undefined || code === undefined
    ? undefined
    : { title: 'geoBoundaries', code: [code], name: [name], parent: [] };
};

const naturalEarth: Recognizer = (columns) => {
  const name = columns.of('name');
  const province = columns.of('adm1_code');
  const country = columns.of('adm0_a3');
  if (name === undefined || country === undefined) return undefined;
  return province === undefined
    ? { title: 'Natural Earth, countries', code: [country], name: [name], parent: [], missing: ['-99'] }
    : {
        title: 'Natural Earth, states and provinces',
        // ISO 3166-2 stands twice in places.
        code: [province],
        name: [name],
        parent: [country],
        missing: ['-99'],
      };
};

/** Two generations of BPS files: codes within the region above, or whole ones. */
const bps: Recognizer = (columns) => {
  const whole = [
    ['iddesa', 'nmdesa', 'idkec'],
    ['idkec', 'nmkec', 'idkab'],
    ['idkab', 'nmkab', 'idprov'],
    ['idprov', 'nmprov', ''],
  ] as const;
  for (const [code, name, parent] of whole) {
    const [c, n] = [columns.of(code), columns.of(name)];
    if (c !== undefined && n !== undefined)
      return { title: 'BPS', code: [c], name: [n], parent: list(columns.of(parent)) };
  }
  const parts = [
    [columns.of('provno', 'kdprov', 'kdppum', 'kdpprov'), columns.of('provinsi', 'nmprov', 'wadmpr')],
    [columns.of('kabkotno', 'kdkab'), columns.of('kabkot', 'nmkab', 'kabkota')],
    [columns.of('kecno', 'kdkec'), columns.of('kecamatan', 'nmkec')],
    [columns.of('desano', 'kddesa'), columns.of('desa', 'nmdesa')],
  ];
  const depth = parts.findLastIndex(([code, name]) => code !== undefined && name !== undefined);
  const codes = parts.slice(0, depth + 1).map(([code]) => code);
  if (depth < 0 || codes.includes(undefined)) return undefined;
  return {
    title: 'BPS',
    code: list(...codes),
    name: list(parts[depth]![1]),
    parent: list(...codes.slice(0, -1)),
  };
};

const RECOGNIZERS: readonly Recognizer[] = [gadm, cod, geoBoundaries, naturalEarth, bps];

/** The layout that a file's columns are of; undefined where they are of none that is known. */
export function recognize(columns: readonly string[]): Layout | undefined {
  const known = new Columns(columns);
  for (const recognizer of RECOGNIZERS) {
    const layout = recognizer(known);
    if (layout && layout.code.length > 0 && layout.name.length > 0) return layout;
  }
  return undefined;
}

/** `AcehBaratDaya` → `Aceh Barat Daya`. */
export function apart(name: string): string {
  return name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
}
