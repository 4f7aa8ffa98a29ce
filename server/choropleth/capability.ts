import type { Capability, Check, Running } from '../capability.ts';
import { relationName } from '../catalog/types.ts';
import type { Route } from '../http/routes.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { Changes, Published } from '../generations/changes.ts';
import type { ChoroplethContext } from './context.ts';
import { Choropleths } from './choropleths.ts';
import { Gaps, type GapsContext } from './gaps/gaps.ts';
import { renderingOf, type RenderingConfig } from '../tools/rendering.ts';
import { choroplethMaps, type ChoroplethMaps } from './maps.ts';
import { choroplethRoutes, type RoutesContext } from './routes.ts';
import { choroplethGeneration, versionOf } from './version.ts';

interface ChoroplethNeeds extends Omit<GapsContext, 'choropleths'> {
  readonly config: RenderingConfig;
  readonly maps: ChoroplethMaps;
}

/** Regions in classes by their values, in every form. */
export const choropleth = {
  name: 'choropleth',
  maps: choroplethMaps,

  services: (ctx: ChoroplethNeeds): { readonly choropleths: Choropleths; readonly gaps: Gaps } => {
    const choropleths = new Choropleths(ctx.maps, renderingOf(ctx.config));
    const { db, generations } = ctx;
    return { choropleths, gaps: new Gaps({ db, generations, choropleths }) };
  },

  metrics: (instruments: Instruments, { choropleths }: ChoroplethContext): void =>
    instruments.gauge(
      'choropleths',
      'Choropleths of maps.yaml',
      () => {
        const broken = choropleths.all().filter((choropleth) => choropleth.problem).length;
        return [
          ['available', choropleths.all().length - broken],
          ['unavailable', broken],
        ];
      },
      'max',
    ),

  routes: (ctx: RoutesContext): Route[] => choroplethRoutes(ctx),

  /** What maps leave out. */
  checks: { codes: ({ gaps }: { readonly gaps: Gaps }): Promise<Check> => gaps.check() },

  *published({ choropleths, generations }: ChoroplethContext): Generator<Published> {
    for (const { id, choropleth, access } of choropleths.all()) {
      if (!choropleth) continue;
      const generation = choroplethGeneration(choropleth, (relation) => generations.of(relation));
      const refreshedAt = generations.changedAt(relationName(choropleth.cube)) ?? null;
      const version = versionOf(choropleth, generation);
      yield { kind: 'choropleth', id, version, generation, refreshedAt, access };
    }
  },

  epoch: ({ choropleths }: ChoroplethContext): number => choropleths.version,

  resolve: ({ choropleths, db, catalog }: ChoroplethContext): Promise<void> =>
    choropleths.resolve(db, catalog),

  /** What was asked for most is made again when its data changes, before anybody is told where that is known. */
  start: (ctx: ChoroplethContext & { readonly changes: Changes }, { releasers }: Running): void => {
    const { changes, choropleths, generations, hot } = ctx;
    changes.onChange((all) => {
      for (const { kind, id } of all) if (kind === 'choropleth') void hot.warm(`choropleth/${id}`);
    });
    generations.beforeChange((news) => {
      const made = choropleths
        .all()
        .filter(({ choropleth }) => choropleth && relationName(choropleth.cube) === news.relation);
      return hot.prepare(
        made.map(({ id }) => `choropleth/${id}`),
        news,
      );
    });
    releasers.push('warming', () => hot.stop());
  },
} satisfies Capability;
