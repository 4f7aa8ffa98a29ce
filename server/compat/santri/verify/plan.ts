import type { Query } from './ask.ts';

/** One comparison. */
export interface Check {
  /**
   * `list`: one answer, everything in it. `pages`: everything on all of its pages, whatever their order. `page`: how
   * the numbers of a page were understood. `persons`: their number, and some of them one by one. `members`: an answer
   * of its moment, by the names of its members. `status`: the status alone.
   */
  readonly kind: 'list' | 'pages' | 'page' | 'persons' | 'members' | 'status';
  readonly path: string;
  readonly query?: Query;
  readonly sent?: unknown;
  /** The path without the filter that the old application passed over in places. */
  readonly ignored?: Query;
}

/** What the old server's data has, to be asked for. */
export interface Known {
  readonly poverty: readonly string[];
  readonly eligibility: readonly string[];
  readonly provinces: readonly string[];
  readonly regencies: readonly string[];
  readonly schools: readonly string[];
  readonly withPersons: boolean;
}

/** As many regencies and schools as stand for the others. */
const SOME = 5;
const POINTS_LIMIT = 5_000;
const HEAT_LIMIT = 10_000;

/** Numbers that the old application moved into their range. */
const ODD_NUMBERS: readonly Query[] = [
  { page: 0, limit: 0 },
  { page: -3, limit: -1 },
  { page: 1, limit: 999_999 },
  { page: 999_999, limit: 10 },
];

/** Every endpoint of the old application that reads, with each of its parameters. `most`: rows asked for at a time. */
export function plan(known: Known, most = Infinity): Check[] {
  const { poverty, eligibility, provinces, schools } = known;
  const regencies = known.regencies.slice(0, SOME);
  const each = (name: string, values: readonly string[]): Query[] =>
    values.map((value) => ({ [name]: value }));
  const pages = (path: string, limit: number, queries: readonly Query[]): Check[] => [
    ...[{}, ...queries].map((query): Check => ({
      kind: 'pages',
      path,
      query: { ...query, limit: Math.min(limit, most) },
    })),
    ...ODD_NUMBERS.map((query): Check => ({ kind: 'page', path, query })),
  ];
  const list = (path: string, queries: readonly Query[]): Check[] =>
    [{}, ...queries].map((query) => ({ kind: 'list', path, query }));
  const filtered = (path: string, name: string, values: readonly string[]): Check[] =>
    each(name, values).map((query) => ({ kind: 'list', path, query, ignored: {} }));
  const places = [...each('provinsi', provinces), ...each('kabupaten', regencies)];
  return [
    ...pages('/gis/santri-points', POINTS_LIMIT, [
      ...each('kategori', poverty),
      ...each('pesantren_id', schools.slice(0, SOME)),
    ]),
    ...pages('/gis/pesantren-points', POINTS_LIMIT, places),
    ...pages('/gis/heatmap', HEAT_LIMIT, each('kategori', poverty)),
    ...pages('/gis/pesantren-heatmap', HEAT_LIMIT, []),
    ...list('/gis/choropleth/santri-kabupaten', each('provinsi', provinces)),
    ...filtered('/gis/choropleth/santri-kabupaten', 'kategori_kemiskinan', poverty),
    ...list('/gis/choropleth/pesantren-kabupaten', each('provinsi', provinces)),
    ...filtered('/gis/choropleth/pesantren-kabupaten', 'kategori_kelayakan', eligibility),
    ...list('/gis/choropleth/stats', []),
    ...list('/gis/boundaries/provinsi', each('provinsi', provinces.slice(0, SOME))),
    ...list('/gis/boundaries/kabupaten', [
      ...each('provinsi', provinces.slice(0, SOME)),
      ...each('kabupaten', regencies),
    ]),
    ...list('/gis/boundaries/kecamatan', []),
    ...(known.withPersons ? persons(known) : []),
    { kind: 'members', path: '/health' },
    { kind: 'members', path: '/gemini/health' },
    // Too short to be answered: asks no model and costs nothing.
    { kind: 'status', path: '/gemini/ask', sent: { question: 'x' } },
  ];
}

function persons({ provinces, regencies, schools }: Known): Check[] {
  const queries: Query[] = [
    {},
    { jenis_kelamin: 'L' },
    { jenis_kelamin: 'P' },
    { search: 'a' },
    ...provinces.slice(0, SOME).map((provinsi) => ({ provinsi })),
    ...regencies.slice(0, SOME).map((kabupaten) => ({ kabupaten })),
    ...schools.slice(0, SOME).map((pesantren_id) => ({ pesantren_id })),
    { page: 0, per_page: 0 },
    { page: 1, per_page: 999 },
  ];
  return queries.map((query) => ({ kind: 'persons', path: '/api/santri-pribadi', query }));
}
