import { readings, type Reading } from './fold.ts';
import { editDistance } from './similarity.ts';

export interface Suggestion {
  readonly code: string;
  /** From 0 to 1: one less the edit distance of the names over the longer one's length. */
  readonly score: number;
}

interface Named {
  readonly code: string;
  readonly name: string;
  readonly kind?: string | undefined;
  readonly parent?: string | undefined;
}

const LEAST = 0.7;
const MOST = 3;

/** Regions with a similar name, the most similar first: under the same parent where one is given. */
export function suggest(
  value: readonly Reading[],
  parent: string | undefined,
  regions: readonly Named[],
  areKin: (one: string, other: string) => boolean,
): Suggestion[] {
  return regions
    .filter((region) => parent === undefined || region.parent === undefined || areKin(parent, region.parent))
    .map((region) => ({ code: region.code, score: bestScore(value, region) }))
    .filter(({ score }) => score >= LEAST)
    .sort((a, b) => b.score - a.score || (a.code < b.code ? -1 : 1))
    .slice(0, MOST);
}

function bestScore(value: readonly Reading[], region: Named): number {
  let best = 0;
  for (const theirs of readings(region.name)) {
    const kind = region.kind ?? theirs.kind;
    for (const ours of value) {
      if (ours.kind && kind && ours.kind !== kind) continue;
      const longer = Math.max(ours.key.length, theirs.key.length);
      const most = Math.floor(longer * (1 - LEAST));
      const distance = editDistance(ours.key, theirs.key, most);
      if (distance <= most) best = Math.max(best, 1 - distance / longer);
    }
  }
  return Math.round(best * 1000) / 1000;
}
