import { Builder } from 'flatbuffers';
import type { Geometry, Position } from 'geojson';
import { Column } from 'flatgeobuf/lib/mjs/flat-geobuf/column.js';
import { ColumnType } from 'flatgeobuf/lib/mjs/flat-geobuf/column-type.js';
import { Crs } from 'flatgeobuf/lib/mjs/flat-geobuf/crs.js';
import { GeometryType } from 'flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js';
import { Header } from 'flatgeobuf/lib/mjs/flat-geobuf/header.js';
import { magicbytes } from 'flatgeobuf/lib/mjs/constants.js';
import { buildFeature, type IProperties } from 'flatgeobuf/lib/mjs/generic/feature.js';
import type { IParsedGeometry } from 'flatgeobuf/lib/mjs/generic/geometry.js';
import { withoutEmptyParts } from '../../catalog/geojson.ts';
import type { TableLayer, ValueKind } from '../../catalog/types.ts';
import type { PageRow } from '../query.ts';
import type { FeaturesPlan } from '../service.ts';
import { packedTree } from './packed-tree.ts';

const DEGREES = 4326;
const NODE_SIZE = 16;
/** Features that an index is made of: 80 bytes of memory for each. */
const MOST_INDEXED = 5_000_000;

/** Types of columns, as the catalogue has them: the library's own writer takes them from the first feature alone. */
const TYPES: Readonly<Record<ValueKind, ColumnType>> = {
  boolean: ColumnType.Bool,
  integer: ColumnType.Int,
  bigint: ColumnType.Long,
  number: ColumnType.Double,
  date: ColumnType.DateTime,
  timestamp: ColumnType.DateTime,
  timestamptz: ColumnType.DateTime,
  text: ColumnType.String,
  json: ColumnType.String,
};

/** Where a geometry that crosses the antimeridian is cut, one becomes many: single ones are all written as such. */
const GEOMETRY_TYPES: readonly (readonly [RegExp, GeometryType])[] = [
  [/^POINT/, GeometryType.Point],
  [/^MULTIPOINT/, GeometryType.MultiPoint],
  [/^(MULTI)?LINESTRING/, GeometryType.MultiLineString],
  [/^(MULTI)?POLYGON/, GeometryType.MultiPolygon],
];

type Rows = Pick<FeaturesPlan, 'layer' | 'columns'>;

/** Writes the features of a FlatGeobuf, and then what stands before them: header and index. */
export class FlatGeobufWriter {
  readonly #plan: Rows;
  readonly #geometryType: GeometryType;
  readonly #columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** West, south, east, north of each feature, and where it begins. */
  readonly #boxes: number[] = [];
  readonly #offsets: number[] = [];
  #count = 0;
  #size = 0;
  #isIndexed = true;
  #hasNowhere = false;

  constructor(plan: Rows) {
    this.#plan = plan;
    this.#geometryType = geometryTypeOf(plan.layer);
    this.#columns = plan.columns.map(({ name, kind }) => ({ name, type: TYPES[kind] }));
  }

