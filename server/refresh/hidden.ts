import { PUBLIC, type Sight } from '../sight/sight.ts';
import type { RefreshContext } from './context.ts';

type HiddenContext = Pick<RefreshContext, 'maps' | 'catalog' | 'choropleths'>;

/** Relations that stand for what one may not see: cubes of choropleths none of which one sees, and views of closed layers. */
export function hiddenRelations({ maps, catalog, choropleths }: HiddenContext, sight: Sight): string[] {
  if (!catalog.isRestricted && !choropleths.isRestricted) return [];
  const shown = new Set(choropleths.seen(sight).map(({ id }) => id));
  const cubes = Object.entries(maps.choropleths).map(([id, { cube }]) => ({ id, view: cube.view }));
  const open = new Set(cubes.filter(({ id }) => shown.has(id)).map(({ view }) => view));
  const all = new Set([...cubes.map(({ view }) => view), ...Object.keys(maps.refresh)]);
  const isCube = new Set(cubes.map(({ view }) => view));
  return [...all].filter((view) => (isCube.has(view) ? !open.has(view) : !catalog.seesRelation(view, sight)));
}

/** What a relation is called in metrics, which anybody may read: by a number where not everybody may know of it. */
export function publicNames(ctx: HiddenContext): (relation: string) => string {
  const hidden = hiddenRelations(ctx, PUBLIC);
  return (relation) => {
    const place = hidden.indexOf(relation);
    return place < 0 ? relation : `restricted-${place + 1}`;
  };
}
