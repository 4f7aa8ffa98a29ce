import type { Overviews, TableLayer } from '../../catalog/types.ts';

/** The schema that copies are kept in. */
export const SCHEMA = 'chorograph';

export interface CopyTable {
  readonly schema: string;
  readonly name: string;
}

/** The copy that holds every row, for zooms up to this one. */
export function wholeTable({ id, build }: Pick<Overviews, 'id' | 'build'>, zoom: number): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_z${zoom}` };
}

/** The copy of this zoom alone, in which small neighbours are one row. */
export function mergedTable({ id, build }: Pick<Overviews, 'id' | 'build'>, zoom: number): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_m${zoom}` };
}

/** Tiles made beforehand. */
export function tilesTable({ id, build }: Pick<Overviews, 'id' | 'build'>): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_tiles` };
}

/** All tables of a build. */
export function tablesOf(
  overviews: Pick<Overviews, 'id' | 'build' | 'zooms' | 'merged' | 'made'>,
): CopyTable[] {
  return [
    ...overviews.zooms.map((zoom) => wholeTable(overviews, zoom)),
    ...overviews.merged.map((zoom) => mergedTable(overviews, zoom)),
    ...(overviews.made.length > 0 ? [tilesTable(overviews)] : []),
  ];
}

const copies = new WeakMap<TableLayer, Map<string, TableLayer>>();

/** The layer as one of its copies: the same columns under the same names, projected; the same object each time. */
export function copyOf(layer: TableLayer, { schema, name }: CopyTable): TableLayer {
  let ofLayer = copies.get(layer);
  if (!ofLayer) copies.set(layer, (ofLayer = new Map()));
  let copy = ofLayer.get(name);
  if (!copy) ofLayer.set(name, (copy = asCopy(layer, schema, name)));
  return copy;
}

function asCopy(layer: TableLayer, schema: string, name: string): TableLayer {
  return {
    ...layer,
    schema,
    name,
    geometry: {
      ...layer.geometry,
      srid: 3857,
      type: /POLYGON|SURFACE/.test(layer.geometry.type) ? 'MULTIPOLYGON' : 'MULTILINESTRING',
      isGeography: false,
      hasIndex: true,
      hasProjectedIndex: false,
      sridAssumed: false,
      outside: undefined,
    },
  };
}

/** Columns that copies have besides the layer's: a number for each row, and how many rows it stands for. */
export function ownColumns({ columns, geometry }: TableLayer): { row: string; rows: string } {
  const taken = new Set([...columns.map(({ name }) => name), geometry.column]);
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return { row: free('chorograph_row'), rows: free('chorograph_rows') };
}