  /** The features of rows, which come in the order in which their index has them. */
  add(rows: readonly PageRow[]): Buffer {
    return Buffer.concat(rows.map((row) => this.#feature(row)));
  }

  /** Header and index, when all features were added. */
  head(): Buffer {
    const indexed = this.#isIndexed && this.#count > 0;
    const tree = indexed ? packedTree(this.#boxes, this.#offsets, NODE_SIZE) : undefined;
    const header = this.#header(tree?.bounds);
    return Buffer.concat([magicbytes, header, ...(tree ? [tree.bytes] : [])]);
  }

  #feature(row: PageRow): Uint8Array {
    const geometry = row.g === null ? null : withoutEmptyParts(row.g);
    const parsed = geometry === null ? null : (JSON.parse(geometry) as Geometry);
    const properties: IProperties = {};
    this.#columns.forEach(({ name, type }, i) => (properties[name] = propertyOf(type, row[`c${i}`] ?? null)));
    const flat = parsed ? flattened(promoted(parsed, this.#geometryType)) : nowhereOf(this.#geometryType);
    const bytes = aligned(buildFeature(flat, properties, { columns: this.#columns } as never));
    this.#note(parsed ? boxOf(flat) : undefined);
    this.#size += bytes.length;
    return bytes;
  }

  /** What is nowhere has no place in an index; the file then has none. */
  #note(box: readonly number[] | undefined): void {
    this.#hasNowhere ||= !box;
    if (!box || this.#count >= MOST_INDEXED) this.#isIndexed = false;
    else if (this.#isIndexed) {
      this.#boxes.push(...box);
      this.#offsets.push(this.#size);
    }
    this.#count++;
  }

  /** A point cannot be empty for readers, a multiple of points can: they read all features as what the header says. */
  #headerType(): GeometryType {
    const isPoints = this.#geometryType === GeometryType.Point;
    return isPoints && this.#hasNowhere ? GeometryType.MultiPoint : this.#geometryType;
  }

  #header(bounds: readonly number[] | undefined): Uint8Array {
    const builder = new Builder();
    const columns = Header.createColumnsVector(
      builder,
      this.#columns.map(({ name, type }) => {
        const text = builder.createString(name);
        Column.startColumn(builder);
        Column.addName(builder, text);
        Column.addType(builder, type);
        return Column.endColumn(builder);
      }),
    );
    const name = builder.createString(this.#plan.layer.id);
    const envelope = bounds && Header.createEnvelopeVector(builder, [...bounds]);
    const org = builder.createString('EPSG');
    Crs.startCrs(builder);
    Crs.addOrg(builder, org);
    Crs.addCode(builder, DEGREES);
    const crs = Crs.endCrs(builder);
    Header.startHeader(builder);
    Header.addName(builder, name);
    if (envelope !== undefined) Header.addEnvelope(builder, envelope);
    Header.addGeometryType(builder, this.#headerType());
    Header.addColumns(builder, columns);
    Header.addFeaturesCount(builder, BigInt(this.#count));
    Header.addIndexNodeSize(builder, bounds ? NODE_SIZE : 0);
    Header.addCrs(builder, crs);
    builder.finishSizePrefixed(Header.endHeader(builder));
    return builder.asUint8Array();
  }
}

function geometryTypeOf({ geometry }: TableLayer): GeometryType {
  return GEOMETRY_TYPES.find(([pattern]) => pattern.test(geometry.type))?.[1] ?? GeometryType.Unknown;
}

/** Whole numbers beyond 2⁵³ come as text, and are made `BigInt`s by the library. */
function propertyOf(type: ColumnType, value: unknown): string | number | boolean | null {
  if (value === null || type !== ColumnType.String) return value as string | number | boolean | null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function promoted(geometry: Geometry, type: GeometryType): Geometry {
  if (type === GeometryType.MultiPolygon && geometry.type === 'Polygon')
    return { type: 'MultiPolygon', coordinates: [geometry.coordinates] };
  if (type === GeometryType.MultiLineString && geometry.type === 'LineString')
    return { type: 'MultiLineString', coordinates: [geometry.coordinates] };
  if (type === GeometryType.MultiPoint && geometry.type === 'Point')
    return { type: 'MultiPoint', coordinates: [geometry.coordinates] };
  return geometry;
}

type Flat = Pick<IParsedGeometry, 'xy' | 'type'> & { ends?: number[]; parts?: IParsedGeometry[] };

/**
 * An empty geometry, of which readers want the lists that its type has; GDAL reads no further at one without. (It would take none at all
 * as well, where the library in JavaScript fails.)
 */
function nowhereOf(type: GeometryType): IParsedGeometry {
  return EMPTY[type] as IParsedGeometry;
}

const EMPTY: Readonly<Record<number, Flat>> = {
  [GeometryType.Point]: { xy: [], type: GeometryType.MultiPoint },
  [GeometryType.MultiPoint]: { xy: [], type: GeometryType.MultiPoint },
  [GeometryType.MultiLineString]: { xy: [], ends: [], type: GeometryType.MultiLineString },
  [GeometryType.MultiPolygon]: { xy: [], parts: [], type: GeometryType.MultiPolygon },
  [GeometryType.Unknown]: { xy: [], parts: [], type: GeometryType.GeometryCollection },
};

/** Features stand one behind the other, and readers look at the coordinates of each in place, which takes a multiple of eight bytes. */
function aligned(feature: Uint8Array): Uint8Array {
  const missing = -feature.length & 7;
  if (missing === 0) return feature;
  const padded = new Uint8Array(feature.length + missing);
  padded.set(feature);
  new DataView(padded.buffer).setUint32(0, padded.length - PREFIX_BYTES, true);
  return padded;
}

/** Bytes that say how long a feature is. */
const PREFIX_BYTES = 4;

/** A geometry as the format has it: all positions in a row, and where rings and lines end. */
function flattened(geometry: Geometry): IParsedGeometry {
  return flat(geometry) as IParsedGeometry;
}

function flat(geometry: Geometry): Flat {
  switch (geometry.type) {
    case 'Point':
      return { xy: geometry.coordinates.slice(0, 2), type: GeometryType.Point };
    case 'MultiPoint':
      return { ...lines([geometry.coordinates]), type: GeometryType.MultiPoint };
    case 'LineString':
      return { ...lines([geometry.coordinates]), type: GeometryType.LineString };
    case 'MultiLineString':
      return { ...endedLines(geometry.coordinates), type: GeometryType.MultiLineString };
    case 'Polygon':
      return { ...lines(geometry.coordinates), type: GeometryType.Polygon };
    case 'MultiPolygon': {
      const parts = geometry.coordinates.map((rings) => ({ ...lines(rings), type: GeometryType.Polygon }));
      return { xy: [], parts: parts as IParsedGeometry[], type: GeometryType.MultiPolygon };
    }
    case 'GeometryCollection':
      return { xy: [], parts: geometry.geometries.map(flattened), type: GeometryType.GeometryCollection };
  }
}

/** A single line or ring says nothing of its end, which is that of all positions. */
function lines(all: readonly Position[][]): { xy: number[]; ends?: number[] } {
  const { xy, ends } = endedLines(all);
  return ends.length > 1 ? { xy, ends } : { xy };
}

/** As GDAL wants lines of a multiple, also of a single one. */
function endedLines(all: readonly Position[][]): { xy: number[]; ends: number[] } {
  const xy: number[] = [];
  const ends: number[] = [];
  for (const line of all) {
    for (const position of line) xy.push(position[0]!, position[1]!);
    ends.push(xy.length / 2);
  }
  return { xy, ends };
}

function boxOf(geometry: IParsedGeometry): number[] {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const include = ({ xy, parts }: Flat): void => {
    for (let i = 0; i < xy.length; i += 2) {
      box[0] = Math.min(box[0]!, xy[i]!);
      box[1] = Math.min(box[1]!, xy[i + 1]!);
      box[2] = Math.max(box[2]!, xy[i]!);
      box[3] = Math.max(box[3]!, xy[i + 1]!);
    }
    parts?.forEach(include);
  };
  include(geometry);
  return box;
}
