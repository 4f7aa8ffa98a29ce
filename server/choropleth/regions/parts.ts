import type { Column } from '../../catalog/types.ts';
import { indexTopology, type TileIndexOptions } from '../../engine/cutting/tile-index.ts';
import type { MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { mergeRows } from '../../engine/topology/merge-rows.ts';
import type { PropertyValue } from '../../engine/types.ts';
import type { RegionSet } from '../definitions.ts';

type Value = PropertyValue | null;

/** The rows of each region, in the order of their first rows; a row without a code stands for itself. */
export function rowsByCode(codes: Iterable<string | null>): number[][] {
  const groups = new Map<string | number, number[]>();
  let row = 0;
  for (const code of codes) {
    const key = code ?? row;
    const own = groups.get(key);
    if (own) own.push(row);
    else groups.set(key, [row]);
    row++;
  }
  return [...groups.values()];
}

/**
 * The layer with one row for each region: parts of a region (islands as rows) are put together, their geometry too.
 * Names and parents are the first in order, whatever the order of the rows (`cubeQuery` takes the same). A number is
 * that of the region where all rows have the same one, else their sum. Anything else is that of the first row.
 */
export function mergeParts(
  layer: MemoryLayer,
  set: RegionSet,
  groups: readonly (readonly number[])[],
  options: TileIndexOptions,
): MemoryLayer {
  const targets = new Array<number>(layer.rows).fill(0);
  for (const [target, rows] of groups.entries()) for (const row of rows) targets[row] = target;
  const columns = layer.source.columns.map((column): [string, Value[]] => {
    const own = layer.values.get(column.name) ?? [];
    const merge = mergerOf(column, set);
    return [column.name, groups.map((rows) => merge(rows.map((row) => own.at(row) ?? null)))];
  });
  return {
    ...layer,
    index: indexTopology(mergeRows(layer.index.topology, targets, groups.length), options),
    values: new Map(columns),
    ids: groups.map(([first]) => layer.ids[first!]),
    rows: groups.length,
    attributes: undefined,
  };
}

function mergerOf({ name, kind }: Column, set: RegionSet): (values: readonly Value[]) => Value {
  if (name === set.name || name === set.parent?.column) return (values) => distinctTexts(values)[0] ?? null;
  const isNumber = kind === 'integer' || kind === 'bigint' || kind === 'number';
  if (!isNumber || name === set.code || set.layer.key?.columns.includes(name))
    return ([first]) => first ?? null;
  return (values) => {
    const known = values.filter((value) => value !== null);
    const [first = null] = known;
    if (known.every((value) => value === first)) return first;
    return known.reduce<number>((sum, value) => sum + Number(value), 0);
  };
}

/** Each once, ordered by bytes as `collate "C"` has it. */
function distinctTexts(values: readonly Value[]): string[] {
  const texts = new Set(values.filter((value) => value !== null).map(String));
  return [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
