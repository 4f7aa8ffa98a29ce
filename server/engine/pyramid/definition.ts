import { relationName, type Column, type TableLayer } from '../../catalog/types.ts';
import type { PyramidConfig } from './maps.ts';

/** A tile is 2^5 = 32 cells wide: 16 screen pixels of a 512 pixel tile. docs/pyramid.md says why not 64. */
export const CELL_BITS = 5;
/** Categories that are counted one by one; the rarer ones are counted together. */
export const MAX_CATEGORIES = 10;
/** Raised when builds come to hold something else, or in another order, so that older ones are built again. */
const FORMAT = 2;
const AUTOMATIC_FORMAT = 2;
/** Those before that hold the same cells: in another order, and so read more slowly. */
const READABLE = { format: 1, automatic: 1 } as const;

/** What a layer's pyramid adds up, checked against the catalogue. */
export interface PyramidDefinition {
  readonly layer: TableLayer;
  /** Tiles of lower zooms are made of cells, this one's and deeper ones of the points. */
  readonly below: number;
  readonly sums: readonly Column[];
  readonly countBy: Column | undefined;
  /** Differs when a build by another definition would differ. */
  readonly fingerprint: string;
  /** What it was of builds that are served as well, until they are made anew. */
  readonly readable: string;
  /** Made without being asked for: `below` is what the build chose, 0 before there is one. */
  readonly isAutomatic?: boolean;
}

/** One finished build: `table` holds it, is never changed, and is dropped some time after the next one. */
export interface PyramidBuild {
  /** In schema chorograph. */
  readonly table: string;
  readonly sourceToken: string;
  /** Category texts in the order of the columns. */
  readonly categories: readonly string[];
  readonly hasOther: boolean;
  readonly points: number;
  readonly leftOut: number;
  readonly cells: number;
  readonly buildMs: number;
  /** ISO 8601, UTC. */
  readonly builtAt: string;
  /** The switch zoom that it chose; undefined where the definition says it. */
  readonly below: number | undefined;
}

/** The definition, or a sentence that says why there can be none. */
export function definePyramid(layer: TableLayer, config: PyramidConfig): PyramidDefinition | string {
  const columnOf = (name: string): Column | undefined => layer.columns.find((column) => column.name === name);
  const wanted = [...config.sum, ...(config.countBy === undefined ? [] : [config.countBy])];
  const missing = wanted.filter((name) => !columnOf(name));
  if (missing.length > 0) return `${relationName(layer)} has no readable column ${missing.join(', ')}`;
  const sums = config.sum.flatMap((name) => columnOf(name) ?? []);
  const unaddable = sums.find(({ kind }) => !/^(integer|bigint|number)$/.test(kind));
  if (unaddable) return `${unaddable.name} is ${unaddable.type}, which does not add up`;
  const countBy = config.countBy === undefined ? undefined : columnOf(config.countBy);
  if (countBy && !/^(boolean|integer|bigint|text|date)$/.test(countBy.kind)) {
    return `${countBy.name} is ${countBy.type}, whose values are no categories`;
  }
  if (/LINE|POLYGON|SURFACE|CURVE|TIN|TRIANGLE|CIRCULAR/.test(layer.geometry.type)) {
    return `${layer.geometry.column} is ${layer.geometry.type}; a pyramid is made of points`;
  }
  const { below } = config;
  const { geometry } = layer;
  const parts = [
    CELL_BITS,
    MAX_CATEGORIES,
    below,
    relationName(layer),
    [geometry.column, geometry.srid, geometry.type, geometry.isGeography],
    sums.map(({ name, type }) => [name, type]),
    countBy ? [countBy.name, countBy.type] : null,
  ];
  const fingerprints = {
    fingerprint: JSON.stringify([FORMAT, ...parts]),
    readable: JSON.stringify([READABLE.format, ...parts]),
  };
  return { layer, below, sums, countBy, ...fingerprints };
}

/** What is made of a layer that `maps.yaml` gives no pyramid; undefined of what is no points. */
export function automaticDefinition(layer: TableLayer): PyramidDefinition | undefined {
  const { geometry } = layer;
  if (!/^(MULTI)?POINT/.test(geometry.type) || layer.kind === 'foreign table') return undefined;
  const place = [geometry.column, geometry.srid, geometry.type, geometry.isGeography, geometry.outside ?? []];
  const of = (format: number): string =>
    JSON.stringify(['automatic', format, CELL_BITS, relationName(layer), place]);
  const fingerprints = { fingerprint: of(AUTOMATIC_FORMAT), readable: of(READABLE.automatic) };
  return { layer, below: 0, sums: [], countBy: undefined, ...fingerprints, isAutomatic: true };
}

/** Whether a build by a definition of this fingerprint holds the cells that this one is to have. */
export function canServe(definition: PyramidDefinition, fingerprint: string | undefined): boolean {
  return fingerprint === definition.fingerprint || fingerprint === definition.readable;
}

/** A property of cells that counts one category, or with no index all that are not counted one by one. */
export interface CategoryField {
  readonly property: string;
  readonly value: string | undefined;
}

/**
 * The properties that count categories, in the order of the columns: `count_` and the value in lower
 * case with `_` for what is neither letter nor digit; `count_other` last where there are more.
 */
export function categoryFields({
  categories,
  hasOther,
}: Pick<PyramidBuild, 'categories' | 'hasOther'>): CategoryField[] {
  const taken = new Set(hasOther ? ['count_other'] : []);
  const fields = categories.map((value, i): CategoryField => {
    const slug = value
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, '_')
      .replace(/^_+|_+$/g, '');
    const base = `count_${slug || `category_${i + 1}`}`;
    let property = base;
    for (let n = 2; taken.has(property); n++) property = `${base}_${n}`;
    taken.add(property);
    return { property, value };
  });
  return hasOther ? [...fields, { property: 'count_other', value: undefined }] : fields;
}

/** The properties that a summed column has in cells. */
export function sumFields(column: string): { sum: string; n: string; mean: string } {
  return { sum: `sum_${column}`, n: `n_${column}`, mean: `mean_${column}` };
}

/** Properties of cells and what they mean, as TileJSON lists them. */
export function cellFields(definition: PyramidDefinition, build: PyramidBuild): Record<string, string> {
  const fields: [string, string][] = [['count', 'points in the cell']];
  for (const { name } of definition.sums) {
    const { sum, n, mean } = sumFields(name);
    fields.push(
      [sum, `sum of ${name}; absent where no point has a value`],
      [n, `points with a value of ${name}`],
      [mean, `mean of ${name} over those points, to 6 digits`],
    );
  }
  const { countBy } = definition;
  for (const { property, value } of countBy ? categoryFields(build) : []) {
    const which = value === undefined ? 'is any other value' : `= ${value}`;
    fields.push([property, `points whose ${countBy?.name} ${which}`]);
  }
  return Object.fromEntries(fields);
}
