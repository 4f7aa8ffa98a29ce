import { filterTest, type Filter } from '../../catalog/filters.ts';
import type { Column } from '../../catalog/types.ts';
import type { Caps } from '../encoding/caps.ts';
import type { EncodedGeometry } from '../encoding/geometry.ts';
import { encodeLayer } from '../encoding/mvt.ts';
import { encodeManyRows, MANY } from '../encoding/rows.ts';
import type { EncodedLayer, LayerFeature, PropertyValue, TileCoord } from '../types.ts';
import type { MemoryLayer } from './layers.ts';
import { attributeTable, KEY_WITHOUT_ID } from './table.ts';

/**
 * One layer of a tile with the chosen attributes, filtered as SQL would. As in PostGIS, a polygon
 * too small to see is left out, and an integer key that cannot be the feature id is a property.
 */
export function memoryTile(
  loaded: MemoryLayer,
  options: MemoryTileOptions,
): EncodedLayer | Promise<EncodedLayer> {
  return encodeTile(loaded, rowsOf(loaded, options), options);
}

/** The same where it can be made within a turn of the event loop; undefined where it has to be waited for. */
export function memoryTileNow(loaded: MemoryLayer, options: MemoryTileOptions): EncodedLayer | undefined {
  if (loaded.index.prepare(options.coord.z)) return undefined;
  const rows = rowsOf(loaded, options);
  const made = rows.length > MANY ? undefined : encodeTile(loaded, rows, options);
  return made instanceof Promise ? undefined : made;
}

function encodeTile(
  loaded: MemoryLayer,
  rows: readonly EncodedGeometry[],
  { name, columns, maxFeatures, maxBytes }: MemoryTileOptions,
): EncodedLayer | Promise<EncodedLayer> {
  const caps = { maxFeatures, maxBytes };
  const names = columns.map((column) => column.name);
  const { ids } = loaded;
  // Features of many rows would be written all at once.
  const attributes =
    loaded.attributes ?? (rows.length > MANY ? attributeTable(loaded.source, loaded) : undefined);
  if (!attributes) return encodeLayer({ name, features: featuresOf(loaded, rows, names), ...caps });
  const chosen = names.map((column) => attributes.position(column));
  const { key } = loaded.source;
  if (key?.integer !== undefined && !names.includes(key.integer)) {
    chosen.unshift(attributes.position(KEY_WITHOUT_ID));
  }
  return encodeManyRows({ name, rows, ids, attributes, columns: chosen, ...caps });
}

export interface MemoryTileOptions extends Caps {
  name: string;
  coord: TileCoord;
  columns: readonly Column[];
  filters: readonly Filter[];
  /** The rows that `filter=` keeps; all where absent. */
  keeps?: ((row: number) => boolean) | undefined;
}

function rowsOf(
  loaded: MemoryLayer,
  { coord, filters, keeps }: MemoryTileOptions,
): readonly EncodedGeometry[] {
  const tests = filters.map((filter) => ({
    array: loaded.values.get(filter.column.name),
    finds: filterTest(filter),
  }));
  return loaded.index
    .tile(coord)
    .filter(
      ({ row, collapsed }) =>
        !collapsed && tests.every(({ array, finds }) => finds(array?.[row])) && (keeps?.(row) ?? true),
    );
}

function* featuresOf(
  loaded: MemoryLayer,
  rows: readonly EncodedGeometry[],
  names: readonly string[],
): Generator<LayerFeature> {
  const arrays = names.map((name) => loaded.values.get(name));
  const { key } = loaded.source;
  for (const { row, type, commands } of rows) {
    // Without a prototype, so that a column may be called __proto__.
    const properties = Object.create(null) as Record<string, PropertyValue | null>;
    if (key?.integer !== undefined && loaded.ids[row] === undefined) {
      properties[key.integer] = loaded.values.get(key.integer)?.[row] ?? null;
    }
    for (let i = 0; i < names.length; i++) properties[names[i] as string] = arrays[i]?.[row] ?? null;
    yield { id: loaded.ids[row], type, commands, properties };
  }
}
