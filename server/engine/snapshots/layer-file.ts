import type { ShapeBoxes } from '../cutting/shape-index.ts';
import type { MendedShapes } from '../mending/flat.ts';
import type { Topology } from '../topology/topology.ts';
import type { PropertyValue } from '../types.ts';
import { packColumn, unpackColumn } from './columns.ts';
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
  /** The process that wrote it, and may be making the rest of the zooms. */
  readonly by: number;
}

/** Of a layer everything that takes long to read and to make. */
export interface LayerParts {
  readonly topology: Topology;
  readonly boxes: ShapeBoxes;
  readonly mainShapes: Int32Array;
  readonly mended: ReadonlyMap<number, MendedShapes>;
}

type Values = ReadonlyMap<string, readonly (PropertyValue | null)[]>;

/** The columns of a layer as arrays; see `inTurns`. */
export function* packValues(values: Values): Generator<void, Sections> {
  const all: Record<string, Section> = {};
  let column = 0;
  for (const array of values.values()) Object.assign(all, prefixed(`c${column++}`, yield* packColumn(array)));
  return all;
}

export function* unpackValues({ head, sections }: Packed<LayerHead>): Generator<void, Values> {
  const values = new Map<string, readonly (PropertyValue | null)[]>();
  for (const [i, name] of head.columns.entries())
    values.set(name, yield* unpackColumn(within(`c${i}`, sections)));
  return values;
}

/** A layer as arrays, with its columns as they were packed. */
export function packLayer(
  key: string,
  columns: readonly string[],
  values: Sections,
  parts: LayerParts,
): Packed<LayerHead> {
  const { topology, boxes, mainShapes, mended } = parts;
  const { rows, vertexCount, ...arrays } = topology;
  const zooms = [...mended.keys()];
  const index: Record<string, Section> = { boxes: boxes.boxes, mainShapes };
  if (boxes.tree) index['tree'] = new Uint8Array(boxes.tree);
  const sections = Object.assign(
    prefixed('t', { ...arrays }),
    prefixed('i', index),
    values,
    ...[...mended].map(([zoom, flat]) => prefixed(`z${zoom}`, { ...flat })),
  ) as Sections;
  return { head: { key, rows, vertexCount, columns, zooms, by: process.pid }, sections };
}

/** The same again, as views of the arrays. */
export function unpackLayer({ head, sections }: Packed<LayerHead>): LayerParts {
  const { rows, vertexCount, zooms } = head;
  const topology = { ...within('t', sections), rows, vertexCount } as unknown as Topology;
  const { boxes, mainShapes, tree } = within('i', sections);
  return {
    topology,
    // The tree is read from the beginning of a buffer.
    boxes: { boxes: boxes as Float64Array, tree: tree && tree.slice().buffer },
    mainShapes: mainShapes as Int32Array,
    mended: new Map(zooms.map((zoom) => [zoom, within(`z${zoom}`, sections) as unknown as MendedShapes])),
  };
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
