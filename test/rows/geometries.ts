/** Columns of every type that PostGIS has, in every dimension and some systems, and what may stand in them. */
export const TYPES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
  'CircularString',
  'CompoundCurve',
  'CurvePolygon',
  'MultiCurve',
  'MultiSurface',
  'Geometry',
] as const;
export type GeometryTypeName = (typeof TYPES)[number];

export const DIMENSIONS = ['', 'Z', 'M', 'ZM'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** 0 is a column that says nothing of its system; 25832 is UTM zone 32. */
export const SYSTEMS = ['4326', '3857', '25832', '0', 'geography'] as const;
export type System = (typeof SYSTEMS)[number];

/** Where the rows of `Kind` show: drawn, or with a geometry in GeoJSON alone, or nowhere. */
export type Kind = 'drawn' | 'mended' | 'nowhere' | 'left out';

export interface Row {
  readonly wkt: string | null;
  readonly kind: Kind;
}

/**
 * Text geometries in hundredths of a degree from 8° E 50.5° N, or as much in metres, so that all of them lie in tile
 * 6/33/21. `@` stands for NaN, `∞` for infinity and `!` for what no projection
 * describes, which no text parser takes: see wkb.ts.
 */
const RING = '-60 -40, 60 -40, 60 40, -60 40, -60 -40';
const HOLE = '-20 -20, -20 20, 20 20, 20 -20, -20 -20';
const FAR_RING = '90 -40, 120 -40, 120 40, 90 40, 90 -40';
const BOW_TIE = '-60 -40, 60 40, 60 -40, -60 40, -60 -40';
const ARC = '-60 0, 0 50, 60 0';
const CIRCLE = '-50 0, 0 50, 50 0, 0 -50, -50 0';

const SAMPLES: Readonly<
  Record<Exclude<GeometryTypeName, 'Geometry'>, Partial<Record<Kind, readonly string[]>>>
> = {
  Point: {
    drawn: ['POINT(3 4)', 'POINT(0 0)'],
    nowhere: ['POINT EMPTY'],
    'left out': ['POINT(@ 1)', 'POINT(1 ∞)'],
  },
  LineString: {
    drawn: ['LINESTRING(-50 -50, 50 50, 60 0)'],
    nowhere: ['LINESTRING EMPTY'],
    'left out': ['LINESTRING(-50 -50, @ 3, 50 50)', 'LINESTRING(-50 -50, 50 ∞)'],
  },
  Polygon: {
    drawn: [`POLYGON((${RING}))`, `POLYGON((${RING}), (${HOLE}))`],
    mended: [`POLYGON((${BOW_TIE}))`, `POLYGON((${RING}), (-20 -20, 90 -20, 90 20, -20 20, -20 -20))`],
    nowhere: ['POLYGON EMPTY'],
    'left out': ['POLYGON((-60 -40, 60 -40, @ 40, -60 40, -60 -40))'],
  },
  MultiPoint: {
    drawn: ['MULTIPOINT(1 1, 20 20)', 'MULTIPOINT(EMPTY, 5 5)', 'MULTIPOINT(5 5, EMPTY)'],
    nowhere: ['MULTIPOINT EMPTY', 'MULTIPOINT(EMPTY)'],
    'left out': ['MULTIPOINT(1 1, @ 3)', 'MULTIPOINT(@ 3)'],
  },
  MultiLineString: {
    drawn: ['MULTILINESTRING((-50 -50, 50 50), (0 0, 50 0))', 'MULTILINESTRING(EMPTY, (0 0, 50 0))'],
    nowhere: ['MULTILINESTRING EMPTY', 'MULTILINESTRING(EMPTY)'],
    'left out': ['MULTILINESTRING((-50 -50, 50 50), (0 @, 50 0))'],
  },
  MultiPolygon: {
    drawn: [`MULTIPOLYGON(((${RING}), (${HOLE})), ((${FAR_RING})))`, `MULTIPOLYGON(EMPTY, ((${RING})))`],
    mended: [
      `MULTIPOLYGON(((${RING})), ((0 0, 110 0, 110 90, 0 90, 0 0)))`,
      `MULTIPOLYGON(((${BOW_TIE})), ((${FAR_RING})))`,
    ],
    nowhere: ['MULTIPOLYGON EMPTY', 'MULTIPOLYGON(EMPTY)'],
    'left out': [`MULTIPOLYGON(((${RING})), ((90 -40, 120 @, 120 40, 90 -40)))`],
  },
  GeometryCollection: {
    drawn: [
      'GEOMETRYCOLLECTION(POINT(1 1), POINT(9 9))',
      `GEOMETRYCOLLECTION(POINT(1 1), POLYGON((${RING})))`,
      'GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(12 5)), POINT(13 5))',
      'GEOMETRYCOLLECTION(POINT EMPTY, POINT(1 1))',
      'GEOMETRYCOLLECTION(POLYGON EMPTY, LINESTRING(-50 -50, 50 50))',
      `GEOMETRYCOLLECTION(MULTIPOLYGON(EMPTY, ((${RING}))), GEOMETRYCOLLECTION EMPTY)`,
      `GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(MULTILINESTRING((0 0, 50 0)), POINT(1 2))))`,
      `GEOMETRYCOLLECTION(CURVEPOLYGON(CIRCULARSTRING(${CIRCLE})), POINT(1 1))`,
      `GEOMETRYCOLLECTION(MULTISURFACE(((${RING}))), CURVEPOLYGON EMPTY)`,
      'GEOMETRYCOLLECTION(COMPOUNDCURVE((-50 -50, 50 50)), CIRCULARSTRING EMPTY)',
    ],
    nowhere: [
      'GEOMETRYCOLLECTION EMPTY',
      'GEOMETRYCOLLECTION(POINT EMPTY)',
      'GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POLYGON EMPTY))',
    ],
    'left out': [
      'GEOMETRYCOLLECTION(POINT(@ 1), POINT(1 1))',
      'GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(LINESTRING(0 0, @ 1)), POINT(1 1))',
    ],
  },
  CircularString: {
    drawn: [`CIRCULARSTRING(${ARC})`],
    nowhere: ['CIRCULARSTRING EMPTY'],
    'left out': ['CIRCULARSTRING(-60 0, 0 @, 60 0)'],
  },
  CompoundCurve: {
    drawn: ['COMPOUNDCURVE((-50 -50, 50 50))', `COMPOUNDCURVE((-60 -30, -60 0), CIRCULARSTRING(${ARC}))`],
    nowhere: ['COMPOUNDCURVE EMPTY'],
    'left out': ['COMPOUNDCURVE((-50 -50, @ 50))'],
  },
  CurvePolygon: {
    drawn: [
      `CURVEPOLYGON((${RING}))`,
      `CURVEPOLYGON(CIRCULARSTRING(${CIRCLE}))`,
      `CURVEPOLYGON((${RING}), CIRCULARSTRING(-20 0, 0 20, 20 0, 0 -20, -20 0))`,
    ],
    nowhere: ['CURVEPOLYGON EMPTY'],
    'left out': [
      'CURVEPOLYGON((-60 -40, 60 -40, @ 40, -60 40, -60 -40))',
      'CURVEPOLYGON(CIRCULARSTRING(-50 0, 0 @, 50 0, 0 -50, -50 0))',
    ],
  },
  MultiCurve: {
    drawn: [
      'MULTICURVE((-50 -50, 50 50))',
      `MULTICURVE((-50 -50, 50 50), CIRCULARSTRING(${ARC}))`,
      'MULTICURVE(EMPTY, CIRCULARSTRING EMPTY, (0 0, 50 0))',
    ],
    nowhere: ['MULTICURVE EMPTY'],
    'left out': ['MULTICURVE((-50 -50, @ 50), (0 0, 50 0))'],
  },
  MultiSurface: {
    drawn: [
      `MULTISURFACE(((${RING})))`,
      `MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(${CIRCLE})), ((${FAR_RING})))`,
      `MULTISURFACE(CURVEPOLYGON EMPTY, ((${RING})))`,
    ],
    nowhere: ['MULTISURFACE EMPTY'],
    'left out': [`MULTISURFACE(((${RING})), ((90 -40, 120 @, 120 40, 90 -40)))`],
  },
};

const FACES: readonly string[] = [
  'TIN(((0 0, 50 0, 50 50, 0 0)))',
  'TRIANGLE((0 0, 50 0, 50 50, 0 0))',
  'POLYHEDRALSURFACE(((0 0, 50 0, 50 50, 0 0)))',
  'GEOMETRYCOLLECTION(TIN(((0 0, 50 0, 50 50, 0 0))))',
];

/** Rows of a column of this type; a column of anything has some of everything. */
export function rowsOf(type: GeometryTypeName): Row[] {
  const named = type === 'Geometry' ? Object.values(SAMPLES) : [SAMPLES[type]];
  const rows = named.flatMap((samples) =>
    Object.entries(samples).flatMap(([kind, texts]) => texts.map((wkt) => ({ wkt, kind: kind as Kind }))),
  );
  if (type === 'Geometry') rows.push(...FACES.map((wkt) => ({ wkt, kind: 'left out' as const })));
  return [...rows, { wkt: null, kind: 'nowhere' }];
}

/** Rows of a column in this system. */
export function rowsIn(type: GeometryTypeName, system: System): Row[] {
  const rows = rowsOf(type);
  if (system === 'geography') return rows.filter(({ wkt }) => !wkt || !NO_GEOGRAPHY.test(wkt));
  if (system !== '25832') return rows;
  const beyond = rows
    .filter(({ wkt }) => wkt?.includes('@'))
    .map(({ wkt, kind }) => ({ wkt: (wkt ?? '').replaceAll('@', '!'), kind }));
  return [...rows, ...beyond];
}

/** What geographies cannot be. */
const NO_GEOGRAPHY = /CURVE|SURFACE|CIRCULAR|TIN|TRIANGLE|∞/;

/** Whether a table of this type can be in this system at all. */
export function isPossible(type: GeometryTypeName, system: System): boolean {
  return system !== 'geography' || !/Curve|Surface|Circular/.test(type);
}
