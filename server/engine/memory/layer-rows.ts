import { filterTest } from '../../catalog/filters.ts';
import { memoryIndexOptions, type MemoryLayer, type MemoryOptions } from './memory-layer.ts';
import { flatIndex, rowColumns, type RowTiles } from './row-tiles.ts';
import { attributesOf, KEY_WITHOUT_ID } from './table.ts';
import type { MemoryTileOptions } from './tile.ts';

/** The tiles of a layer in memory as data: those that `memoryTile` makes. */
export function memoryRows(
  loaded: MemoryLayer,
  { name, columns, filters, keeps, ...caps }: Omit<MemoryTileOptions, 'coord'>,
  options: Pick<MemoryOptions, 'buffer'>,
): RowTiles {
  const attributes = attributesOf(loaded.source, loaded);
  const names = columns.map((column) => column.name);
  const { integer } = loaded.source.key ?? {};
  const chosen = integer !== undefined && !names.includes(integer) ? [KEY_WITHOUT_ID, ...names] : names;
  const tests = filters.map((filter) => ({
    array: loaded.values.get(filter.column.name),
    finds: filterTest(filter),
  }));
  const isShown = (row: number): boolean =>
    tests.every(({ array, finds }) => finds(array?.at(row))) && (keeps?.(row) ?? true);
  return {
    name,
    topology: flatIndex(loaded.index),
    options: memoryIndexOptions(options),
    ids: loaded.ids,
    columns: rowColumns(attributes, loaded.rows),
    chosen: chosen.map((column) => attributes.findIndex(([own]) => own === column)),
    shown:
      tests.length > 0 || keeps
        ? Uint8Array.from({ length: loaded.rows }, (_, row) => (isShown(row) ? 1 : 0))
        : undefined,
    withCollapsed: false,
    ...caps,
  };
}
