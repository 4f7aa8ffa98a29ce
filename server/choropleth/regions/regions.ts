import { AppError } from '../../errors.ts';
import { relationName } from '../../catalog/types.ts';
import type { ChoroplethContext as Context } from '../context.ts';
import type { TileIndexOptions } from '../../engine/cutting/tile-index.ts';
import { memoryIndexOptions, type MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { isPassing, isVersioned, passingMoment, UNKNOWN } from '../../generations/tokens.ts';
import type { RegionSet } from '../definitions.ts';
import { textOfCode } from './codes.ts';
import { mergeParts, rowsByCode } from './parts.ts';

/**
 * The regions of a set as of one generation, in the order of their layer's rows. A code that several rows have is one
 * region, and one row of `layer`.
 */
export interface Regions {
  readonly set: RegionSet;
  readonly token: string;
  readonly layer: MemoryLayer;
  readonly codes: readonly string[];
  readonly names: readonly string[];
  /** Codes in the set above; null where a region has none. */
  readonly parents: readonly (string | null)[];
}

/** Loaded region sets by id. */
export type RegionsById = ReadonlyMap<string, Regions>;

const prepared = new WeakMap<MemoryLayer, Map<string, Regions>>();

/**
 * Loads a region set. Region sets are always in memory: their borders are simplified together, and
 * values are joined to them at encode time.
 * @throws AppError `layer_unservable` where the set exceeds the memory budget.
 */
export async function loadRegions(ctx: Context, set: RegionSet): Promise<Regions> {
  const known = ctx.generations.of(relationName(set.layer));
  const token = isVersioned(known) ? known : passingMoment();
  if (!(await ctx.memory.fits(set.layer, token))) {
    throw new AppError('layer_unservable', {
      reason: 'too_many_vertices',
      detail: `the region set ${set.id} exceeds the memory budget; raise CHOROGRAPH_MEMORY_VERTICES or generalise it`,
    });
  }
  const layer = await ctx.memory.get(set.layer, token);
  const sets = prepared.get(layer) ?? new Map<string, Regions>();
  prepared.set(layer, sets);
  let regions = sets.get(set.id);
  if (!regions) {
    regions = regionsOf(layer, set, memoryIndexOptions(ctx.config.tile));
    sets.set(set.id, regions);
  }
  return regions;
}

function regionsOf(rows: MemoryLayer, set: RegionSet, options: TileIndexOptions): Regions {
  const codeOf = textOfCode(set.layer, set.code);
  const groups = rowsByCode(Array.from(rows.values.get(set.code) ?? [], codeOf));
  const layer = groups.length === rows.rows ? rows : mergeParts(rows, set, groups, options);
  const column = (name: string | undefined) => (name === undefined ? undefined : layer.values.get(name));
  const text = (name: string): string[] => Array.from(column(name) ?? [], (value) => String(value ?? ''));
  const parents = column(set.parent?.column);
  const parentOf = textOfCode(set.layer, set.parent?.column ?? '');
  return {
    set,
    // Of what nothing tells the changes of there is no token, only the moment at which it was loaded.
    token: isPassing(layer.token) ? UNKNOWN : layer.token,
    layer,
    codes: Array.from(column(set.code) ?? [], (value) => codeOf(value) ?? ''),
    names: text(set.name),
    parents: Array.from({ length: layer.rows }, (_, row) => parentOf(parents?.at(row) ?? null)),
  };
}
