import { measureCommands } from './commands.ts';
import type { EncodedLayer, GeometryType } from '../types.ts';

/** Bytes of a feature besides its geometry and tags: field headers, id and type. */
export const FEATURE_OVERHEAD = 16;

export interface Caps {
  readonly maxFeatures?: number | undefined;
  /** Upper bound of the encoded layer in bytes; unlimited when absent. */
  readonly maxBytes?: number | undefined;
}

interface Sized {
  readonly type: GeometryType;
  readonly commands: Uint8Array;
}

/**
 * A layer of the features that the caps allow. Where a cap bites, the smallest features go first (by area,
 * then length; points keep their order) and `truncated` says so. `tagsOf` is how many properties a feature has.
 * Work that yields between its steps, as with many features each takes its time.
 */
export function* withinCaps<Feature extends Sized>(
  all: readonly Feature[],
  { maxFeatures = Infinity, maxBytes = Infinity }: Caps,
  write: (features: readonly Feature[]) => Uint8Array,
  tagsOf: (feature: Feature) => number,
): Generator<void, EncodedLayer> {
  const kept = all.length > maxFeatures ? largest(all, fitCount(maxFeatures)) : all;
  if (kept !== all) yield;
  const bytes = write(kept);
  if (bytes.length <= maxBytes) {
    return { bytes, features: kept.length, truncated: kept.length < all.length };
  }
  // Dictionary sizes are only known once written, so the budget shrinks by what the last try was over.
  const rawSize = (feature: Feature): number =>
    FEATURE_OVERHEAD + feature.commands.length + 4 * tagsOf(feature);
  const raw = kept.reduce((sum, feature) => sum + rawSize(feature), 0);
  let budget = raw * (maxBytes / bytes.length);
  for (;;) {
    yield;
    const fewer = largest(kept, fitBudget(budget, rawSize));
    yield;
    const tried = write(fewer);
    if (tried.length <= maxBytes) return { bytes: tried, features: fewer.length, truncated: true };
    budget -= Math.max(1, tried.length - maxBytes);
  }
}

type Fits<Feature> = (feature: Feature) => boolean;

function fitCount(limit: number): () => boolean {
  let count = 0;
  return () => ++count <= limit;
}

function fitBudget<Feature>(budget: number, rawSize: (feature: Feature) => number): Fits<Feature> {
  let used = 0;
  return (feature) => (used += rawSize(feature)) <= budget;
}

/** The largest features for as long as they fit, in their original order. */
function largest<Feature extends Sized>(features: readonly Feature[], fits: Fits<Feature>): Feature[] {
  const bySize = features
    .map((feature, position) => ({
      feature,
      position,
      size: measureCommands(feature.type, feature.commands),
    }))
    .sort((a, b) => b.size - a.size || a.position - b.position);
  const end = bySize.findIndex(({ feature }) => !fits(feature));
  return bySize
    .slice(0, end < 0 ? undefined : end)
    .sort((a, b) => a.position - b.position)
    .map(({ feature }) => feature);
}
