import type { Band } from '../cutting/band.ts';
import type { EncodedAttributes } from '../encoding/attributes.ts';
import type { Made } from '../cutting/tile-index.ts';
import type { MendedShapes } from '../mending/flat.ts';
import type { Topology } from '../topology/topology.ts';
import type { ColumnValues } from '../types.ts';
import { packColumn, PackedColumn } from './columns.ts';
import type { Packed, Section, Sections } from './pack.ts';

/** What stands at the beginning of a layer's file. */
export interface LayerHead {
  /** All that the rest was made of: where it is another, the rest is another layer's. */
  readonly key: string;
  readonly rows: number;
  readonly vertexCount: number;
  /** Names of the columns, in their order. */
  readonly columns: readonly string[];
  /** Zooms of which is known what is drawn in another way. */
  readonly zooms: readonly number[];
  /** Zooms, and for each the one whose band it has. */
  readonly bandOf: readonly (readonly [zoom: number, of: number])[];
}

/** Of a layer everything that takes long to read and to make. */
export interface LayerParts {
  readonly topology: Topology;
  readonly made: Required<Made>;
  /** Attributes as tiles have them, where they are kept so. */
  readonly encoded: EncodedAttributes | undefined;
}

type Values = ReadonlyMap<string, ColumnValues>;

/** The columns of a layer as arrays; see `inTurns`. */
export function* packValues(values: Values): Generator<void, Sections> {
  const all: Record<string, Section> = {};
  let column = 0;
  for (const array of values.values()) Object.assign(all, prefixed(`c${column++}`, yield* packColumn(array)));
  return all;
}

export function unpackValues({ columns }: Pick<LayerHead, 'columns'>, sections: Sections): Values {
  return new Map(columns.map((name, i) => [name, new PackedColumn(within(`c${i}`, sections))]));
}

/** The columns of a layer, as they were packed. */
export function packedValues({ sections }: Packed<LayerHead>): Sections {
  return Object.fromEntries(Object.entries(sections).filter(([name]) => /^c\d/.test(name)));
}

/** A layer as arrays, with its columns as they were packed. */
export function packLayer(
  key: string,
  columns: readonly string[],
  values: Sections,
  { topology, made, encoded }: LayerParts,
): Packed<LayerHead> {
  const { rows, vertexCount, ...arrays } = topology;
  const { boxes, mainShapes, density, points } = made;
  const { bands, bandOf, mended } = made.zooms;
  const tree: Sections = boxes.tree ? { tree: boxes.tree } : {};
  const sections = Object.assign(
    prefixed('t', arrays),
    prefixed('i', { boxes: boxes.boxes, mainShapes, ...tree }),
    prefixed('d', { ...density }),
    prefixed('p', { ...points }),
    prefixed('a', { ...encoded }),
    values,
    ...[...mended].map(([zoom, flat]) => prefixed(`z${zoom}`, { ...flat })),
    ...[...bands].map(([zoom, band]) => prefixed(`b${zoom}`, ownOf(band))),
  ) as Sections;
  const head = { key, rows, vertexCount, columns, zooms: [...mended.keys()], bandOf: [...bandOf] };
  return { head, sections };
}

/** The same again, as views of the arrays. */
export function unpackLayer({ head, sections }: Packed<LayerHead>): LayerParts {
  const { rows, vertexCount, zooms, bandOf } = head;
  const topology = { ...within('t', sections), rows, vertexCount } as unknown as Topology;
  const { mainShapes, ...boxes } = within('i', sections) as unknown as ShapeArrays;
  const { shapeStart } = topology;
  const bandsOf = [...new Set(bandOf.map(([, of]) => of))];
  const made = {
    boxes: { tree: undefined, ...boxes },
    mainShapes,
    density: within('d', sections),
    points: within('p', sections),
    zooms: {
      bandOf: new Map(bandOf),
      bands: new Map(bandsOf.map((zoom) => [zoom, { ...within(`b${zoom}`, sections), shapeStart }])),
      mended: new Map(zooms.map((zoom) => [zoom, within(`z${zoom}`, sections) as unknown as MendedShapes])),
    },
  };
  const attributes = within('a', sections);
  return {
    topology,
    made: made as unknown as Required<Made>,
    encoded: attributes['cells'] && (attributes as unknown as EncodedAttributes),
  };
}

interface ShapeArrays {
  readonly boxes: Float64Array;
  readonly tree?: Uint8Array;
  readonly mainShapes: Int32Array;
}

/** A band without what the topology has, too. */
function ownOf({ coords, chainStart, chunkBoxes, chunkStart }: Band): Sections {
  return { coords, chainStart, chunkBoxes, chunkStart };
}

function prefixed(prefix: string, sections: Sections): Record<string, Section> {
  return Object.fromEntries(Object.entries(sections).map(([name, array]) => [`${prefix}.${name}`, array]));
}

function within(prefix: string, sections: Sections): Record<string, Section> {
  const start = `${prefix}.`;
  return Object.fromEntries(
    Object.entries(sections)
      .filter(([name]) => name.startsWith(start))
      .map(([name, array]) => [name.slice(start.length), array]),
  );
}
