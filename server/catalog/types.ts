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
    | 'name_not_addressable'
    | 'unsupported_argument'
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
}

/** Generalized copies of a layer (see engine/overviews.ts), as the database has them. */
export interface Overviews {
  readonly id: number;
  readonly build: number;
  /** Generation of the layer that they were made from. */
  readonly token: string;
  /** What they were made by, besides the data. */
  readonly definition: string;
  /** The highest zoom that each copy is good for, ascending. */
  readonly zooms: readonly number[];
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

/** A function `(z, x, y …) → bytea` that makes its own tiles. */
export interface FunctionLayer extends LayerBase {
  readonly type: 'function';
  /** Arguments after z, x and y. */
  readonly arguments: readonly { readonly name: string; readonly type: string; readonly required: boolean }[];
}

export type Layer = TableLayer | FunctionLayer;

/** `schema.name`, as generations and `maps.yaml` spell a relation. */
export function relationName(relation: { schema: string; name: string }): string {
  return `${relation.schema}.${relation.name}`;
}
