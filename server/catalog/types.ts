import type { Access } from '../sight/access.ts';
import type { Bounds } from '../tools/bounds.ts';
import type { DescribedLayer } from './discovery/comments.ts';

/** How a column's values appear in tiles and GeoJSON. */
export type ValueKind =
  'boolean' | 'integer' | 'bigint' | 'number' | 'date' | 'timestamp' | 'timestamptz' | 'text' | 'json';

export interface Column {
  readonly name: string;
  /** PostgreSQL's name of the type, domains resolved: `numeric`, `character varying`, `text[]`. */
  readonly type: string;
  readonly kind: ValueKind;
  readonly description?: string;
}

export interface Key {
  /** What identifies a row: the primary key, else a unique index. Pages and single features go by it. */
  readonly columns: readonly string[];
  /** A unique column whose integer values are feature ids in tiles; without one the key stays a property. */
  readonly integer: string | undefined;
  /** True where rows may have NULL in it all the same: unique indexes of materialized views allow that. */
  readonly nullable: boolean;
}

export type RelationKind = 'table' | 'view' | 'materialized view' | 'foreign table';

/** Why something with a geometry is listed but not served. */
export interface LayerProblem {
  readonly reason:
    | 'no_select_privilege'
    | 'unknown_srid'
    | 'mixed_srids'
    | 'unsupported_geometry'
    | 'never_populated'
    /** Not known yet how it can be served: 503, where the others are 501. */
    | 'being_examined'
    | 'name_not_addressable'
    | 'unsupported_argument'
    | 'unsupported_result'
    | 'volatile_function'
    | 'not_in_database'
    | 'no_vector_tiles';
  readonly detail: string;
}

interface LayerBase {
  /** The name in URLs. */
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly problem: LayerProblem | undefined;
  /** Who may see it; everybody where absent. */
  readonly access?: Access | undefined;
  /** Whom a map must name, as HTML. */
  readonly attribution?: string | undefined;
  /** The zooms that have tiles: outside of them there are none. Absent where nobody says. */
  readonly minzoom?: number | undefined;
  readonly maxzoom?: number | undefined;
  /** As the layer's comment says; of a table the data's own where absent. */
  readonly bounds?: Bounds | undefined;
}

/** Generalized copies of a layer (see engine/overviews/overviews.ts), as the database has them. */
export interface Overviews {
  readonly id: number;
  readonly build: number;
  /** Generation of the layer that they were made from. */
  readonly token: string;
  /** What they were made by, besides the data. */
  readonly definition: string;
  /** The highest zoom that each copy of all rows is good for, ascending. */
  readonly zooms: readonly number[];
  /** Zooms that have a copy of their own in which small neighbours are one row, ascending. */
  readonly merged: readonly number[];
  /** Zooms whose tiles are made beforehand, each with `buffer` tile units around it. */
  readonly made: readonly number[];
  readonly buffer: number;
}

/** A relation with a geometry column. */
export interface TableLayer extends LayerBase {
  readonly type: 'table';
  readonly kind: RelationKind;
  readonly geometry: {
    readonly column: string;
    /** False for the second and later geometry columns of a relation. */
    readonly isFirst: boolean;
    readonly srid: number;
    /** `POINT`, `MULTIPOLYGON`, …; `GEOMETRY` where a column mixes types. */
    readonly type: string;
    readonly isGeography: boolean;
    readonly hasIndex: boolean;
    /** There is an index on `ST_Transform(column, 3857)`. */
    readonly hasProjectedIndex?: boolean;
    /** True where no SRID is declared or found in the data, and the configured default is assumed. */
    readonly sridAssumed: boolean;
    /** Boxes (hexadecimal EWKB) of the geometries that lie outside of what their SRID describes: see faults.ts. */
    readonly outside?: readonly string[];
  };
  readonly columns: readonly Column[];
  readonly key: Key | undefined;
  /** PostgreSQL's estimate; -1 where it has none. */
  readonly estimatedRows: number;
  /** Generalized copies for lower zooms, of whatever generation. */
  readonly overviews?: Overviews;
}

export interface FunctionArgument {
  /** Empty where it has none. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** SQL of the value that it has when it is left out. */
  readonly default?: string;
}

/** A function that makes its own tiles of z, x, y and further arguments. */
export interface FunctionLayer extends LayerBase {
  readonly type: 'function';
  /** Types of z, x and y, which are given by position: they may have any name. */
  readonly place: readonly string[];
  /** Arguments after z, x and y. */
  readonly arguments: readonly FunctionArgument[];
  /** Whether a second column holds the tile's ETag. */
  readonly hasKey: boolean;
  readonly volatile: boolean;
  /** Changes when the function is replaced. */
  readonly identity: string;
  /** What its tiles hold, as its comment says; else that is found in a tile. */
  readonly vectorLayers?: readonly DescribedLayer[];
  /** Media type of its tiles, as its comment says; else that is told by their bytes. */
  readonly contentType?: string;
}

export type Layer = TableLayer | FunctionLayer;

/** `schema.name`, as generations and `maps.yaml` spell a relation. */
export function relationName(relation: { schema: string; name: string }): string {
  return `${relation.schema}.${relation.name}`;
}
