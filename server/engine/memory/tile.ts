import { filterTest, type Filter } from '../../catalog/filters.ts';
import type { Column } from '../../catalog/types.ts';
import type { AttributeTable } from '../encoding/attributes.ts';
import type { Caps } from '../encoding/caps.ts';
import { commandsOf, typeOf, type TileGeometry } from '../encoding/geometry.ts';
import { encodeLayer } from '../encoding/mvt.ts';
import { countOf, encodeRows, encodeRowsInSteps, MANY, type RowsInput } from '../encoding/rows.ts';
import { shownOf } from '../encoding/shown.ts';
import { atOnce, inTurns } from '../../tools/turns.ts';
import type { EncodedLayer, LayerFeature, PropertyValue, TileCoord } from '../types.ts';
import type { MemoryLayer } from './memory-layer.ts';
import { attributeTable, KEY_WITHOUT_ID } from './table.ts';

/**
 * One layer of a tile with the chosen attributes, filtered as SQL would. As in PostGIS, a polygon
 * too small to see is left out, and an integer key that cannot be the feature id is a property. What takes long is made
 * in turns of the event loop; given up, with the signal's reason, once that says so.
 */
export function memoryTile(
  loaded: MemoryLayer,
  options: MemoryTileOptions,
  signal?: AbortSignal,
): EncodedLayer | Promise<EncodedLayer> {
  return inTurns(making(loaded, options), signal);
}

/** The same where it can be made within a turn of the event loop; undefined where it has to be waited for. */
export function memoryTileNow(loaded: MemoryLayer, options: MemoryTileOptions): EncodedLayer | undefined {
  const { coord } = options;
  if (loaded.index.prepare(coord.z) || loaded.index.isLarge(coord)) return undefined;
  const geometry = loaded.index.tile(coord);
  if (geometry.length > MANY) return undefined;
  const isAllShown = options.filters.length === 0 && !options.keeps && !geometry.hasCollapsed;
  const shown = isAllShown ? undefined : atOnce(shownRows(loaded, geometry, options));
  const input = inputOf(loaded, { geometry, shown }, options);
  return input ? encodeRows(input) : encodeObjects(loaded, { geometry, shown }, options);
}

/** The same in steps; undefined where its zoom has to be prepared first. */
export function memoryTileInSteps(
  loaded: MemoryLayer,
  options: MemoryTileOptions,
): Generator<void, EncodedLayer> | undefined {
  return loaded.index.prepare(options.coord.z) ? undefined : making(loaded, options);
}

function* making(loaded: MemoryLayer, options: MemoryTileOptions): Generator<void, EncodedLayer> {
  const geometry = yield* loaded.index.inSteps(options.coord);
  const shown = yield* shownRows(loaded, geometry, options);
  const input = inputOf(loaded, { geometry, shown }, options);
  if (!input) return encodeObjects(loaded, { geometry, shown }, options);
  return yield* encodeRowsInSteps(input);
}

type Rows = Pick<RowsInput, 'geometry' | 'shown'>;

/** Undefined for few rows of a layer whose attributes are not kept encoded. */
function inputOf(
  loaded: MemoryLayer,
  rows: Rows,
  { name, columns, maxFeatures, maxBytes }: MemoryTileOptions,
): RowsInput | undefined {
  // Features of many rows would be written all at once.
  const attributes =
    loaded.attributes ?? (countOf(rows) > MANY ? attributeTable(loaded.source, loaded) : undefined);
  if (!attributes) return undefined;
  const { geometry, shown } = rows;
  const { ids } = loaded;
  const chosen = chosenOf(loaded, attributes, columns);
  return { name, geometry, shown, ids, attributes, columns: chosen, maxFeatures, maxBytes };
}

/** By the columns of a plan, which are the same for all of its tiles. */
const chosenBefore = new WeakMap<
  readonly Column[],
  { attributes: AttributeTable; chosen: readonly number[] }
>();

/** Positions of the columns among the attributes of a layer. */
function chosenOf(
  { source: { key } }: MemoryLayer,
  attributes: AttributeTable,
  columns: readonly Column[],
): readonly number[] {
  const before = chosenBefore.get(columns);
  if (before?.attributes === attributes) return before.chosen;
  const names = columns.map((column) => column.name);
  const chosen = names.map((column) => attributes.position(column));
  if (key?.integer !== undefined && !names.includes(key.integer)) {
    chosen.unshift(attributes.position(KEY_WITHOUT_ID));
  }
  chosenBefore.set(columns, { attributes, chosen });
  return chosen;
}

export interface MemoryTileOptions extends Caps {
  name: string;
  coord: TileCoord;
  columns: readonly Column[];
  filters: readonly Filter[];
  /** The rows that `filter=` keeps; all where absent. */
  keeps?: ((row: number) => boolean) | undefined;
}

function shownRows(
  loaded: MemoryLayer,
  geometry: TileGeometry,
  { filters, keeps }: MemoryTileOptions,
): Generator<void, Uint32Array | undefined> {
  const tests = filters.map((filter) => {
    const array = loaded.values.get(filter.column.name);
    const finds = filterTest(filter);
    return (row: number): boolean => finds(array?.at(row));
  });
  if (keeps) tests.push(keeps);
  return shownOf(geometry, tests, { withCollapsed: false });
}

function encodeObjects(
  loaded: MemoryLayer,
  rows: Rows,
  { name, columns, maxFeatures, maxBytes }: MemoryTileOptions,
): EncodedLayer {
  const names = columns.map((column) => column.name);
  return encodeLayer({ name, features: featuresOf(loaded, rows, names), maxFeatures, maxBytes });
}

function* featuresOf(
  loaded: MemoryLayer,
  { geometry, shown }: Rows,
  names: readonly string[],
): Generator<LayerFeature> {
  const arrays = names.map((name) => loaded.values.get(name));
  const { key } = loaded.source;
  for (let k = 0; k < countOf({ geometry, shown }); k++) {
    const i = shown ? (shown[k] as number) : k;
    const row = geometry.rows[i] as number;
    // Without a prototype, so that a column may be called __proto__.
    const properties = Object.create(null) as Record<string, PropertyValue | null>;
    if (key?.integer !== undefined && loaded.ids[row] === undefined) {
      properties[key.integer] = loaded.values.get(key.integer)?.at(row) ?? null;
    }
    for (let c = 0; c < names.length; c++) properties[names[c] as string] = arrays[c]?.at(row) ?? null;
    const type = typeOf(geometry.kinds[i] as number);
    yield { id: loaded.ids[row], type, commands: commandsOf(geometry, i), properties };
  }
}
